"""Display names: what is allowed, what is taken, what to suggest."""

from __future__ import annotations

import secrets
import tomllib
import unicodedata
from pathlib import Path

from flask_babel import gettext as _
from sqlalchemy import select

from dialogue.accounts.models import User
from dialogue.kernel import text
from dialogue.kernel.db import db
from dialogue.kernel.errors import FieldErrors

_WORDS = tomllib.loads((Path(__file__).parent / "names.toml").read_text())
_FIRST: list[str] = _WORDS["first"]
_SECOND: list[str] = _WORDS["second"]

SHORTEST = 2
LONGEST = 40  # code points

# Letters of other scripts that look like Latin ones: a name is compared by its skeleton, so that
# nobody stands beside a moderator as "аdmin" with a Cyrillic а.
_LOOKALIKES = str.maketrans(
    {
        **dict(zip("авекмнорстухіјѕԁԛԝһ", "abekmhopctyxijsdqwh", strict=True)),  # Cyrillic
        **dict(zip("αβεικμνορτυχ", "abeikmvoptux", strict=True)),  # Greek
        **dict(zip("01|", "oll", strict=True)),
    }
)
_RESERVED = frozenset(
    {"admin", "administrator", "moderator", "staff", "agency", "system", "officialreply", "support"}
)


def skeleton(name: str) -> str:
    """Return what is left of a name when look-alike letters and separators count as one."""
    folded = text.fold(name).translate(_LOOKALIKES)
    return "".join(letter for letter in folded if letter.isalnum())


def check(name: str) -> str:
    """Return the cleaned name; raises FieldErrors with a sentence when it cannot be used."""
    try:
        name = " ".join(text.clean_source(name).split())
    except text.BadText:
        raise FieldErrors(
            {"display_name": _("Use letters, digits and spaces for the display name.")}
        ) from None
    if not SHORTEST <= len(name) <= LONGEST:
        raise FieldErrors(
            {
                "display_name": _(
                    "Enter a display name of %(low)s to %(high)s characters.",
                    low=SHORTEST,
                    high=LONGEST,
                )
            }
        )
    if "@" in name or "://" in name:
        raise FieldErrors({"display_name": _("Do not use an email or web address as a name.")})
    if any(unicodedata.category(letter).startswith("C") for letter in name):
        raise FieldErrors(
            {"display_name": _("Use letters, digits and spaces for the display name.")}
        )
    if len(skeleton(name)) < SHORTEST:
        raise FieldErrors({"display_name": _("Use letters or digits in the display name.")})
    if skeleton(name) in {skeleton(word) for word in _RESERVED}:
        raise FieldErrors(
            {"display_name": _("That name is kept for staff. Please choose another one.")}
        )
    return name


def is_taken(name: str, *, except_user: int | None = None) -> bool:
    """Tell whether another account has this name or one that looks like it."""
    taken = db.session.scalar(
        select(User.id).where(User.name_folded == skeleton(name), User.id != (except_user or 0))
    )
    return taken is not None


def suggest(count: int = 1) -> list[str]:
    """Return free names such as `harbor_finch`; they say nothing about the person."""
    found: list[str] = []
    for attempt in range(50 * count):
        name = f"{secrets.choice(_FIRST)}_{secrets.choice(_SECOND)}"
        if attempt >= 3 * count:  # most pairs are taken: make more of them
            name += str(secrets.randbelow(9000) + 1000)
        if name not in found and not is_taken(name):
            found.append(name)
        if len(found) == count:
            break
    return found
