"""Which steps were taken about a participant, and which of them hold."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, select

from dialogue.kernel.db import db
from dialogue.participation.models import Participant, Restriction
from dialogue.participation.restrictions import REMEMBERED, Step


def in_force(participant_id: int, now: datetime) -> Sequence[Restriction]:
    """Return the restrictions that hold now, the one that ends last first."""
    return db.session.scalars(_IN_FORCE, {"participant": participant_id, "now": now}).all()


_IN_FORCE = (
    select(Restriction)
    .where(
        Restriction.participant_id == bindparam("participant"),
        Restriction.until_at > bindparam("now"),
        Restriction.lifted_at.is_(None),
    )
    .order_by(Restriction.until_at.desc(), Restriction.id)
)


def steps_about(participant_id: int) -> Sequence[Restriction]:
    """Return every step that was ever taken, newest first."""
    return db.session.scalars(
        select(Restriction)
        .where(Restriction.participant_id == participant_id)
        .order_by(Restriction.id.desc())
    ).all()


def steps_told(user_id: int) -> Sequence[Restriction]:
    """Return the steps that a person was told of, in all dialogues, newest first."""
    return db.session.scalars(
        select(Restriction)
        .join(Participant, Participant.id == Restriction.participant_id)
        .where(Participant.user_id == user_id)
        .order_by(Restriction.id.desc())
    ).all()


def counting_steps(steps: Sequence[Restriction], now: datetime) -> list[Step]:
    """Return the steps that count for the next one: not lifted, ended not long ago."""
    return [
        Step(step.step)
        for step in steps
        if step.lifted_at is None and now < (step.until_at or step.from_at) + REMEMBERED
    ]
