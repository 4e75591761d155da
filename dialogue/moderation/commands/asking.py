"""Items that people ask for: what was flagged, and what its supposed author disowns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, exists, select, update

from dialogue.kernel.db import db
from dialogue.moderation.commands.queue import raise_item
from dialogue.moderation.models import Lane, QueueItem
from dialogue.moderation.screening import RISK_DANGER, RISK_FLAGGED, RISK_HELD
from dialogue.participation.models import Contribution, Disown, Flag, FlagReason

_OPEN_FLAG = (Flag.decided_at.is_(None), Flag.withdrawn_at.is_(None))
_OPEN_DISOWN = (Disown.confirmed_at.is_not(None), Disown.decided_at.is_(None))
Wording = tuple[int, int]  # (contribution, revision)


def raise_flagged(*, flag_id: int, now: datetime) -> Wording | None:
    """Put what a flag is about into the queue; return the wording if nobody has screened it.

    Where somebody may be in danger it is the safety lead's. Nothing happens when the flag was
    taken back or answered meanwhile. Safe to repeat.
    """
    flag = db.session.scalars(select(Flag).where(Flag.id == flag_id, *_OPEN_FLAG)).first()
    if flag is None:
        return None
    listed = db.session.scalar(
        select(Contribution.listed).where(Contribution.id == flag.contribution_id)
    )
    lane, risk = Lane.FLAGGED, RISK_FLAGGED if listed else RISK_HELD
    if flag.reason == FlagReason.DANGER:
        lane, risk = Lane.SAFETY, RISK_DANGER
    return _unscreened(
        raise_item(
            contribution_id=flag.contribution_id,
            lane=lane,
            risk=risk,
            revision_id=flag.revision_id,
            now=now,
        )
    )


def raise_disowned(*, disown_id: int, now: datetime) -> Wording | None:
    """Put what somebody disowns into the queue; return the wording if nobody has screened it."""
    disown = db.session.scalars(select(Disown).where(Disown.id == disown_id, *_OPEN_DISOWN)).first()
    if disown is None:
        return None
    return _unscreened(
        raise_item(
            contribution_id=disown.contribution_id, lane=Lane.DISOWNED, risk=RISK_HELD, now=now
        )
    )


def raise_missing(*, now: datetime) -> None:
    """Put into the queue what people asked for and no open item shows: the reaction was lost, or
    the item was closed by a decision about something else."""
    waits = exists().where(
        QueueItem.contribution_id == Flag.contribution_id, QueueItem.closed_at.is_(None)
    )
    for flag_id in _ids(select(Flag.id).where(*_OPEN_FLAG, ~waits).order_by(Flag.id)):
        raise_flagged(flag_id=flag_id, now=now)
    waits = exists().where(
        QueueItem.contribution_id == Disown.contribution_id, QueueItem.closed_at.is_(None)
    )
    for disown_id in _ids(select(Disown.id).where(*_OPEN_DISOWN, ~waits).order_by(Disown.id)):
        raise_disowned(disown_id=disown_id, now=now)


def close_taken_back(*, now: datetime) -> None:
    """Close items of the flagged lane whose flags were all taken back while everybody can read the
    words. What flags had put out of sight waits until somebody has looked."""
    still_open = exists().where(Flag.contribution_id == QueueItem.contribution_id, *_OPEN_FLAG)
    public = exists().where(
        Contribution.id == QueueItem.contribution_id,
        Contribution.listed.is_(True),
        Contribution.published_revision_id == QueueItem.revision_id,
    )
    db.session.execute(
        update(QueueItem)
        .where(QueueItem.closed_at.is_(None), QueueItem.lane == Lane.FLAGGED, ~still_open, public)
        .values(closed_at=now, version=QueueItem.version + 1)
        .execution_options(synchronize_session=False)
    )


def _ids(statement: Select[int]) -> Sequence[int]:
    return db.session.scalars(statement).all()


def _unscreened(item: QueueItem | None) -> Wording | None:
    if item is None or item.screened_at is not None:
        return None
    return item.contribution_id, item.revision_id
