"""Deciding and taking back. One decision for one wording, whoever comes second hears who was first.

What each kind of decision does stands in `deeds`. A decision acts at once; the author hears of it
when the undo window has passed. All commands lock the contribution first (two of them in the order
of their numbers) and the item second, as everything does that touches both.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import bindparam, select

from dialogue.accounts.models import User
from dialogue.dialogues.models import ModerationReason
from dialogue.kernel import audit, mail, text
from dialogue.kernel.audit import Act
from dialogue.kernel.db import db
from dialogue.kernel.errors import Conflict, FieldErrors, Forbidden, NotFound
from dialogue.kernel.outbox import publish
from dialogue.moderation import wording
from dialogue.moderation.commands import appeals
from dialogue.moderation.commands.deeds import (
    DEEDS,
    Case,
    Deed,
    Wish,
    answer_flags,
    ask_again,
    must_fit,
)
from dialogue.moderation.events import DecisionMade, DecisionUndone
from dialogue.moderation.models import Lane, ModerationDecision, Outcome, QueueItem
from dialogue.moderation.policies import Moderator, Scope, in_scope, may_decide, may_undo
from dialogue.moderation.queries.decisions import last_decision, last_decision_on, undo_of
from dialogue.participation import lifecycle
from dialogue.participation.commands import merging, publication
from dialogue.participation.lifecycle import State, Verb
from dialogue.participation.models import Contribution, Participant, Revision, RevisionState

NOTE_LIMIT = 500  # code points of the sentence to the author
NOTHING_MORE = Wish()
# An item shows the newest wording, and these are about it.
_ABOUT_THE_NEWEST = frozenset({Outcome.APPROVED, Outcome.REJECTED, Outcome.RETURNED})
_JUST_NOW = timedelta(minutes=30)  # a page may have been open that long


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
    wish: Wish = NOTHING_MORE,
) -> ModerationDecision:
    """Decide about what an item shows. Publishes DecisionMade, writes one audit entry.

    `version` is the item's as the moderator saw it; `wish`, what some kinds of decisions need
    besides. Raises NotFound (no such item in the scope), AlreadyDecided, Conflict (another wording
    waits now, or none), Forbidden (one's own words), FieldErrors (`reason`, `note`, and what the
    wish lacks).
    """
    _lock_in_order(item_id, wish)
    found = _locked(item_id, scope)
    item, contribution = found.item, found.contribution
    _must_wait(found, version, moderator, now)
    case = Case(contribution, found.revision, item, wish, now)
    return _carry_out(case, found.author_id, outcome, reason_code, note, moderator)


def decide_in_place(
    *,
    contribution_id: int,
    version: int,
    outcome: Outcome,
    reason_code: str,
    note: str,
    moderator: Moderator,
    scope: Scope,
    now: datetime,
    wish: Wish = NOTHING_MORE,
) -> ModerationDecision:
    """Decide about something that the public has read, whether an item of it waits or not.

    `version` is the contribution's as the moderator saw it. The decision stands with the newest
    item of the contribution. Publishes and raises as `decide`.
    """
    known = db.session.execute(
        select(Contribution.dialogue_id).where(Contribution.id == contribution_id)
    ).first()
    if known is None or not in_scope(scope, known.dialogue_id):
        raise NotFound("")
    if wish.into_id is not None:
        merging.locked_family(contribution_id, wish.into_id)
    contribution = publication.locked(contribution_id)
    if contribution.published_revision_id is None:
        raise NotFound("")
    if contribution.version != version:
        last = last_decision_on(contribution_id)
        if last is not None and last.at > now - _JUST_NOW:
            raise _already(last, moderator, now)
        raise Conflict(_("This changed while you were reading: read it again below, then decide."))
    item = _newest_item(contribution, now)
    revision = db.session.get_one(
        Revision, contribution.published_revision_id, populate_existing=True
    )
    case = Case(contribution, revision, item, wish, now)
    return _carry_out(case, _author_of(contribution), outcome, reason_code, note, moderator)


def undo(
    *, decision_id: int, moderator: Moderator, scope: Scope, window: timedelta, now: datetime
) -> ModerationDecision:
    """Take a decision back within `window`: text, counts and item are as they were before it.

    The notice to the author, which has waited as long, is taken back in the same transaction, and
    an appeal that they filed meanwhile waits no more.
    Publishes DecisionUndone, writes one audit entry. Raises NotFound, Forbidden (one's own words),
    Conflict (too late, undone already, or something has happened since).
    """
    decision = db.session.get(ModerationDecision, decision_id)
    if decision is None or decision.outcome == Outcome.UNDONE:
        raise NotFound("")
    other = decision.facts.get("into") or decision.facts.get("from")
    if other is not None:
        merging.locked_family(decision.contribution_id, other)
    found = _locked(decision.item_id, scope)
    item, contribution = found.item, found.contribution
    if not may_decide(moderator.id, found.author_id):
        raise Forbidden(_("You wrote this yourself. Another moderator decides about it."))
    if undo_of(decision_id) is not None:
        raise Conflict(_("This decision was taken back already."))
    if not may_undo(decision, now, window):
        minutes = int(window.total_seconds() // 60)
        raise Conflict(
            _("A decision can be taken back for %(n)s minutes. This one is older.", n=minutes)
        )
    _must_be_last(decision, contribution)
    DEEDS[Outcome(decision.outcome)].undo(decision, item, now)
    ask_again(decision, now)
    appeals.drop(decision_id=decision.id, now=now)
    _open_again(item, decision)
    undone = ModerationDecision(
        dialogue_id=decision.dialogue_id,
        item_id=decision.item_id,
        contribution_id=decision.contribution_id,
        revision_id=decision.revision_id,
        outcome=Outcome.UNDONE,
        state_before=contribution.state,
        published_before_id=contribution.published_revision_id,
        edited_before_at=contribution.edited_at,
        state_after=contribution.state,
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


def _carry_out(
    case: Case,
    author_id: int | None,
    outcome: Outcome,
    reason_code: str,
    note: str,
    moderator: Moderator,
) -> ModerationDecision:
    item, contribution, now = case.item, case.contribution, case.now
    deed = must_fit(outcome, contribution)
    if not may_decide(moderator.id, author_id):
        raise Forbidden(_("You wrote this yourself. Another moderator decides about it."))
    note = _note(note)
    if deed.keeps_reason:
        _check_why(deed, item.dialogue_id, reason_code, note)
    else:
        reason_code = note = ""
    before = publication.standing(contribution)
    newest = None if outcome in _ABOUT_THE_NEWEST else _newest_wording(contribution.id)
    facts = {"newest": newest} | deed.do(case)
    if before.published_revision_id is not None:  # else nobody could report it
        facts |= answer_flags(case, outcome)
    about_this = item.revision_id == case.revision_id or contribution.state != State.PUBLISHED
    closes = (
        deed.settles
        and about_this  # an edit that waits goes on waiting
        and item.closed_at is None
        and contribution.state != State.PENDING
    )
    decision = ModerationDecision(
        dialogue_id=item.dialogue_id,
        item_id=item.id,
        contribution_id=contribution.id,
        revision_id=case.revision_id,
        outcome=outcome,
        reason_code=reason_code,
        note=note,
        spans=facts.pop("spans", []),
        state_before=before.state,
        published_before_id=before.published_revision_id,
        edited_before_at=before.edited_at,
        facts={name: value for name, value in facts.items() if value is not None}
        | {"closed": closes},
        state_after=contribution.state,
        decided_by_id=moderator.id,
        at=now,
    )
    db.session.add(decision)
    if closes:
        item.closed_at = now
    elif outcome == Outcome.RESTORED and contribution.state == State.PENDING:
        item.closed_at = None  # what was never public waits again
    item.version += 1
    item.claimed_by_id = item.claimed_until = None
    db.session.flush()
    _record(decision, Act(f"decision.{outcome}"), now)
    publish(DecisionMade(decision.id))
    return decision


def _open_again(item: QueueItem, decision: ModerationDecision) -> None:
    """Let an item wait again that this decision closed, unless a newer one of its text waits."""
    waits = select(QueueItem.id).where(
        QueueItem.contribution_id == item.contribution_id, QueueItem.closed_at.is_(None)
    )
    if decision.facts.get("closed", True):
        if item.closed_at is not None and db.session.scalar(waits) is None:
            item.closed_at = None
    elif decision.outcome == Outcome.RESTORED and decision.state_after == State.PENDING:
        item.closed_at = decision.at  # it waited again by this decision alone
    item.version += 1


def _lock_in_order(item_id: int, wish: Wish) -> None:
    """Two ideas are locked in the order of their numbers, before the item of one of them."""
    if wish.into_id is None:
        return
    contribution_id = db.session.scalar(
        select(QueueItem.contribution_id).where(QueueItem.id == item_id)
    )
    if contribution_id is not None:
        merging.locked_family(contribution_id, wish.into_id)


@dataclass(frozen=True)
class _Locked:
    """An item and what it shows; the wording was read after its contribution was locked."""

    item: QueueItem
    contribution: Contribution
    revision: Revision
    author_id: int | None


def _locked(item_id: int, scope: Scope) -> _Locked:
    """Return item and contribution, locked in this order: contribution, item."""
    asked = {"item": item_id}
    shown = db.session.execute(_LOCKED_CONTRIBUTION, asked).first()
    if shown is None or not in_scope(scope, shown[0].dialogue_id):
        raise NotFound("")
    contribution, author_id = shown
    item, revision = db.session.execute(_LOCKED_ITEM, asked).one()
    return _Locked(item, contribution, revision, author_id)


# Statements of every decision, made once: putting one together costs more than running it.
_LOCKED_CONTRIBUTION = (
    select(Contribution, Participant.user_id)
    .join(QueueItem, QueueItem.contribution_id == Contribution.id)
    .join(Participant, Participant.id == Contribution.participant_id)
    .where(QueueItem.id == bindparam("item"))
    .with_for_update(of=Contribution, key_share=True)
    .execution_options(populate_existing=True)
)
_LOCKED_ITEM = (
    select(QueueItem, Revision)
    .join(Revision, Revision.id == QueueItem.revision_id)
    .where(QueueItem.id == bindparam("item"))
    .with_for_update(of=QueueItem)
    .execution_options(populate_existing=True)
)
_REASON = select(ModerationReason.retired_at, ModerationReason.needs_note).where(
    ModerationReason.dialogue_id == bindparam("dialogue"),
    ModerationReason.code == bindparam("code"),
)
_AUTHOR = select(Participant.user_id).where(Participant.id == bindparam("participant"))


def _newest_item(contribution: Contribution, now: datetime) -> QueueItem:
    """Return the item a decision in place stands with: the open one, the newest, or a new one."""
    item = db.session.scalars(
        select(QueueItem)
        .where(QueueItem.contribution_id == contribution.id)
        .order_by(QueueItem.closed_at.is_(None).desc(), QueueItem.id.desc())
        .limit(1)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()
    if item is None:  # an imported text never waited
        item = QueueItem(
            dialogue_id=contribution.dialogue_id,
            contribution_id=contribution.id,
            revision_id=contribution.published_revision_id,
            since=now,
            screened_at=now,
            closed_at=now,
        )
        db.session.add(item)
        db.session.flush()
    return item


def _must_wait(found: _Locked, version: int, moderator: Moderator, now: datetime) -> None:
    item, contribution = found.item, found.contribution
    if item.closed_at is not None:
        decision = last_decision(item.id)
        if decision is None:
            raise Conflict(_("Its author has withdrawn this. There is nothing left to decide."))
        raise _already(decision, moderator, now)
    if item.lane == Lane.APPEALS:
        raise Conflict(_("This is an appeal. Open it and answer in writing."))
    # The author may have replaced the wording a moment ago, before the queue has heard of it.
    is_replaced = (
        found.revision.state == RevisionState.SUPERSEDED and contribution.state != State.WITHDRAWN
    )
    if item.version != version or is_replaced:
        raise Conflict(_("This changed while you were reading: read it again below, then decide."))


def _already(decision: ModerationDecision, moderator: Moderator, now: datetime) -> AlreadyDecided:
    name = ""
    if decision.decided_by_id not in (None, moderator.id):
        name = db.session.get_one(User, decision.decided_by_id).display_name
    return AlreadyDecided(wording.already(decision.outcome, name, now - decision.at), decision)


def _must_be_last(decision: ModerationDecision, contribution: Contribution) -> None:
    """Raise Conflict when the text has changed since, or something else was decided about it."""
    known = (decision.facts.get("newest"), decision.facts.get("wording"), decision.revision_id)
    if _newest_wording(contribution.id) not in known:
        raise Conflict(
            _("Its author has sent another wording since, so this cannot be taken back any more.")
        )
    last = last_decision_on(contribution.id)
    if last is not None and last.id != decision.id:
        raise Conflict(_("Something else was decided about it since. Take that back first."))
    merged = decision.outcome == Outcome.MERGED  # its author may have withdrawn it meanwhile
    if decision.state_after not in ("", contribution.state) and not merged:
        lifecycle.after(contribution.state, Verb.RETURN_TO_QUEUE)
        raise Conflict(_("It stands otherwise now, so this cannot be taken back any more."))


def _newest_wording(contribution_id: int) -> int | None:
    return db.session.scalar(
        select(Revision.id)
        .where(Revision.contribution_id == contribution_id)
        .order_by(Revision.number.desc())
        .limit(1)
    )


def _author_of(contribution: Contribution) -> int | None:
    return db.session.scalar(_AUTHOR, {"participant": contribution.participant_id})


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


def _check_why(deed: Deed, dialogue_id: int, code: str, note: str) -> None:
    if deed.asks_note and not note:
        raise FieldErrors({"note": _("Write a sentence that says why. The author reads it.")})
    if not code:
        if deed.asks_reason:
            raise FieldErrors({"reason": _("Choose the reason. The author is told.")})
        return
    reason = db.session.execute(_REASON, {"dialogue": dialogue_id, "code": code}).first()
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
    if decision.state_after != decision.state_before:
        codes["from"], codes["to"] = decision.state_before, decision.state_after
    for name in ("into", "topic", "sealed"):
        if (value := decision.facts.get(name)) is not None:
            codes[name] = value
    for _field, _start, _end, kind in decision.spans:  # how many of each kind, never which words
        codes[f"hidden_{kind}"] = int(codes.get(f"hidden_{kind}", 0)) + 1
    audit.record(
        decision.decided_by_id,
        act,
        f"contribution:{decision.contribution_id}",
        codes,
        decision.note or None,
        now=now,
    )
