"""Who leads the safety of a dialogue, and what waits for them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from dialogue.accounts.models import Role, User
from dialogue.accounts.queries import staff_of
from dialogue.dialogues.models import Dialogue
from dialogue.kernel.db import db
from dialogue.moderation.models import Lane, ModerationDecision, Outcome, QueueItem


def lead_of(dialogue: Dialogue, now: datetime) -> User | None:
    """Return who is named as the safety lead and still moderates the dialogue."""
    if dialogue.safety_lead_id is None:
        return None
    people = staff_of(dialogue.id, dialogue.agency_id, (Role.MODERATOR, Role.ADMIN), now)
    return next((one for one in people if one.id == dialogue.safety_lead_id), None)


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
