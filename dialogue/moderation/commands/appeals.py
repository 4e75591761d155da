"""A second look: asked for once by the author, answered in writing by another moderator.

Another one when there is one: where a dialogue has a single moderator they answer themselves, and
the author is told so. An answer is final: it has been looked at twice.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select, update

from dialogue.accounts.models import Grant, Role, User
from dialogue.dialogues.models import Dialogue
from dialogue.kernel import audit
from dialogue.kernel.audit import Act
from dialogue.kernel.db import db
from dialogue.kernel.errors import Conflict, Forbidden, NotFound
from dialogue.kernel.outbox import publish
from dialogue.moderation.commands.saying_why import checked_words
from dialogue.moderation.events import DecisionMade, StepLifted
from dialogue.moderation.models import Appeal, Lane, ModerationDecision, Outcome, QueueItem
from dialogue.moderation.policies import Moderator, Scope, in_scope
from dialogue.moderation.queries.decisions import undo_of
from dialogue.moderation.queries.outcomes import APPEALABLE, may_ask_until, still_stands
from dialogue.moderation.screening import RISK_APPEAL
from dialogue.participation.commands import merging, publication, redacting, restrictions
from dialogue.participation.commands.redacting import Redaction
from dialogue.participation.lifecycle import State
from dialogue.participation.models import Contribution, Participant, Restriction, Revision

WORDS_LIMIT = 1_000  # code points of what an author asks
ANSWER_LIMIT = 2_000  # code points of the answer


def ask_about_decision(*, decision_id: int, user_id: int, words: str, now: datetime) -> Appeal:
    """Ask for a second look at a decision about one's own words.

    Raises NotFound (no such decision about words of theirs), Conflict (asked before, too late,
    taken back, or something else has happened since), FieldErrors (`words`).
    """
    decision = db.session.get(ModerationDecision, decision_id)
    if decision is None or decision.outcome not in APPEALABLE:
        raise NotFound("")
    contribution = publication.locked(decision.contribution_id)
    participant = db.session.get_one(Participant, contribution.participant_id)
    if participant.user_id != user_id:
        raise NotFound("")
    asked = db.session.scalar(select(Appeal.id).where(Appeal.decision_id == decision_id))
    if asked is not None:
        raise Conflict(_("You have asked for a second look at this already."))
    if undo_of(decision_id) is not None or not _stands(decision, contribution):
        raise _not_any_more()
    if now >= may_ask_until(decision.at):
        raise Conflict(_("The time for asking is over."))
    checked = checked_words(words, "words", WORDS_LIMIT, missing=_what_to_look_at())
    item = _item_for(contribution, decision.revision_id, now)
    return _appeal(item, participant, checked, now, decision_id=decision.id)


def ask_about_step(*, restriction_id: int, user_id: int, words: str, now: datetime) -> Appeal:
    """Ask for a second look at a step taken about oneself. Raises as `ask_about_decision`."""
    step = db.session.get(Restriction, restriction_id)
    participant = db.session.get(Participant, step.participant_id) if step else None
    if step is None or participant is None or participant.user_id != user_id:
        raise NotFound("")
    contribution = publication.locked(step.contribution_id)
    asked = db.session.scalar(select(Appeal.id).where(Appeal.restriction_id == restriction_id))
    if asked is not None:
        raise Conflict(_("You have asked for a second look at this already."))
    if now >= may_ask_until(step.from_at):
        raise Conflict(_("The time for asking is over."))
    checked = checked_words(words, "words", WORDS_LIMIT, missing=_what_to_look_at())
    newest = db.session.scalars(
        select(Revision.id)
        .where(Revision.contribution_id == contribution.id)
        .order_by(Revision.number.desc())
        .limit(1)
    ).one()
    item = _item_for(contribution, newest, now)
    return _appeal(item, participant, checked, now, restriction_id=step.id)


def answer(
    *,
    item_id: int,
    version: int,
    granted: bool,
    words: str,
    moderator: Moderator,
    scope: Scope,
    now: datetime,
) -> ModerationDecision:
    """Answer an appeal: the earlier decision is changed (`granted`) or stands, with the reasons.

    Publishes DecisionMade (the author is told), writes one audit entry. Raises NotFound, Forbidden
    (one's own words; the first moderator while there is another), Conflict (answered, overtaken),
    FieldErrors (`answer`).
    """
    known = db.session.execute(
        select(QueueItem.contribution_id, QueueItem.dialogue_id).where(QueueItem.id == item_id)
    ).first()
    if known is None or not in_scope(scope, known.dialogue_id):
        raise NotFound("")
    into = db.session.scalar(
        select(Contribution.merged_into_id).where(Contribution.id == known.contribution_id)
    )
    if into is not None:  # two ideas are locked in the order of their numbers
        merging.locked_family(known.contribution_id, into)
    contribution = publication.locked(known.contribution_id)
    item = db.session.scalars(
        select(QueueItem)
        .where(QueueItem.id == item_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    appeal = db.session.scalars(select(Appeal).where(Appeal.item_id == item_id)).first()
    if appeal is None:
        raise NotFound("")
    if item.closed_at is not None or item.lane != Lane.APPEALS:
        raise Conflict(_("This appeal does not wait any more."))
    if item.version != version:
        raise Conflict(_("This changed while you were reading: read it again below, then decide."))
    must_be_another(appeal, moderator.id, now)
    missing = _("Write an answer. The author reads it.")
    checked = checked_words(words, "answer", ANSWER_LIMIT, missing=missing)
    before = publication.standing(contribution)
    revision_id = item.revision_id
    if granted:
        _grant(appeal, contribution, moderator, now)
    made = ModerationDecision(
        dialogue_id=item.dialogue_id,
        item_id=item.id,
        contribution_id=contribution.id,
        revision_id=revision_id,
        outcome=Outcome.APPEAL_GRANTED if granted else Outcome.APPEAL_REFUSED,
        note=checked,
        state_before=before.state,
        published_before_id=before.published_revision_id,
        edited_before_at=before.edited_at,
        state_after=contribution.state,
        facts={
            "appeal": appeal.id,
            "step": appeal.restriction_id or 0,
            "same": int(first_moderator(appeal) == moderator.id),
        },
        decided_by_id=moderator.id,
        at=now,
    )
    db.session.add(made)
    item.closed_at = now
    item.version += 1
    item.claimed_by_id = item.claimed_until = None
    db.session.flush()
    codes: dict[str, str | int] = {"decision": made.id, "revision": revision_id}
    codes |= {"appeal": appeal.id}
    audit.record(
        moderator.id,
        Act.DECISION_APPEAL_GRANTED if granted else Act.DECISION_APPEAL_REFUSED,
        f"contribution:{contribution.id}",
        codes,
        checked,
        now=now,
    )
    publish(DecisionMade(made.id))
    return made


def drop(*, decision_id: int, now: datetime) -> None:
    """Let an appeal wait no more whose decision is taken back: nothing is left to look at.

    What its author wrote stays with the record. The caller has locked the contribution.
    """
    db.session.execute(
        update(QueueItem)
        .where(
            QueueItem.id.in_(select(Appeal.item_id).where(Appeal.decision_id == decision_id)),
            QueueItem.closed_at.is_(None),
        )
        .values(
            closed_at=now,
            version=QueueItem.version + 1,
            claimed_by_id=None,
            claimed_until=None,
        )
        .execution_options(synchronize_session="fetch")
    )


def must_be_another(appeal: Appeal, moderator_id: int, now: datetime) -> None:
    """Insist that an appeal is not answered by its author, nor by whoever decided first while the
    dialogue has another moderator. Raises Forbidden."""
    author = db.session.get_one(Participant, appeal.participant_id)
    if author.user_id == moderator_id:
        raise Forbidden(_("This is about yourself. Another moderator decides about it."))
    if first_moderator(appeal) == moderator_id and others_than(moderator_id, appeal, now):
        raise Forbidden(_("You decided this first. Another moderator looks at it again."))


def first_moderator(appeal: Appeal) -> int | None:
    """Return who decided what the appeal is about; None when a rule did."""
    if appeal.decision_id is not None:
        return db.session.get_one(ModerationDecision, appeal.decision_id).decided_by_id
    return db.session.get_one(Restriction, appeal.restriction_id).imposed_by_id


def others_than(moderator_id: int, appeal: Appeal, now: datetime) -> bool:
    """Tell whether somebody else could answer: a moderator of the dialogue who did not write it."""
    dialogue = db.session.get_one(Dialogue, appeal.dialogue_id)
    author = db.session.get_one(Participant, appeal.participant_id).user_id
    rows = db.session.scalars(
        select(Grant)
        .join(User, User.id == Grant.user_id)
        .where(
            Grant.role.in_((Role.MODERATOR, Role.ADMIN)),
            Grant.user_id.not_in([moderator_id, author or 0]),
            User.disabled_at.is_(None),
        )
    )
    return any(
        grant.holds(now)
        and (
            grant.is_everywhere
            or grant.dialogue_id == dialogue.id
            or grant.agency_id == dialogue.agency_id
        )
        for grant in rows
    )


def _grant(appeal: Appeal, contribution: Contribution, moderator: Moderator, now: datetime) -> None:
    """Change what the appeal is about."""
    if appeal.restriction_id is not None:
        step = db.session.get_one(Restriction, appeal.restriction_id)
        if step.lifted_at is None:
            restrictions.lift(restriction=step, actor_id=moderator.id, now=now)
            publish(StepLifted(step.id))
        return
    decision = db.session.get_one(ModerationDecision, appeal.decision_id)
    if not _stands(decision, contribution):
        raise _not_any_more()
    if decision.outcome == Outcome.MERGED:
        merging.unmerge(idea_id=contribution.id, now=now)
    elif decision.outcome == Outcome.REDACTED:
        facts = decision.facts
        redacting.lift(
            contribution_id=contribution.id,
            revision_id=decision.revision_id,
            done=Redaction(facts["wording"], facts["sealed"], ()),
            now=now,
        )
    elif contribution.state == State.REJECTED:
        publication.publish_revision(
            contribution_id=contribution.id, revision_id=decision.revision_id, now=now
        )
    else:  # what was public once is public again; what never was waits for a moderator
        publication.restore(contribution_id=contribution.id, now=now)


def _stands(decision: ModerationDecision, contribution: Contribution) -> bool:
    return still_stands(decision, contribution.state, contribution.published_revision_id)


def _what_to_look_at() -> str:
    return _("Write in a sentence what we should look at.")


def _not_any_more() -> Conflict:
    return Conflict(_("This decision does not stand any more: there is nothing to look at again."))


def _item_for(contribution: Contribution, revision_id: int, now: datetime) -> QueueItem:
    """Make the item in which an appeal waits; raises Conflict while something else waits."""
    waiting = db.session.scalar(
        select(QueueItem.id).where(
            QueueItem.contribution_id == contribution.id, QueueItem.closed_at.is_(None)
        )
    )
    if waiting is not None:
        raise Conflict(
            _("A moderator reads this already. Ask when that is decided; your time runs on.")
        )
    item = QueueItem(
        dialogue_id=contribution.dialogue_id,
        contribution_id=contribution.id,
        revision_id=revision_id,
        lane=Lane.APPEALS,
        risk=RISK_APPEAL,
        screened_at=now,  # it was, when it came; the earlier findings say nothing new
        since=now,
        version=1,
    )
    db.session.add(item)
    db.session.flush()
    return item


def _appeal(
    item: QueueItem, participant: Participant, words: str, now: datetime, **about: Any
) -> Appeal:
    appeal = Appeal(
        dialogue_id=item.dialogue_id,
        participant_id=participant.id,
        item_id=item.id,
        words=words,
        at=now,
        **about,
    )
    db.session.add(appeal)
    db.session.flush()
    return appeal
