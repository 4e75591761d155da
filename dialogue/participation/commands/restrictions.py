"""Holding a participant to the steps that moderators took; taking and lifting a step."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask_babel import format_date
from flask_babel import gettext as _
from sqlalchemy import func, select

from dialogue.kernel.db import db
from dialogue.kernel.errors import Forbidden, TooMany
from dialogue.kernel.settings import setting
from dialogue.participation.models import Contribution, Participant, Restriction
from dialogue.participation.queries.restrictions import in_force
from dialogue.participation.restrictions import TAKES, Right, Step


def must_be_free(participant_id: int, right: Right, now: datetime) -> None:
    """Let a participant act unless a step in force takes this right.

    Raises Forbidden with the end date, or TooMany for somebody who was slowed down and has written
    enough for a day. One statement for everybody about whom no step holds.
    """
    for restriction in in_force(participant_id, now):
        step = Step(restriction.step)
        if right in TAKES[step]:
            raise Forbidden(_sentence(right, restriction))
        if step is Step.SLOW and right is Right.WRITE:
            _must_be_slow(restriction, now)


def restrict(
    *,
    participant: Participant,
    step: Step,
    until: datetime | None,
    reason_code: str,
    note: str,
    contribution_id: int,
    actor_id: int | None,
    now: datetime,
) -> Restriction:
    """Take a step about a participant; the caller has checked who, whom and how long."""
    restriction = Restriction(
        dialogue_id=participant.dialogue_id,
        participant_id=participant.id,
        step=step,
        reason_code=reason_code,
        note=note,
        contribution_id=contribution_id,
        imposed_by_id=actor_id,
        from_at=now,
        until_at=until,
    )
    db.session.add(restriction)
    db.session.flush()
    return restriction


def lift(*, restriction: Restriction, actor_id: int | None, now: datetime) -> None:
    """End a step before its date."""
    restriction.lifted_at = now
    restriction.lifted_by_id = actor_id
    db.session.flush()


def _must_be_slow(restriction: Restriction, now: datetime) -> None:
    limit: int = setting("SLOW_PER_DAY")
    written = db.session.scalar(
        select(func.count()).where(
            Contribution.participant_id == restriction.participant_id,
            Contribution.created_at > now - timedelta(days=1),
        )
    )
    if (written or 0) >= limit:
        raise TooMany(
            _(
                "Until %(day)s you can send %(n)s ideas and comments a day here. That is reached"
                " for today. Your activity page says why.",
                day=_day(restriction),
                n=limit,
            ),
            retry_after=3600,
        )


def _sentence(right: Right, restriction: Restriction) -> str:
    day = _day(restriction)
    if right is Right.VOTE:
        return _("You cannot vote here until %(day)s. Your activity page says why.", day=day)
    if right is Right.FLAG:
        return _("You cannot report here until %(day)s. Your activity page says why.", day=day)
    return _(
        "You cannot write here until %(day)s. Nothing was sent. Your activity page says why.",
        day=day,
    )


def _day(restriction: Restriction) -> str:
    return str(format_date(restriction.until_at, "long"))
