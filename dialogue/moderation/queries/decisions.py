"""What moderators decided: one's own day, the lane of decided items, the last word on an item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import aliased

from dialogue.accounts.models import User
from dialogue.dialogues.models import ModerationReason
from dialogue.kernel import text
from dialogue.kernel.db import db
from dialogue.moderation.models import (
    BatchedDecision,
    ModerationDecision,
    Outcome,
    QueueItem,
)
from dialogue.moderation.policies import FINAL, Scope
from dialogue.participation.models import Contribution, Revision

LISTED = 50
_TITLE = 70  # code points of a comment that stand for its title
_PAUSE = timedelta(minutes=5)  # a longer gap between two decisions was not spent on one item


@dataclass(frozen=True)
class Done:
    """A decision of one's own that stands."""

    id: int
    item_id: int
    outcome: str
    title: str
    at: datetime
    batch_id: int | None = None  # it was made together with others
    in_batch: int = 0  # how many of them stand


@dataclass(frozen=True)
class MyDay:
    """What a moderator did since a moment, and their last decision young enough to be undone."""

    handled: int = 0
    median_seconds: int | None = None
    last: Done | None = None
    hard: int = 0  # decisions about what is hard to read


@dataclass(frozen=True)
class Decided:
    """A decision in the list of decided items."""

    id: int
    item_id: int
    outcome: str
    kind: str
    title: str
    reason: str
    by: str
    at: datetime
    is_undone: bool
    may_undo: bool


def my_day(moderator_id: int, *, since: datetime, undo_from: datetime) -> MyDay:
    """Return one's own numbers since `since`; `undo_from`: since when decisions can be undone.

    The median counts the time between decisions that followed each other within five minutes and
    were not made together. One statement.
    """
    title = case(
        (
            ModerationDecision.at >= undo_from,
            select(
                func.coalesce(func.nullif(Revision.title, ""), func.substr(Revision.plain, 1, 280))
            )
            .where(Revision.id == ModerationDecision.revision_id)
            .scalar_subquery(),
        )
    )
    rows = db.session.execute(
        select(
            ModerationDecision.id,
            ModerationDecision.item_id,
            ModerationDecision.outcome,
            ModerationDecision.undo_of_id,
            ModerationDecision.at,
            QueueItem.distressing,
            BatchedDecision.batch_id,
            title.label("title"),
        )
        .join(QueueItem, QueueItem.id == ModerationDecision.item_id)
        .outerjoin(BatchedDecision, BatchedDecision.decision_id == ModerationDecision.id)
        .where(
            ModerationDecision.decided_by_id == moderator_id,
            ModerationDecision.at >= min(since, undo_from),
        )
        .order_by(ModerationDecision.at, ModerationDecision.id)
    ).all()
    undone = {row.undo_of_id for row in rows}
    stand = [row for row in rows if row.outcome != Outcome.UNDONE and row.id not in undone]
    young = [row for row in stand if row.at >= undo_from and row.outcome not in FINAL]
    today = [row for row in stand if row.at >= since]
    gaps = [
        (after.at - before.at).total_seconds()
        for before, after in pairwise(row for row in today if row.batch_id is None)
        if after.at - before.at <= _PAUSE
    ]
    last = young[-1] if young else None
    return MyDay(
        handled=len(today),
        median_seconds=round(median(gaps)) if gaps else None,
        last=Done(
            last.id,
            last.item_id,
            last.outcome,
            text.excerpt(last.title or "", _TITLE),
            last.at,
            last.batch_id,
            sum(1 for row in stand if last.batch_id and row.batch_id == last.batch_id),
        )
        if last
        else None,
        hard=sum(1 for row in today if row.distressing),
    )


def decided(
    scope: Scope, *, undo_from: datetime, language: str = "en", limit: int = LISTED
) -> Sequence[Decided]:
    """Return the latest decisions, newest first, those taken back among them.

    `undo_from`: since when decisions can be taken back.
    """
    return _decisions(
        [] if scope is None else [ModerationDecision.dialogue_id.in_(sorted(scope))],
        undo_from,
        language,
        limit,
    )


def history(item_id: int, *, undo_from: datetime, language: str = "en") -> Sequence[Decided]:
    """Return the decisions on one item, newest first."""
    return _decisions([ModerationDecision.item_id == item_id], undo_from, language, LISTED)


def decisions_on(
    contribution_id: int, *, undo_from: datetime, language: str = "en"
) -> Sequence[Decided]:
    """Return the decisions on one contribution, whatever item they stand with, newest first."""
    here = [ModerationDecision.contribution_id == contribution_id]
    return _decisions(here, undo_from, language, LISTED)


def undo_of(decision_id: int) -> int | None:
    """Return the decision that took this one back, if there is one."""
    return db.session.scalar(
        select(ModerationDecision.id).where(ModerationDecision.undo_of_id == decision_id)
    )


def last_decision(item_id: int) -> ModerationDecision | None:
    """Return the latest decision on an item that stands; None when none does."""
    undone = select(ModerationDecision.undo_of_id).where(
        ModerationDecision.item_id == item_id, ModerationDecision.undo_of_id.is_not(None)
    )
    return db.session.scalars(
        select(ModerationDecision)
        .where(
            ModerationDecision.item_id == item_id,
            ModerationDecision.outcome != Outcome.UNDONE,
            ModerationDecision.id.not_in(undone),
        )
        .order_by(ModerationDecision.id.desc())
        .limit(1)
    ).first()


def last_decision_on(contribution_id: int) -> ModerationDecision | None:
    """Return the latest decision on a contribution that stands, whatever item it stands with."""
    undone = select(ModerationDecision.undo_of_id).where(
        ModerationDecision.contribution_id == contribution_id,
        ModerationDecision.undo_of_id.is_not(None),
    )
    return db.session.scalars(
        select(ModerationDecision)
        .where(
            ModerationDecision.contribution_id == contribution_id,
            ModerationDecision.outcome != Outcome.UNDONE,
            ModerationDecision.id.not_in(undone),
        )
        .order_by(ModerationDecision.id.desc())
        .limit(1)
    ).first()


def _decisions(
    conditions: list[Any], undo_from: datetime, language: str, limit: int
) -> Sequence[Decided]:
    undo = aliased(ModerationDecision)
    rows = db.session.execute(
        select(
            ModerationDecision,
            Contribution.kind,
            Revision.title,
            func.substr(Revision.plain, 1, 4 * _TITLE).label("beginning"),
            ModerationReason,
            User.display_name,
            undo.id.label("undone_by"),
        )
        .join(Contribution, Contribution.id == ModerationDecision.contribution_id)
        .join(Revision, Revision.id == ModerationDecision.revision_id)
        .outerjoin(
            ModerationReason,
            (ModerationReason.dialogue_id == ModerationDecision.dialogue_id)
            & (ModerationReason.code == ModerationDecision.reason_code),
        )
        .outerjoin(User, User.id == ModerationDecision.decided_by_id)
        .outerjoin(undo, undo.undo_of_id == ModerationDecision.id)
        .where(ModerationDecision.outcome != Outcome.UNDONE, *conditions)
        .order_by(ModerationDecision.id.desc())
        .limit(limit)
    )
    return [
        Decided(
            id=decision.id,
            item_id=decision.item_id,
            outcome=decision.outcome,
            kind=kind,
            title=title or text.excerpt(beginning, _TITLE),
            reason=reason.label(language) if reason else "",
            by=name or "",
            at=decision.at,
            is_undone=undone_by is not None,
            may_undo=undone_by is None
            and decision.at >= undo_from
            and decision.outcome not in FINAL,
        )
        for decision, kind, title, beginning, reason, name, undone_by in rows
    ]
