"""How much a person may send: less with a new account, more with its age and with what of theirs
was published. Whoever floods a dialogue with new accounts gets a quarter of each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from flask_babel import gettext as _
from sqlalchemy import Select, bindparam, func, select

from dialogue.accounts import limits
from dialogue.accounts.models import User
from dialogue.kernel.db import db
from dialogue.kernel.settings import setting
from dialogue.participation.models import Contribution, Kind, Participant, Vote


class Limited(StrEnum):
    """What is counted, per person and dialogue."""

    IDEA = "idea"
    COMMENT = "comment"
    VOTE = "vote"


_LIMITS = {
    Limited.IDEA: ("IDEAS_PER_DAY", timedelta(days=1)),
    Limited.COMMENT: ("COMMENTS_PER_HOUR", timedelta(hours=1)),
    Limited.VOTE: ("VOTES_PER_HOUR", timedelta(hours=1)),
}


@dataclass(frozen=True)
class Allowance:
    """How many of something a person may send, how many they have, and when there is room again."""

    limit: int
    used: int
    retry_after: int  # seconds

    @property
    def is_used_up(self) -> bool:
        """Tell whether the next one has to wait."""
        return self.used >= self.limit


def share(*, age: timedelta, published: int) -> float:
    """Return which part of the limits an account has: from TRUST_AT_FIRST percent up to all."""
    percent = (
        setting("TRUST_AT_FIRST")
        + setting("TRUST_PER_DAY") * max(0, age.days)
        + setting("TRUST_PER_PUBLISHED") * published
    )
    return min(1.0, percent / 100)


def allowance(
    *, user: User, participant_id: int | None, limited: Limited, now: datetime
) -> Allowance:
    """Return how a person stands with one limit; `participant_id` None: no act in the dialogue."""
    name, window = _LIMITS[limited]
    most: int = setting(name)
    used, oldest = _used(participant_id, limited, now - window)
    part = 1.0
    if used >= most * setting("TRUST_AT_FIRST") // 100:  # else there is room even for a new one
        part = share(age=now - user.created_at, published=_published(user.id))
    wait = (oldest + window - now).total_seconds() if oldest else 0
    return Allowance(max(1, int(most * part)), used, max(1, int(wait)))


def in_turn(participant_id: int, limited: Limited) -> None:
    """Let a person send one of these at a time, until our transaction ends: two at once would both
    find room for the last one."""
    limits.in_turn(limited, f"participant:{participant_id}")


def ideas_used_up(found: Allowance) -> str:
    """Return what is said to who has posted as many ideas today as they may."""
    said = _("You have posted %(n)s ideas today. You can post again tomorrow.", n=found.used)
    if found.limit < setting("IDEAS_PER_DAY"):
        said += " " + _("The number rises with the age of your account and with what is published.")
    return said


def _used(
    participant_id: int | None, limited: Limited, since: datetime
) -> tuple[int, datetime | None]:
    if participant_id is None:
        return 0, None
    values = {"participant": participant_id, "since": since}
    row = db.session.execute(_COUNTED[limited], values).one()
    return row[0], row[1]


def _written(kind: Kind) -> Select[int, datetime]:
    rows = Contribution.__table__.c
    return select(func.count(), func.min(rows.created_at)).where(
        rows.participant_id == bindparam("participant"),
        rows.kind == kind,
        rows.created_at > bindparam("since"),
    )


_VOTES = Vote.__table__.c
_COUNTED = {
    Limited.VOTE: select(func.count(), func.min(_VOTES.at)).where(
        _VOTES.participant_id == bindparam("participant"), _VOTES.at > bindparam("since")
    ),
    Limited.IDEA: _written(Kind.IDEA),
    Limited.COMMENT: _written(Kind.COMMENT),
}


def _published(user_id: int) -> int:
    mine = select(Participant.id).where(Participant.user_id == user_id)
    published = select(func.count()).where(
        Contribution.participant_id.in_(mine), Contribution.listed.is_(True)
    )
    return db.session.scalar(published) or 0
