"""What authors are told on the page: what was decided about their words, why, and what they can
do about it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, func, or_, select
from sqlalchemy.orm import aliased

from dialogue.dialogues.models import ModerationReason
from dialogue.kernel.db import db
from dialogue.kernel.settings import setting
from dialogue.moderation.models import Appeal, ModerationDecision, Outcome, QueueItem
from dialogue.participation.lifecycle import SHOWN_STATES, State
from dialogue.participation.models import Contribution, Revision, RevisionState

# Decisions against somebody's words, which can be appealed against, with the states in which each
# leaves the contribution as long as nothing else has happened.
APPEALABLE: dict[str, frozenset[State]] = {
    Outcome.REJECTED: frozenset({State.REJECTED, State.HIDDEN}),  # hidden: it was public at once
    Outcome.HIDDEN: frozenset({State.HIDDEN}),
    Outcome.OFF_TOPIC: frozenset({State.OFF_TOPIC}),
    Outcome.BINNED: frozenset({State.BINNED}),
    Outcome.REDACTED: SHOWN_STATES,
    Outcome.MERGED: frozenset({State.MERGED}),
}
# What its author reads the reason of; what came back to them is theirs to change, not to dispute.
# Of what is off topic or merged its author reads that, whatever words were hidden in it besides.
TOLD: dict[str, frozenset[State]] = {
    **APPEALABLE,
    Outcome.REDACTED: frozenset({State.PUBLISHED}),
    Outcome.RETURNED: frozenset({State.RETURNED}),
}
TOLD_STATES = frozenset[State]().union(*TOLD.values())
ANSWERS = frozenset({Outcome.APPEAL_GRANTED, Outcome.APPEAL_REFUSED})


@dataclass(frozen=True)
class SecondLook:
    """An appeal and what became of it. Overtaken: something else was decided or sent meanwhile."""

    words: str
    at: datetime
    is_waiting: bool
    outcome: str = ""  # appeal_granted, appeal_refused; "" without an answer
    answer: str = ""
    answered_at: datetime | None = None
    by_the_same: bool = False  # no other moderator was there


@dataclass(frozen=True)
class Told:
    """The last decision against a contribution, as its author reads it."""

    decision_id: int
    outcome: str
    label: str  # the reason
    rule: str  # the sentence of the catalogue
    note: str  # the moderator's own
    by_person: bool  # else a rule decided
    at: datetime
    may_resend: bool
    ask_until: datetime | None  # None: no second look can be asked for (any more)
    second_look: SecondLook | None


def reason_given(contribution_id: int, now: datetime) -> Told | None:
    """Return what the author is told of a contribution; None when nothing stands against it."""
    return reasons_given([contribution_id], now).get(contribution_id)


def reasons_given(contribution_ids: Collection[int], now: datetime) -> dict[int, Told]:
    """Return, by contribution, the last decision against it that stands. One statement."""
    if not contribution_ids:
        return {}
    undone, newer, answer = (aliased(ModerationDecision) for _ in range(3))
    of = aliased(Contribution)
    fits = [and_(newer.outcome == name, of.state.in_(sorted(TOLD[name]))) for name in sorted(TOLD)]
    last = (
        select(func.max(newer.id))
        .join(of, of.id == newer.contribution_id)
        .outerjoin(undone, undone.undo_of_id == newer.id)
        .where(newer.contribution_id.in_(contribution_ids), or_(*fits), undone.id.is_(None))
        .group_by(newer.contribution_id)
    )
    rejections = (
        select(func.count())
        .where(
            Revision.contribution_id == Contribution.id, Revision.state == RevisionState.REJECTED
        )
        .correlate(Contribution)
        .scalar_subquery()
    )
    answered = (
        select(func.max(answer.id))
        .where(answer.item_id == Appeal.item_id, answer.outcome.in_(sorted(ANSWERS)))
        .correlate(Appeal)
        .scalar_subquery()
    )
    answer_row = aliased(ModerationDecision)
    rows = db.session.execute(
        select(
            ModerationDecision,
            Contribution.state,
            Contribution.language,
            ModerationReason,
            Appeal,
            answer_row,
            QueueItem.closed_at.label("item_closed_at"),
            QueueItem.revision_id.label("item_revision_id"),
            rejections.label("rejections"),
            Contribution.published_revision_id,
        )
        .join(Contribution, Contribution.id == ModerationDecision.contribution_id)
        .outerjoin(
            ModerationReason,
            (ModerationReason.dialogue_id == ModerationDecision.dialogue_id)
            & (ModerationReason.code == ModerationDecision.reason_code),
        )
        .outerjoin(Appeal, Appeal.decision_id == ModerationDecision.id)
        .outerjoin(answer_row, answer_row.id == answered)
        .outerjoin(QueueItem, QueueItem.id == Appeal.item_id)
        .where(ModerationDecision.id.in_(last))
    )
    found = {}
    for row in rows:
        made: ModerationDecision = row.ModerationDecision
        reason: ModerationReason | None = row.ModerationReason
        ask_until = may_ask_until(made.at)
        stands = still_stands(made, row.state, row.published_revision_id)
        if made.outcome == Outcome.REDACTED and not stands:
            continue  # other words are read now
        is_open_to_it = row.Appeal is None and stands
        found[made.contribution_id] = Told(
            decision_id=made.id,
            outcome=made.outcome,
            label=reason.label(row.language) if reason else "",
            rule=reason.sentence(row.language) if reason else "",
            note=made.note,
            by_person=made.decided_by_id is not None,
            at=made.at,
            may_resend=row.state == State.REJECTED and row.rejections == 1,
            ask_until=ask_until if is_open_to_it and now < ask_until else None,
            second_look=_second_look(row.Appeal, row[5], made, row),
        )
    return found


def still_stands(made: ModerationDecision, state: str, published_revision_id: int | None) -> bool:
    """Tell whether a decision against words can be appealed against and nothing else has happened
    to them since: they stand, and are read, as it left them."""
    if made.outcome == Outcome.REDACTED and made.facts.get("wording") != published_revision_id:
        return False
    return state in APPEALABLE.get(made.outcome, ())


def may_ask_until(decided_at: datetime) -> datetime:
    """Return until when a second look at a decision of this moment can be asked for."""
    return decided_at + timedelta(days=setting("APPEAL_DAYS"))


def _second_look(
    appeal: Appeal | None,
    answer: ModerationDecision | None,
    made: ModerationDecision,
    row: Row[Any],
) -> SecondLook | None:
    if appeal is None:
        return None
    if answer is None:
        is_waiting = row.item_closed_at is None and row.item_revision_id == made.revision_id
        return SecondLook(appeal.words, appeal.at, is_waiting)
    return SecondLook(
        appeal.words,
        appeal.at,
        is_waiting=False,
        outcome=answer.outcome,
        answer=answer.note,
        answered_at=answer.at,
        by_the_same=answer.decided_by_id is not None and answer.decided_by_id == made.decided_by_id,
    )
