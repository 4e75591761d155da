"""The person of a page as one who may vote: their participant, and until when they may not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import Select, bindparam, func, select

from dialogue.kernel.db import db
from dialogue.participation.models import Participant, Restriction
from dialogue.participation.restrictions import TAKES, Right


@dataclass(frozen=True)
class Voter:
    """A person in one dialogue; `participant` is None before their first act there."""

    participant: Participant | None = None
    barred_until: datetime | None = None


def voter(dialogue_id: int, user_id: int | None, now: datetime) -> Voter:
    """Return the person as a voter of this dialogue, in one statement; nobody when signed out."""
    if user_id is None:
        return Voter()
    row = db.session.execute(
        _voter(), {"dialogue": dialogue_id, "user": user_id, "now": now}
    ).first()
    return Voter(row[0], row[1]) if row else Voter()


@cache
def _voter() -> Select[Participant, datetime | None]:
    barring = [step for step, rights in TAKES.items() if Right.VOTE in rights]
    until = (
        select(func.max(Restriction.until_at))
        .where(
            Restriction.participant_id == Participant.id,
            Restriction.step.in_(barring),
            Restriction.until_at > bindparam("now"),
            Restriction.lifted_at.is_(None),
        )
        .scalar_subquery()
    )
    return select(Participant, until).where(
        Participant.dialogue_id == bindparam("dialogue"), Participant.user_id == bindparam("user")
    )
