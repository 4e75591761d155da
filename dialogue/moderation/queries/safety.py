"""What waits for the safety lead."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from dialogue.kernel.db import db
from dialogue.moderation.models import Lane, ModerationDecision, Outcome, QueueItem


def is_with_lead(contribution_ids: Sequence[int]) -> bool:
    """Tell whether one of these waits for the safety lead: its author is shown where help is."""
    return bool(
        contribution_ids
        and db.session.scalar(
            select(ModerationDecision.id)
            .join(QueueItem, QueueItem.id == ModerationDecision.item_id)
            .where(
                ModerationDecision.contribution_id.in_(contribution_ids),
                ModerationDecision.outcome == Outcome.ESCALATED,
                QueueItem.closed_at.is_(None),
                QueueItem.lane == Lane.SAFETY,
            )
            .limit(1)
        )
    )
