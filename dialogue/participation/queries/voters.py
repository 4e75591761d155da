"""The person of a page as one who may vote: their participant, and until when they may not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

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
    barring = [step for step, rights in TAKES.items() if Right.VOTE in rights]
    until = (
        select(func.max(Restriction.until_at))
        .where(
            Restriction.participant_id == Participant.id,
            Restriction.step.in_(barring),
            Restriction.until_at > now,
            Restriction.lifted_at.is_(None),
        )
        .scalar_subquery()
    )
    row = db.session.execute(
        select(Participant, until).where(
            Participant.dialogue_id == dialogue_id, Participant.user_id == user_id
        )
    ).first()
    return Voter(row[0], row[1]) if row else Voter()
