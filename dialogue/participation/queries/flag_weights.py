"""How much a person's flags weigh: less, the more often moderators found nothing in them.

A weight is (acted on + 1) / (decided + 1) once three flags of a person were decided, and 1 before:
one or two misses say nothing. It is never more than 1 and never nothing, so that a person who was
wrong before is still heard when they are right.
"""

from __future__ import annotations

from sqlalchemy import Float, ScalarSelect, case, cast, func, select
from sqlalchemy.orm import aliased

from dialogue.kernel.db import db
from dialogue.participation.models import Flag, FlagOutcome

_SAYS_SOMETHING = 3  # decided flags


def flag_weight(participant_id: int) -> float:
    """Return what a flag of this participant weighs, above 0 and at most 1."""
    return float(db.session.scalar(select(_weight_of(participant_id))) or 1.0)


def open_weight(contribution_id: int) -> float:
    """Return what the open flags on a contribution weigh together. One statement."""
    weight = _weight_of(Flag.participant_id)
    total = select(func.sum(weight)).where(
        Flag.contribution_id == contribution_id,
        Flag.decided_at.is_(None),
        Flag.withdrawn_at.is_(None),
    )
    return float(db.session.scalar(total) or 0.0)


def _weight_of(participant_id: object) -> ScalarSelect[float]:
    decided = aliased(Flag)
    number = func.count(decided.id)
    acted = func.sum(case((decided.outcome == FlagOutcome.ACTED, 1), else_=0))
    statement = select(
        case(
            (number < _SAYS_SOMETHING, 1.0),
            else_=(cast(func.coalesce(acted, 0), Float) + 1.0) / (number + 1.0),
        )
    ).where(decided.participant_id == participant_id, decided.decided_at.is_not(None))
    return statement.correlate(Flag).scalar_subquery()
