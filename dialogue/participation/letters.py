"""The mails about "I did not write this": plain and neutral, whatever the dialogue is about. They
name no dialogue and hold nothing of what was written; the page behind the link shows no more."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _


@dataclass(frozen=True)
class Letter:
    """Subject and text of a mail."""

    subject: str
    text: str


def disown_link(token: str, *, language: str) -> Letter:
    """The link whose page has the button."""
    with force_locale(language):
        return _letter(
            _("Somebody says that you did not write something sent under this address."),
            _("If that was you, open this page and press the button there. It holds for two days:"),
            f"{current_app.config['BASE_URL']}/disown/{token}",
            _("You did not ask for this? Then do nothing, and nothing changes."),
        )


def disown_nothing_found() -> Letter:
    """For an address under which nothing like that was sent: the page said the same as always."""
    return _letter(
        _("Somebody says that you did not write something sent under this address."),
        _("We found nothing under this address with that number or link."),
        _("Was it you? Look at the number again, or try another address of yours:"),
        f"{current_app.config['BASE_URL']}/disown",
        _("You did not ask for this? Then do nothing, and nothing changes."),
    )


def _letter(*parts: str) -> Letter:
    subject = _("Your request to %(site)s", site=current_app.config["SITE_NAME"])
    return Letter(subject, "\n\n".join(parts) + "\n")
