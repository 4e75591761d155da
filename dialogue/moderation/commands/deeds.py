"""What each kind of decision does to a contribution, and how it is undone, as one table.

A deed returns facts: ids and codes that its undo needs and the record shows, never words. Which
states it may start from, the life cycle says; who may decide and when, `decisions`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _

from dialogue.kernel.errors import Conflict, FieldErrors
from dialogue.kernel.settings import setting
from dialogue.moderation.models import Lane, ModerationDecision, Outcome, QueueItem
from dialogue.moderation.screening import RISK_DANGER
from dialogue.participation.commands import (
    arranging,
    disowning,
    flagging,
    merging,
    publication,
    redacting,
    splitting,
)
from dialogue.participation.commands.redacting import Place, Redaction
from dialogue.participation.commands.splitting import Part
from dialogue.participation.lifecycle import State, Verb
from dialogue.participation.models import (
    Contribution,
    DisownOutcome,
    FlagOutcome,
    Kind,
    Revision,
    RevisionState,
)
from dialogue.participation.redaction import HiddenKind


@dataclass(frozen=True)
class Wish:
    """What a decision says besides its kind; each kind reads what concerns it."""

    places: tuple[Place, ...] = ()  # of words to hide
    words: tuple[tuple[str, HiddenKind], ...] = ()
    into_id: int | None = None  # the idea to merge into
    parts: tuple[Part, ...] = ()  # of an idea to split
    topic_id: int | None = None


@dataclass(frozen=True)
class Case:
    """A locked contribution, the wording that is decided about, the item, and the wish."""

    contribution: Contribution
    revision: Revision  # read since the contribution was locked
    item: QueueItem
    wish: Wish
    now: datetime

    @property
    def revision_id(self) -> int:
        """Return the number of the wording."""
        return self.revision.id


Facts = dict[str, Any]


@dataclass(frozen=True)
class Deed:
    """How one kind of decision is carried out and undone; what it asks of the moderator."""

    do: Callable[[Case], Facts]
    undo: Callable[[ModerationDecision, QueueItem, datetime], None]
    asks_reason: bool = False
    asks_note: bool = False
    keeps_reason: bool = True  # a reason given without being asked for
    settles: bool = True  # nothing is left to decide about the item
    for_ideas: bool = False  # alone


def _by_wording(
    act: Callable[[Contribution, Revision, datetime], None],
) -> Callable[[Case], Facts]:
    def do(case: Case) -> Facts:
        facts = _revision_before(case)
        act(case.contribution, case.revision, case.now)
        return facts

    return do


def _by_verb(verb: Verb) -> Callable[[Case], Facts]:
    def do(case: Case) -> Facts:
        facts = _revision_before(case)
        publication.take_out(contribution_id=case.contribution.id, verb=verb, now=case.now)
        return facts

    return do


def _hide(case: Case) -> Facts:
    """Take it from sight; what reports hold out of sight already stays there."""
    if case.contribution.state == State.HIDDEN:
        return {"held": True}
    return _by_verb(Verb.HIDE)(case)


def _unhide(decision: ModerationDecision, item: QueueItem, now: datetime) -> None:
    if not decision.facts.get("held"):
        _as_before(decision, item, now)


def _revision_before(case: Case) -> Facts:
    """Return the state of the wording where an undo could not guess it."""
    usual = (RevisionState.WAITING, RevisionState.PUBLISHED)
    state = case.revision.state
    return {} if state in usual else {"revision": str(state)}


def _restore(case: Case) -> Facts:
    facts = _revision_before(case)
    publication.restore(contribution_id=case.contribution.id, now=case.now)
    return facts


def _leave_again(_decision: ModerationDecision, _item: QueueItem, _now: datetime) -> None:
    """Nothing about the text has changed."""


def _keep(case: Case) -> Facts:
    """What people reported or disowned is as it should be: it stands as it stood before."""
    contribution_id = case.contribution.id
    return {
        "disown": disowning.settle(
            contribution_id=contribution_id, outcome=DisownOutcome.KEPT, now=case.now
        )
    }


def answer_flags(case: Case, outcome: Outcome) -> Facts:
    """Give open flags their outcome with the decision that answers them, if it does."""
    if outcome not in _ANSWERS:
        return {}
    flags = flagging.decide_flags(
        contribution_id=case.contribution.id, outcome=_ANSWERS[outcome], now=case.now
    )
    return {"flags": list(flags)} if flags else {}


def ask_again(decision: ModerationDecision, now: datetime) -> None:
    """Take back what a decision that is undone had answered."""
    if decision.facts.get("flags"):
        flagging.reopen_flags(flag_ids=tuple(decision.facts["flags"]), now=now)
    if decision.facts.get("disown"):
        disowning.reopen(disown_id=decision.facts["disown"], now=now)


def _remove(case: Case) -> Facts:
    """Who wrote it says they did not: it goes out of sight for good."""
    if case.contribution.state != State.HIDDEN:  # it was held when it was disowned
        publication.take_out(contribution_id=case.contribution.id, verb=Verb.HIDE, now=case.now)
    return {
        "disown": disowning.settle(
            contribution_id=case.contribution.id, outcome=DisownOutcome.REMOVED, now=case.now
        )
    }


def _as_before(decision: ModerationDecision, _item: QueueItem, now: datetime) -> None:
    before = decision.facts.get("revision")
    publication.stand_as(
        contribution_id=decision.contribution_id,
        revision_id=decision.revision_id,
        before=_standing(decision),
        revision_before=RevisionState(before) if before else None,
        now=now,
    )


def _standing(decision: ModerationDecision) -> publication.Standing:
    return publication.Standing(
        decision.state_before, decision.published_before_id, decision.edited_before_at
    )


def _escalate(case: Case) -> Facts:
    facts = {"lane": case.item.lane, "risk": case.item.risk}
    case.item.lane, case.item.risk = Lane.SAFETY, RISK_DANGER
    return facts


def _deescalate(decision: ModerationDecision, item: QueueItem, _now: datetime) -> None:
    item.lane, item.risk = decision.facts["lane"], decision.facts["risk"]


def _redact(case: Case) -> Facts:
    if case.item.revision_id != case.revision_id:  # places in an edit that waits move
        case.item.signals, case.item.screened_at = {}, None
    done = redacting.redact(
        contribution_id=case.contribution.id,
        revision_id=case.revision_id,
        places=case.wish.places,
        words=case.wish.words,
        keep_for=timedelta(days=setting("SEALED_TEXT_DAYS")),
        now=case.now,
    )
    return {
        "wording": done.revision_id,
        "sealed": done.sealed_id,
        "spans": [[p.field, p.start, p.end, str(p.kind)] for p in done.places],
    }


def _unredact(decision: ModerationDecision, _item: QueueItem, now: datetime) -> None:
    redacting.unredact(
        contribution_id=decision.contribution_id,
        revision_id=decision.revision_id,
        done=Redaction(decision.facts["wording"], decision.facts["sealed"], ()),
        before=_standing(decision),
        now=now,
    )


def _merge(case: Case) -> Facts:
    if case.wish.into_id is None:
        raise FieldErrors({"into": _("Choose the idea that stays.")})
    root_id = merging.merge(
        idea_id=case.contribution.id,
        into_id=case.wish.into_id,
        revision_id=case.revision_id,
        now=case.now,
    )
    return {"into": root_id, "named": case.wish.into_id}


def _unmerge_again(decision: ModerationDecision, item: QueueItem, now: datetime) -> None:
    merging.unmerge(idea_id=decision.contribution_id, now=now)
    idea = publication.locked(decision.contribution_id)
    if idea.state != decision.state_before and idea.state != State.WITHDRAWN:  # it had waited
        _as_before(decision, item, now)


def _unmerge(case: Case) -> Facts:
    return {"from": merging.unmerge(idea_id=case.contribution.id, now=case.now)}


def _merge_again(decision: ModerationDecision, _item: QueueItem, now: datetime) -> None:
    merging.merge(
        idea_id=decision.contribution_id,
        into_id=decision.facts["from"],
        revision_id=decision.revision_id,
        now=now,
    )


def _split(case: Case) -> Facts:
    ids = splitting.split(idea_id=case.contribution.id, parts=case.wish.parts, now=case.now)
    return {"parts": ids}


def _unsplit(decision: ModerationDecision, _item: QueueItem, now: datetime) -> None:
    splitting.unsplit(idea_id=decision.contribution_id, part_ids=decision.facts["parts"], now=now)


def _move(case: Case) -> Facts:
    before = case.contribution.topic_id
    if before == case.wish.topic_id:
        raise FieldErrors({"topic": _("Choose another topic than the one it has.")})
    arranging.move(idea_id=case.contribution.id, topic_id=case.wish.topic_id, now=case.now)
    return {"topic": case.wish.topic_id, "topic_before": before}


def _move_back(decision: ModerationDecision, _item: QueueItem, now: datetime) -> None:
    arranging.move(
        idea_id=decision.contribution_id, topic_id=decision.facts["topic_before"], now=now
    )


def _closing(name: str, closed: bool) -> Callable[[Case], Facts]:
    def do(case: Case) -> Facts:
        arranging.close(idea_id=case.contribution.id, what=name, closed=closed, now=case.now)
        return {}

    return do


def _closing_back(
    name: str, closed: bool
) -> Callable[[ModerationDecision, QueueItem, datetime], None]:
    def undo(decision: ModerationDecision, _item: QueueItem, now: datetime) -> None:
        arranging.close(idea_id=decision.contribution_id, what=name, closed=closed, now=now)

    return undo


def _in_place(name: str, closed: bool) -> Deed:
    return Deed(
        _closing(name, closed),
        _closing_back(name, not closed),
        settles=False,
        for_ideas=True,
    )


DEEDS: dict[Outcome, Deed] = {
    Outcome.APPROVED: Deed(_by_wording(publication.approve), _as_before, keeps_reason=False),
    Outcome.REJECTED: Deed(_by_wording(publication.reject), _as_before, asks_reason=True),
    Outcome.RETURNED: Deed(_by_wording(publication.send_back), _as_before, asks_note=True),
    Outcome.OFF_TOPIC: Deed(_by_wording(publication.set_aside), _as_before),
    Outcome.BINNED: Deed(_by_verb(Verb.BIN), _as_before, asks_reason=True),
    Outcome.HIDDEN: Deed(_hide, _unhide, asks_reason=True),
    Outcome.RESTORED: Deed(_restore, _as_before),
    Outcome.REDACTED: Deed(_redact, _unredact),
    Outcome.MERGED: Deed(_merge, _unmerge_again, for_ideas=True),
    Outcome.UNMERGED: Deed(_unmerge, _merge_again, settles=False, for_ideas=True),
    Outcome.SPLIT: Deed(_split, _unsplit, settles=False, for_ideas=True),
    Outcome.MOVED: Deed(_move, _move_back, settles=False, for_ideas=True),
    Outcome.COMMENTS_CLOSED: _in_place("comments", True),
    Outcome.COMMENTS_OPENED: _in_place("comments", False),
    Outcome.LOCKED: _in_place("idea", True),
    Outcome.UNLOCKED: _in_place("idea", False),
    Outcome.KEPT: Deed(_keep, _leave_again),
    Outcome.ESCALATED: Deed(_escalate, _deescalate, settles=False),
    Outcome.DISOWNED_REMOVED: Deed(_remove, _as_before),
}


# What a decision says to those who reported the text.
_ANSWERS = {
    Outcome.APPROVED: FlagOutcome.KEPT,
    Outcome.KEPT: FlagOutcome.KEPT,
    Outcome.REJECTED: FlagOutcome.ACTED,
    Outcome.RETURNED: FlagOutcome.ACTED,
    Outcome.OFF_TOPIC: FlagOutcome.ACTED,
    Outcome.BINNED: FlagOutcome.ACTED,
    Outcome.HIDDEN: FlagOutcome.ACTED,
    Outcome.REDACTED: FlagOutcome.ACTED,
    Outcome.DISOWNED_REMOVED: FlagOutcome.ACTED,
}


def must_fit(outcome: Outcome, contribution: Contribution) -> Deed:
    """Return the deed for a kind of decision; raises Conflict where it makes no sense."""
    deed = DEEDS.get(outcome)
    if deed is None or (deed.for_ideas and contribution.kind != Kind.IDEA):
        raise Conflict(_("This cannot be done with it."))
    return deed
