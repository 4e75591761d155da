"""Many decisions by one press, each with its own row and record, and one undo for all of them.

A batch is decided in parts, each in a transaction of its own, so that nobody else's writing waits
for five hundred decisions. A part that is lost with its process leaves its items waiting.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import aliased

from dialogue.kernel.db import db
from dialogue.kernel.errors import Conflict, DomainError, FieldErrors, Forbidden, NotFound
from dialogue.moderation.commands import decisions
from dialogue.moderation.models import (
    BatchedDecision,
    DecisionBatch,
    ModerationDecision,
    Outcome,
)
from dialogue.moderation.policies import Moderator, Scope
from dialogue.moderation.queries.batches import Chosen, LeftOut

PART = 25  # decisions in one transaction
TOGETHER = (Outcome.APPROVED, Outcome.REJECTED)


def begin(
    *, outcome: Outcome, reason_code: str, asked: int, moderator: Moderator, now: datetime
) -> DecisionBatch:
    """Open a batch; its decisions follow in parts. Raises FieldErrors (`outcome`, `reason`)."""
    if outcome not in TOGETHER:
        raise FieldErrors({"outcome": _("Choose: approve or reject.")})
    if outcome == Outcome.REJECTED and not reason_code:
        raise FieldErrors({"reason": _("Choose the reason. The author is told.")})
    batch = DecisionBatch(
        outcome=outcome,
        reason_code=reason_code if outcome == Outcome.REJECTED else "",
        asked=asked,
        decided_by_id=moderator.id,
        at=now,
    )
    db.session.add(batch)
    db.session.flush()
    return batch


def decide_part(
    *, batch_id: int, items: Sequence[Chosen], moderator: Moderator, scope: Scope, now: datetime
) -> None:
    """Decide about some items of a batch. Each is decided as it would be alone; one that was
    decided, edited or withdrawn meanwhile is left out and noted."""
    batch = db.session.get_one(DecisionBatch, batch_id, with_for_update=True)
    left_out = list(batch.left_out)
    for one in items:
        why = one.kept_out_of(Outcome(batch.outcome))
        if why is None:
            why = _decide_one(batch, one, moderator, scope, now)
        if why is not None:
            left_out.append([one.id, str(why)])
    batch.left_out = left_out


def end(*, batch_id: int, now: datetime) -> None:
    """Note that every part of a batch was decided."""
    db.session.get_one(DecisionBatch, batch_id).ended_at = now


def undo_part(
    *,
    batch_id: int,
    moderator: Moderator,
    scope: Scope,
    window: timedelta,
    now: datetime,
    after: int = 0,
) -> tuple[int, int]:
    """Take the next decisions of a batch back, those behind `after`; return the last one that was
    looked at (0: there was none left) and how many were taken back.

    What something else has happened to since stays decided. Raises Conflict when the window has
    passed.
    """
    batch = db.session.get(DecisionBatch, batch_id)
    if batch is None:
        raise NotFound("")
    if now > batch.at + window:
        minutes = int(window.total_seconds() // 60)
        raise Conflict(
            _("A decision can be taken back for %(n)s minutes. This one is older.", n=minutes)
        )
    undo = aliased(ModerationDecision)
    ids = db.session.scalars(
        select(BatchedDecision.decision_id)
        .outerjoin(undo, undo.undo_of_id == BatchedDecision.decision_id)
        .where(
            BatchedDecision.batch_id == batch_id,
            BatchedDecision.decision_id > after,
            undo.id.is_(None),
        )
        .order_by(BatchedDecision.decision_id)
        .limit(PART)
    ).all()
    taken_back = 0
    for decision_id in ids:
        try:
            with db.session.begin_nested():
                decisions.undo(
                    decision_id=decision_id,
                    moderator=moderator,
                    scope=scope,
                    window=window,
                    now=now,
                )
            taken_back += 1
        except (Conflict, Forbidden):
            continue
    return (ids[-1] if ids else 0), taken_back


def _decide_one(
    batch: DecisionBatch, one: Chosen, moderator: Moderator, scope: Scope, now: datetime
) -> LeftOut | None:
    try:
        with db.session.begin_nested():
            made = decisions.decide(
                item_id=one.id,
                version=one.version,
                outcome=Outcome(batch.outcome),
                reason_code=batch.reason_code,
                note="",
                moderator=moderator,
                scope=scope,
                now=now,
            )
            db.session.add(BatchedDecision(decision_id=made.id, batch_id=batch.id))
    except FieldErrors:  # the reason was retired in this dialogue meanwhile
        raise
    except DomainError:
        return LeftOut.CHANGED
    return None
