"""Passwords: argon2id at OWASP's smaller setting (19 MiB, 2 passes), checked in equal time."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError
from flask_babel import gettext as _

from dialogue.kernel.errors import FieldErrors

SHORTEST = 12
LONGEST = 256

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Checked when there is no account, so that its absence takes as long as a wrong password.
_NOBODY = _hasher.hash("nobody has this password")


def hashed(password: str) -> str:
    """Return the hash to store; raises FieldErrors for a password that is too short or long."""
    if len(password) < SHORTEST:
        raise FieldErrors(
            {"password": _("Use at least %(n)s characters for the password.", n=SHORTEST)}
        )
    if len(password) > LONGEST:
        raise FieldErrors(
            {"password": _("Use at most %(n)s characters for the password.", n=LONGEST)}
        )
    return _hasher.hash(password)


def matches(stored: str | None, password: str) -> bool:
    """Tell whether `password` is the one behind `stored`; takes as long when there is none."""
    try:
        return _hasher.verify(stored or _NOBODY, password[:LONGEST]) and stored is not None
    except (VerifyMismatchError, VerificationError, InvalidHashError):
        return False
