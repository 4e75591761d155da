"""Deciding and taking back. One decision for one wording, whoever comes second hears who was first.

A decision acts at once; the author hears of it when the undo window has passed. Both commands lock
the contribution first and the item second, as everything does that touches the two.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import select

from dialogue.accounts.models import User
from dialogue.dialogues.models import ModerationReason
from dialogue.kernel import audit, mail, text
from dialogue.kernel.audit import Act
from dialogue.kernel.db import db
from dialogue.kernel.errors import Conflict, FieldErrors, Forbidden, NotFound
from dialogue.kernel.outbox import publish
from dialogue.moderation import wording
from dialogue.moderation.events import DecisionMade, DecisionUndone
from dialogue.moderation.models import ModerationDecision, Outcome, QueueItem
from dialogue.moderation.policies import Moderator, Scope, in_scope, may_decide, may_undo
from dialogue.moderation.queries.decisions import last_decision, undo_of
from dialogue.participation.commands import publication
from dialogue.participation.lifecycle import State
from dialogue.participation.models import Contribution, Participant, Revision, RevisionState

NOTE_LIMIT = 500  # code points of the sentence to the author


class AlreadyDecided(Conflict):
    """Somebody was first; `decision` is theirs."""

    def __init__(self, message: str, decision: ModerationDecision):
        super().__init__(message)
        self.decision = decision


def decide(
    *,
    item_id: int,
    version: int,
    outcome: Outcome,
    reason_code: str,
    note: str,
    moderator: Moderator,
    scope: Scope,
    now: datetime,
) -> ModerationDecision:
    """Approve or reject what an item shows. Publishes DecisionMade, writes one audit entry.

    `version` is the item's as the moderator saw it. Raises NotFound (no such item in the scope),
    AlreadyDecided, Conflict (another wording waits now, or none), Forbidden (one's own words),
    FieldErrors (`reason`, `note`).
    """
    item, contribution = _locked(item_id, scope)
    _must_wait(item, contribution, version, moderator, now)
    if not may_decide(moderator.id, _author_of(contribution)):
        raise Forbidden(_("You wrote this yourself. Another moderator decides about it."))
    note = _note(note)
    if outcome == Outcome.REJECTED:
        _check_reason(item.dialogue_id, reason_code, note)
    else:
        reason_code = note = ""
    before = publication.standing(contribution)
    act = (
        publication.publish_revision if outcome == Outcome.APPROVED else publication.reject_revision
    )
    act(contribution_id=contribution.id, revision_id=item.revision_id, now=now)
    decision = ModerationDecision(
        dialogue_id=item.dialogue_id,
        item_id=item.id,
        contribution_id=contribution.id,
        revision_id=item.revision_id,
        outcome=outcome,
        reason_code=reason_code,
        note=note,
        state_before=before.state,
        published_before_id=before.published_revision_id,
        edited_before_at=before.edited_at,
        decided_by_id=moderator.id,
        at=now,
    )
    db.session.add(decision)
    item.closed_at = now
    item.version += 1
    item.claimed_by_id = item.claimed_until = None
    db.session.flush()
    _record(
        decision,
        Act.DECISION_APPROVED if outcome == Outcome.APPROVED else Act.DECISION_REJECTED,
        now,
    )
    publish(DecisionMade(decision.id))
    return decision


def undo(
    *, decision_id: int, moderator: Moderator, scope: Scope, window: timedelta, now: datetime
) -> ModerationDecision:
    """Take a decision back within `window`: text, counts and item are as they were before it.

    The notice to the author, which has waited as long, is taken back in the same transaction.
    Publishes DecisionUndone, writes one audit entry. Raises NotFound, Forbidden (one's own words),
    Conflict (too late, undone already, or something has happened since).
    """
    decision = db.session.get(ModerationDecision, decision_id)
    if decision is None or decision.outcome == Outcome.UNDONE:
        raise NotFound("")
    item, contribution = _locked(decision.item_id, scope)
    if not may_decide(moderator.id, _author_of(contribution)):
        raise Forbidden(_("You wrote this yourself. Another moderator decides about it."))
    if undo_of(decision_id) is not None:
        raise Conflict(_("This decision was taken back already."))
    if not may_undo(decision, now, window):
        minutes = int(window.total_seconds() // 60)
        raise Conflict(
            _("A decision can be taken back for %(n)s minutes. This one is older.", n=minutes)
        )
    _must_be_last(decision, contribution)
    publication.return_to_queue(
        contribution_id=contribution.id,
        revision_id=decision.revision_id,
        before=publication.Standing(
            decision.state_before, decision.published_before_id, decision.edited_before_at
        ),
        now=now,
    )
    item.closed_at = None
    item.version += 1
    undone = ModerationDecision(
        dialogue_id=decision.dialogue_id,
        item_id=decision.item_id,
        contribution_id=decision.contribution_id,
        revision_id=decision.revision_id,
        outcome=Outcome.UNDONE,
        state_before=contribution.state,
        published_before_id=contribution.published_revision_id,
        edited_before_at=contribution.edited_at,
        decided_by_id=moderator.id,
        undo_of_id=decision.id,
        at=now,
    )
    db.session.add(undone)
    db.session.flush()
    _record(undone, Act.DECISION_UNDONE, now)
    mail.take_back(decision.notice_key)
    publish(DecisionUndone(decision.id))
    return undone


def _locked(item_id: int, scope: Scope) -> tuple[QueueItem, Contribution]:
    """Return item and contribution, locked in this order: contribution, item."""
    known = db.session.execute(
        select(QueueItem.contribution_id, QueueItem.dialogue_id).where(QueueItem.id == item_id)
    ).first()
    if known is None or not in_scope(scope, known.dialogue_id):
        raise NotFound("")
    contribution = publication.locked(known.contribution_id)
    item = db.session.scalars(
        select(QueueItem)
        .where(QueueItem.id == item_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    return item, contribution


def _must_wait(
    item: QueueItem, contribution: Contribution, version: int, moderator: Moderator, now: datetime
) -> None:
    if item.closed_at is not None:
        decision = last_decision(item.id)
        if decision is None:
            raise Conflict(_("Its author has withdrawn this. There is nothing left to decide."))
        name = ""
        if decision.decided_by_id not in (None, moderator.id):
            name = db.session.get_one(User, decision.decided_by_id).display_name
        raise AlreadyDecided(wording.already(decision.outcome, name, now - decision.at), decision)
    # The author may have replaced the wording a moment ago, before the queue has heard of it.
    state = db.session.scalar(select(Revision.state).where(Revision.id == item.revision_id))
    is_replaced = state == RevisionState.SUPERSEDED and contribution.state != State.WITHDRAWN
    if item.version != version or is_replaced:
        raise Conflict(_("This changed while you were reading: read it again below, then decide."))


def _must_be_last(decision: ModerationDecision, contribution: Contribution) -> None:
    newer = db.session.scalar(
        select(Revision.id)
        .where(Revision.contribution_id == contribution.id, Revision.id > decision.revision_id)
        .limit(1)
    )
    if newer is not None:
        raise Conflict(
            _("Its author has sent another wording since, so this cannot be taken back any more.")
        )


def _author_of(contribution: Contribution) -> int | None:
    return db.session.scalar(
        select(Participant.user_id).where(Participant.id == contribution.participant_id)
    )


def _note(typed: str) -> str:
    try:
        note = text.clean_source(typed).strip()
    except text.BadText as problem:
        raise FieldErrors({"note": problem.message}) from None
    if text.count(note) > NOTE_LIMIT:
        raise FieldErrors(
            {"note": _("Shorten your sentence to %(n)s characters or fewer.", n=NOTE_LIMIT)}
        )
    return note


def _check_reason(dialogue_id: int, code: str, note: str) -> None:
    reason = db.session.scalars(
        select(ModerationReason).where(
            ModerationReason.dialogue_id == dialogue_id, ModerationReason.code == code
        )
    ).first()
    if not code:
        raise FieldErrors({"reason": _("Choose the reason. The author is told.")})
    if reason is None or reason.retired_at is not None:
        raise FieldErrors({"reason": _("This reason is not in the list any more. Choose another.")})
    if reason.needs_note and not note:
        raise FieldErrors({"note": _("Write the reason in a sentence. The author reads it.")})


def _record(decision: ModerationDecision, act: Act, now: datetime) -> None:
    codes: dict[str, str | int] = {"decision": decision.id, "revision": decision.revision_id}
    if decision.reason_code:
        codes["reason"] = decision.reason_code
    if decision.undo_of_id:
        codes["undo_of"] = decision.undo_of_id
    audit.record(
        decision.decided_by_id,
        act,
        f"contribution:{decision.contribution_id}",
        codes,
        decision.note or None,
        now=now,
    )
