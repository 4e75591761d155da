"""The mails about accounts: short, plain, the code before any link, nothing of anybody's text."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app
from flask_babel import gettext as _


@dataclass(frozen=True)
class Letter:
    """Subject and text of a mail."""

    subject: str
    text: str


def confirm(code: str, link: str, minutes: int) -> Letter:
    """The code for a new account."""
    return _code(code, link, minutes, _("No account is made without it."))


def sign_in(code: str, link: str, minutes: int) -> Letter:
    """The code for signing in."""
    return _code(code, link, minutes, _("Nobody signs in without it."))


def no_account(create_url: str) -> Letter:
    """For an address without an account: the page said the same as always, the mail says why."""
    return Letter(
        _("Signing in to %(site)s", site=_site()),
        "\n\n".join(
            (
                _("Somebody asked for a code for this address, but it has no account here."),
                _("Was it you? Perhaps you used another address. You can also create an account:"),
                create_url,
                _("You did not ask for this? Then do nothing."),
            )
        )
        + "\n",
    )


def _code(code: str, link: str, minutes: int, promise: str) -> Letter:
    """The code stands before the link: who reads the mail on a phone needs no second look."""
    return Letter(
        _("Your code for %(site)s: %(code)s", site=_site(), code=code),
        "\n\n".join(
            (
                _("Your code is %(code)s. It holds for %(n)s minutes.", code=code, n=minutes),
                _("Or open this page and press the button there:"),
                link,
                _("You did not ask for this? Then do nothing.") + " " + promise,
            )
        )
        + "\n",
    )


def _site() -> str:
    return str(current_app.config["SITE_NAME"])
