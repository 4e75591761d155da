"""Items that are decided together: which ones may be, which are left out and why; a batch again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import aliased

from dialogue.dialogues.models import ModerationReason
from dialogue.kernel import text
from dialogue.kernel.db import db
from dialogue.moderation.models import (
    BatchedDecision,
    DecisionBatch,
    Lane,
    ModerationDecision,
    Outcome,
    QueueItem,
)
from dialogue.moderation.policies import Scope, in_scope, may_decide
from dialogue.moderation.queries.items import Reason
from dialogue.moderation.queries.waiting import still_asks
from dialogue.moderation.screening import RAISED, from_signals
from dialogue.participation.models import Contribution, Participant, Revision

AT_MOST = 500  # items in one batch
_TITLE = 70  # code points of a comment that stand for its title


class LeftOut(StrEnum):
    """Why an item is not decided together with others."""

    DETAILS = "details"  # personal details: each has to be looked at
    DANGER = "danger"  # somebody may be at risk
    UNCHECKED = "unchecked"  # screening has not seen it yet
    ASKED = "asked"  # people wait for an answer about this one
    OWN = "own"  # the moderator's own words
    CHANGED = "changed"  # decided, edited or withdrawn meanwhile


@dataclass(frozen=True)
class Chosen:
    """An item that was chosen, with what decides whether it may be in a batch."""

    id: int
    version: int
    dialogue_id: int
    contribution_id: int
    kind: str
    title: str
    approving: LeftOut | None  # what keeps it out of an approval
    rejecting: LeftOut | None  # out of a rejection

    def kept_out_of(self, outcome: Outcome) -> LeftOut | None:
        """Return why it is left out of a batch with this outcome; None when it is not."""
        return self.approving if outcome == Outcome.APPROVED else self.rejecting


@dataclass(frozen=True)
class Batch:
    """A batch as its page shows it."""

    id: int
    outcome: str
    reason_code: str
    asked: int
    decided: int
    undone: int
    left_out: Sequence[tuple[int, LeftOut]]
    by_id: int
    at: datetime
    is_ended: bool


@dataclass(frozen=True)
class BatchRow:
    """A decision of a batch."""

    decision_id: int
    item_id: int
    title: str
    is_undone: bool


def chosen(item_ids: Iterable[int], scope: Scope, *, moderator_id: int) -> list[Chosen]:
    """Return the waiting items among these, in the order of the queue; one statement."""
    return _chosen(QueueItem.id.in_(sorted(set(item_ids))[: 2 * AT_MOST]), scope, moderator_id)


def chosen_lane(lane: str | None, scope: Scope, *, moderator_id: int) -> list[Chosen]:
    """Return the first items that wait in a lane (None: in all), as many as a batch holds."""
    return _chosen(QueueItem.lane == lane if lane else QueueItem.id > 0, scope, moderator_id)


def shared_reasons(dialogue_ids: Iterable[int], language: str) -> list[Reason]:
    """Return the reasons that may be given in each of these dialogues and need no sentence."""
    wanted = set(dialogue_ids)
    rows = db.session.scalars(
        select(ModerationReason)
        .where(
            ModerationReason.dialogue_id.in_(sorted(wanted)),
            ModerationReason.retired_at.is_(None),
            ModerationReason.needs_note.is_(False),
        )
        .order_by(ModerationReason.position, ModerationReason.id)
    ).all()
    counted: dict[str, list[ModerationReason]] = {}
    for row in rows:
        counted.setdefault(row.code, []).append(row)
    return [
        Reason(code, found[0].label(language), False)
        for code, found in counted.items()
        if len(found) == len(wanted)
    ]


def batch(batch_id: int, scope: Scope) -> Batch | None:
    """Return a batch; None when it has no decision in the scope and is not empty."""
    row = db.session.get(DecisionBatch, batch_id)
    if row is None:
        return None
    undo = aliased(ModerationDecision)
    found = db.session.execute(
        select(ModerationDecision.dialogue_id, func.count(), func.count(undo.id))
        .join(BatchedDecision, BatchedDecision.decision_id == ModerationDecision.id)
        .outerjoin(undo, undo.undo_of_id == ModerationDecision.id)
        .where(BatchedDecision.batch_id == batch_id)
        .group_by(ModerationDecision.dialogue_id)
    ).all()
    if any(not in_scope(scope, dialogue_id) for dialogue_id, _number, _undone in found):
        return None
    return Batch(
        id=row.id,
        outcome=row.outcome,
        reason_code=row.reason_code,
        asked=row.asked,
        decided=sum(number for _dialogue, number, _undone in found),
        undone=sum(undone for _dialogue, _number, undone in found),
        left_out=[(int(item_id), LeftOut(why)) for item_id, why in row.left_out],
        by_id=row.decided_by_id,
        at=row.at,
        is_ended=row.ended_at is not None,
    )


def decisions_of(batch_id: int) -> Sequence[BatchRow]:
    """Return the decisions of a batch in the order in which they were made."""
    undo = aliased(ModerationDecision)
    rows = db.session.execute(
        select(
            ModerationDecision.id,
            ModerationDecision.item_id,
            Revision.title,
            func.substr(Revision.plain, 1, 4 * _TITLE).label("beginning"),
            undo.id.label("undone_by"),
        )
        .join(BatchedDecision, BatchedDecision.decision_id == ModerationDecision.id)
        .join(Revision, Revision.id == ModerationDecision.revision_id)
        .outerjoin(undo, undo.undo_of_id == ModerationDecision.id)
        .where(BatchedDecision.batch_id == batch_id)
        .order_by(ModerationDecision.id)
    )
    return [
        BatchRow(
            row.id,
            row.item_id,
            row.title or text.excerpt(row.beginning, _TITLE),
            row.undone_by is not None,
        )
        for row in rows
    ]


def titles_of(item_ids: Sequence[int], scope: Scope) -> dict[int, str]:
    """Return the titles of items of the scope, whatever became of them."""
    if not item_ids:
        return {}
    rows = db.session.execute(
        select(
            QueueItem.id,
            Revision.title,
            func.substr(Revision.plain, 1, 4 * _TITLE).label("beginning"),
        )
        .join(Revision, Revision.id == QueueItem.revision_id)
        .where(
            QueueItem.id.in_(item_ids),
            *([] if scope is None else [QueueItem.dialogue_id.in_(sorted(scope))]),
        )
    )
    return {row.id: row.title or text.excerpt(row.beginning, _TITLE) for row in rows}


def _chosen(condition: ColumnElement[bool], scope: Scope, moderator_id: int) -> list[Chosen]:
    rows = db.session.execute(
        select(
            QueueItem.id,
            QueueItem.version,
            QueueItem.dialogue_id,
            QueueItem.contribution_id,
            QueueItem.lane,
            QueueItem.signals,
            QueueItem.screened_at,
            Contribution.kind,
            Revision.title,
            func.substr(Revision.plain, 1, 4 * _TITLE).label("beginning"),
            Participant.user_id,
        )
        .join(Contribution, Contribution.id == QueueItem.contribution_id)
        .join(Revision, Revision.id == QueueItem.revision_id)
        .join(Participant, Participant.id == Contribution.participant_id)
        .where(
            condition,
            QueueItem.closed_at.is_(None),
            still_asks(),
            *([] if scope is None else [QueueItem.dialogue_id.in_(sorted(scope))]),
        )
        .order_by(QueueItem.risk.desc(), QueueItem.since, QueueItem.id)
        .limit(AT_MOST)
    )
    found = []
    for row in rows:
        findings = from_signals(row.signals)
        never = None
        if not may_decide(moderator_id, row.user_id):
            never = LeftOut.OWN
        elif row.lane == Lane.SAFETY or findings.danger:
            never = LeftOut.DANGER
        elif row.lane in RAISED:
            never = LeftOut.ASKED
        approving = never
        if never is None and row.screened_at is None:
            approving = LeftOut.UNCHECKED
        elif never is None and findings.details:
            approving = LeftOut.DETAILS
        found.append(
            Chosen(
                row.id,
                row.version,
                row.dialogue_id,
                row.contribution_id,
                row.kind,
                row.title or text.excerpt(row.beginning, _TITLE),
                approving,
                never,
            )
        )
    return found
