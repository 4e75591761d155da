"""What authors are told on the page: the reason why something of theirs is not published."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import func, select

from dialogue.dialogues.models import ModerationReason
from dialogue.kernel.db import db
from dialogue.moderation.models import ModerationDecision, Outcome
from dialogue.participation.models import Contribution


def reason_given(contribution_id: int) -> str:
    """Return the sentence of the last rejection of a contribution; empty when there is none."""
    return reasons_given([contribution_id]).get(contribution_id, "")


def reasons_given(contribution_ids: Collection[int]) -> dict[int, str]:
    """Return, by contribution, the label of its last rejection with the moderator's sentence."""
    last = (
        select(func.max(ModerationDecision.id))
        .where(
            ModerationDecision.contribution_id.in_(contribution_ids),
            ModerationDecision.outcome == Outcome.REJECTED,
        )
        .group_by(ModerationDecision.contribution_id)
    )
    rows = db.session.execute(
        select(
            ModerationDecision.contribution_id,
            ModerationDecision.note,
            Contribution.language,
            ModerationReason,
        )
        .join(Contribution, Contribution.id == ModerationDecision.contribution_id)
        .join(
            ModerationReason,
            (ModerationReason.dialogue_id == Contribution.dialogue_id)
            & (ModerationReason.code == ModerationDecision.reason_code),
        )
        .where(ModerationDecision.id.in_(last))
    )
    return {
        contribution_id: " ".join(part for part in (reason.label(language) + ".", note) if part)
        for contribution_id, note, language, reason in rows
    }
