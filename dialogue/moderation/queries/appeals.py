"""Appeals as moderators and their authors see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from dialogue.accounts.models import User
from dialogue.dialogues.models import Dialogue
from dialogue.kernel.db import db
from dialogue.moderation.models import Appeal, ModerationDecision, QueueItem
from dialogue.moderation.queries.authors import reason_labels
from dialogue.participation.models import Contribution, Participant, Restriction, Revision


@dataclass(frozen=True)
class Waiting:
    """An appeal with what it is about, for the moderator who answers it."""

    appeal: Appeal
    item_id: int
    version: int
    is_open: bool
    dialogue: Dialogue
    author: str
    kind: str
    title: str
    html: str
    language: str
    outcome: str  # of the decision; "" for a step
    step: str  # "" for a decision
    until_at: datetime | None  # of a step
    reason: str
    note: str
    by: str  # who decided first; "" for a rule
    decided_at: datetime


@dataclass(frozen=True)
class Asked:
    """A decision of which its author may ask a second look: what the form shows."""

    decision_id: int
    title: str
    words: str
    reason: str


def appeal_of_item(item_id: int, language: str) -> Waiting | None:
    """Return the appeal that waits, or waited, in an item; None when it holds none."""
    row = db.session.execute(
        select(Appeal, QueueItem, Revision, Contribution.kind, Participant.public_name, Dialogue)
        .join(QueueItem, QueueItem.id == Appeal.item_id)
        .join(Revision, Revision.id == QueueItem.revision_id)
        .join(Contribution, Contribution.id == QueueItem.contribution_id)
        .join(Participant, Participant.id == Appeal.participant_id)
        .join(Dialogue, Dialogue.id == Appeal.dialogue_id)
        .where(Appeal.item_id == item_id)
    ).first()
    if row is None:
        return None
    appeal: Appeal = row.Appeal
    about: ModerationDecision | Restriction
    if appeal.decision_id is not None:
        about = db.session.get_one(ModerationDecision, appeal.decision_id)
        by, decided_at, outcome, step, until = (
            about.decided_by_id,
            about.at,
            about.outcome,
            "",
            None,
        )
    else:
        about = db.session.get_one(Restriction, appeal.restriction_id)
        by, decided_at, outcome = about.imposed_by_id, about.from_at, ""
        step, until = about.step, about.until_at
    labels = reason_labels({appeal.dialogue_id}, language)
    name = db.session.scalar(select(User.display_name).where(User.id == by)) if by else ""
    return Waiting(
        appeal=appeal,
        item_id=item_id,
        version=row.QueueItem.version,
        is_open=row.QueueItem.closed_at is None,
        dialogue=row.Dialogue,
        author=row.public_name,
        kind=row.kind,
        title=row.Revision.title,
        html=row.Revision.html,
        language=row.Revision.language,
        outcome=outcome,
        step=step,
        until_at=until,
        reason=labels.get((appeal.dialogue_id, about.reason_code), ""),
        note=about.note,
        by=name or "",
        decided_at=decided_at,
    )


def decision_of(decision_id: int, user_id: int) -> Asked | None:
    """Return a decision about words of this person; None when it is not about theirs."""
    row = db.session.execute(
        select(ModerationDecision, Revision.title, Revision.plain, Contribution.language)
        .join(Revision, Revision.id == ModerationDecision.revision_id)
        .join(Contribution, Contribution.id == ModerationDecision.contribution_id)
        .join(Participant, Participant.id == Contribution.participant_id)
        .where(ModerationDecision.id == decision_id, Participant.user_id == user_id)
    ).first()
    if row is None:
        return None
    made: ModerationDecision = row.ModerationDecision
    labels = reason_labels({made.dialogue_id}, row.language)
    return Asked(
        decision_id=decision_id,
        title=row.title,
        words=row.plain,
        reason=labels.get((made.dialogue_id, made.reason_code), ""),
    )
