"""What waits longer than a dialogue has promised, and whom that concerns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, func, select

from dialogue.dialogues.models import Dialogue
from dialogue.kernel.db import db
from dialogue.moderation.models import QueueItem, Reminder
from dialogue.moderation.queries.waiting import still_asks
from dialogue.participation.models import Contribution, Revision


@dataclass(frozen=True)
class OverdueItems:
    """The items of a dialogue that have waited too long."""

    dialogue: Dialogue
    item_ids: Sequence[int]  # of which nobody was told yet
    all: int
    oldest: datetime


def overdue(step: str, *, times: int, now: datetime) -> Sequence[OverdueItems]:
    """Return, by dialogue, what has waited `times` its target, where some of it is not told yet.

    `step`: which telling is meant (Reminder.step).
    """
    found = []
    for dialogue in db.session.scalars(select(Dialogue).order_by(Dialogue.id)):
        late = now - times * timedelta(hours=dialogue.target_hours)
        rows = db.session.execute(
            select(
                QueueItem.id,
                QueueItem.since,
                exists()
                .where(Reminder.item_id == QueueItem.id, Reminder.step == step)
                .label("is_told"),
            )
            .join(Contribution, Contribution.id == QueueItem.contribution_id)
            .join(Revision, Revision.id == QueueItem.revision_id)
            .where(
                QueueItem.dialogue_id == dialogue.id,
                QueueItem.closed_at.is_(None),
                QueueItem.since <= late,
                still_asks(),
            )
            .order_by(QueueItem.since)
        ).all()
        untold = [row.id for row in rows if not row.is_told]
        if untold:
            found.append(OverdueItems(dialogue, untold, len(rows), rows[0].since))
    return found


def last_told(dialogue_id: int, step: str) -> datetime | None:
    """Return when people were last told about a dialogue."""
    return db.session.scalar(
        select(func.max(Reminder.at))
        .join(QueueItem, QueueItem.id == Reminder.item_id)
        .where(QueueItem.dialogue_id == dialogue_id, Reminder.step == step)
    )
