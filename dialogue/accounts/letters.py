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


def prove(code: str, minutes: int) -> Letter:
    """The code before a dangerous act. It stands in no subject: those are read over shoulders."""
    return _code_alone(code, minutes, _("Confirm that it is you"))


def leave(code: str, minutes: int) -> Letter:
    """The code that deletes an account."""
    return _code_alone(code, minutes, _("Delete your account"))


def new_address(code: str, link: str, minutes: int) -> Letter:
    """To the new address: confirm it."""
    return _code(code, link, minutes, _("The address is not used without it."))


def address_in_use() -> Letter:
    """To a new address that has an account: the page said the same as always."""
    return Letter(
        _("Your address at %(site)s", site=_site()),
        "\n\n".join(
            (
                _("Somebody wanted to use this address for another account here."),
                _("It has an account already, so nothing was changed."),
                _("Was it you? Sign in with this address, or use another one."),
            )
        )
        + "\n",
    )


def address_changed(undo_link: str, days: int) -> Letter:
    """To the old address: what happened, and how it is undone."""
    return Letter(
        _("Your address at %(site)s was changed", site=_site()),
        "\n\n".join(
            (
                _("Your account has another mail address now. We do not write here any more."),
                _("Was it not you? Undo it within %(n)s days, on this page:", n=days),
                undo_link,
                _("It signs everybody out, and a password is taken away."),
            )
        )
        + "\n",
    )


def address_restored() -> Letter:
    """To the old address, after the undo."""
    return Letter(
        _("Your address at %(site)s is back", site=_site()),
        _(
            "The change of your address is undone. Everybody is signed out, and a password was"
            " taken away: sign in with a code and set a new one."
        )
        + "\n",
    )


def password_changed(*, removed: bool) -> Letter:
    """After a password was set or taken away."""
    what = (
        _("The password of your account was taken away.")
        if removed
        else _("The password of your account was changed.")
    )
    return Letter(
        _("Your password at %(site)s", site=_site()),
        "\n\n".join(
            (
                what + " " + _("Everybody else who was signed in is signed out."),
                _("Was it not you? Sign in with a code by mail and set a new password."),
            )
        )
        + "\n",
    )


def farewell(reference: str, *, words_go: bool) -> Letter:
    """The last mail: the certificate's number. Its own row goes as soon as it is sent."""
    words = (
        _("Your published words are erased.")
        if words_go
        else _("Your published words stay, by “Former participant”.")
    )
    return Letter(
        _("Your account at %(site)s is deleted", site=_site()),
        "\n\n".join(
            (
                _("You asked us to delete your account. It is closed, and what it held is erased."),
                words + " " + _("Your votes are counted, without a person behind them."),
                _("Reference: %(reference)s", reference=reference),
                _("This is the last mail from here: your address is erased, too."),
            )
        )
        + "\n",
    )


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


def _code_alone(code: str, minutes: int, subject: str) -> Letter:
    return Letter(
        f"{subject} – {_site()}",
        "\n\n".join(
            (
                _("Your code is %(code)s. It holds for %(n)s minutes.", code=code, n=minutes),
                _("Type it on the page where you asked for it. Give it to nobody."),
                _("You did not ask for this? Then somebody else is signed in to your account:")
                + " "
                + _("sign in, and end the other sessions."),
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
