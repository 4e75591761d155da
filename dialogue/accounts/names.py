"""Names that people appear under: what is allowed, what is taken, what to suggest.

A person has another name in each dialogue. Names count over all dialogues: nobody can appear
elsewhere under somebody else's, and a name that was given up is free again only after a while.
"""

from __future__ import annotations

import secrets
import tomllib
import unicodedata
from collections.abc import Collection
from datetime import datetime, timedelta
from pathlib import Path

from flask_babel import gettext as _
from sqlalchemy import delete, or_, select, update

from dialogue.accounts.models import TakenName, User
from dialogue.kernel import clock, text
from dialogue.kernel.db import db
from dialogue.kernel.errors import FieldErrors
from dialogue.kernel.settings import setting

_WORDS = tomllib.loads((Path(__file__).parent / "names.toml").read_text())
_FIRST: list[str] = _WORDS["first"]
_SECOND: list[str] = _WORDS["second"]

SHORTEST = 2
LONGEST = 40  # code points
_MARKUP = frozenset("<>{}[]\\")  # no name needs them

# Letters of other scripts that look like Latin ones: a name is compared by its skeleton, so that
# nobody stands beside a moderator as "аdmin" with a Cyrillic а.
_LOOKALIKES = str.maketrans(
    {
        **dict(zip("авекмнорстухіјѕԁԛԝһ", "abekmhopctyxijsdqwh", strict=True)),  # Cyrillic
        **dict(zip("αβεικμνορτυχ", "abeikmvoptux", strict=True)),  # Greek
        **dict(zip("01|", "oll", strict=True)),
    }
)
# For names of staff alone, where a wrong alarm costs little.
_LOOSER = (("rn", "m"), ("vv", "w"), ("5", "s"), ("3", "e"), ("4", "a"), ("ɑ", "a"), ("օ", "o"))
_RESERVED = frozenset(
    {"agency", "system", "officialreply", "support", "helpdesk", "hotline", "formerparticipant"}
)
# Kept for staff also as a part of a name: "moderator_lee".
_OFFICES = frozenset({"admin", "administrator", "moderator", "moderators", "official", "staff"})


def skeleton(name: str) -> str:
    """Return what is left of a name when look-alike letters and separators count as one."""
    folded = text.fold(name).translate(_LOOKALIKES)
    return "".join(letter for letter in folded if letter.isalnum())


def check(name: str) -> str:
    """Return the cleaned name; raises FieldErrors with a sentence when it cannot be used."""
    if any(unicodedata.category(letter) == "Cf" for letter in name):
        raise _refused(
            _("This name holds characters that nobody can see. Type it again, without them.")
        )
    try:
        name = " ".join(text.clean_source(name).split())
    except text.BadText:
        raise _refused(_("Use letters, digits and spaces for the display name.")) from None
    if not SHORTEST <= len(name) <= LONGEST:
        raise _refused(
            _("Enter a display name of %(low)s to %(high)s characters.", low=SHORTEST, high=LONGEST)
        )
    if "@" in name or "://" in name:
        raise _refused(_("Do not use an email or web address as a name."))
    if any(unicodedata.category(letter).startswith("C") or letter in _MARKUP for letter in name):
        raise _refused(_("Use letters, digits and spaces for the display name."))
    if len(skeleton(name)) < SHORTEST:
        raise _refused(_("Use letters or digits in the display name."))
    if _is_of_staff(name):
        raise _refused(_("That name is kept for staff. Please choose another one."))
    return name


def taken() -> FieldErrors:
    """Return the refusal of a name that somebody has, with free ones."""
    others = ", ".join(suggest(3))
    return _refused(_("That name is taken. Free names are: %(names)s.", names=others))


def is_taken(name: str, *, except_user: int | None = None, in_dialogue: int | None = None) -> bool:
    """Tell whether a name, or one that looks like it, belongs to somebody.

    Their account's own name is free for `except_user`, and so are those that they have (or had)
    in the dialogue `in_dialogue`; one that they have in another dialogue is not.
    """
    return skeleton(name) in _taken({skeleton(name)}, except_user, in_dialogue)


def suggest(count: int = 1) -> list[str]:
    """Return free names such as `harbor_finch`; they say nothing about the person."""
    found: list[str] = []
    for numbered in (False, True, True):  # most pairs are taken at last: make more of them
        candidates = [_pair(numbered=numbered) for _attempt in range(3 * count + 3)]
        there = _taken({skeleton(name) for name in candidates}, None, None)
        found += [
            name
            for name in dict.fromkeys(candidates)
            if skeleton(name) not in there and name not in found
        ]
        if len(found) >= count:
            break
    return found[:count]


def take(name: str, *, user_id: int, dialogue_id: int, now: datetime) -> None:
    """Record, in the current transaction, that a person appears under a name in a dialogue from
    now on; the one they had there is given up. The caller has asked `is_taken`."""
    mine = (TakenName.user_id == user_id, TakenName.dialogue_id == dialogue_id)
    db.session.execute(
        update(TakenName).where(*mine, TakenName.released_at.is_(None)).values(released_at=now)
    )
    # A name of this person's, or one whose time has run out: else it would have been taken.
    db.session.execute(delete(TakenName).where(TakenName.skeleton == skeleton(name)))
    db.session.add(TakenName(skeleton=skeleton(name), user_id=user_id, dialogue_id=dialogue_id))
    db.session.flush()


def _taken(
    skeletons: Collection[str], except_user: int | None, in_dialogue: int | None
) -> set[str]:
    """Return which of these belong to somebody: one statement for all."""
    free_since = clock.now() - timedelta(days=setting("NAME_DAYS"))
    own = (TakenName.user_id == except_user) & (TakenName.dialogue_id == in_dialogue)
    held = select(TakenName.skeleton).where(
        TakenName.skeleton.in_(skeletons),
        or_(TakenName.released_at.is_(None), TakenName.released_at > free_since),
        ~own,
    )
    accounts = select(User.name_folded).where(
        User.name_folded.in_(skeletons), User.id != (except_user or 0)
    )
    return set(db.session.scalars(held.union(accounts)))


def _pair(*, numbered: bool) -> str:
    name = f"{secrets.choice(_FIRST)}_{secrets.choice(_SECOND)}"
    return name + str(secrets.randbelow(9000) + 1000) if numbered else name


def _is_of_staff(name: str) -> bool:
    parts = "".join(letter if letter.isalnum() else " " for letter in name).split()
    whole = skeleton(name)
    seen_as = {whole, _loosened(whole)}
    return bool(
        seen_as & (_RESERVED | _OFFICES) or {_loosened(skeleton(part)) for part in parts} & _OFFICES
    )


def _loosened(found: str) -> str:
    for seen, meant in _LOOSER:
        found = found.replace(seen, meant)
    return found


def _refused(sentence: str) -> FieldErrors:
    return FieldErrors({"display_name": sentence})
