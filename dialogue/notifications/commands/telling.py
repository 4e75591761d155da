"""Queueing what people are told. Each may be repeated: a key holds one mail and no more."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from dialogue.accounts.models import User
from dialogue.dialogues.models import Dialogue, ModerationReason
from dialogue.kernel import mail
from dialogue.kernel.db import db
from dialogue.moderation.models import ModerationDecision, Outcome
from dialogue.moderation.queries.decisions import undo_of
from dialogue.notifications import letters
from dialogue.participation.models import Contribution, Participant, Revision
from dialogue.reports.models import Report


def tell_decision(*, decision_id: int, now: datetime) -> None:
    """Queue the author's notice of a decision; it waits until the undo window has passed.

    Nothing is queued for a decision that was taken back meanwhile, for imported texts, or for
    accounts that are closed.
    """
    # The undo locks the same row: it comes before this and is seen, or after it and deletes.
    decision = db.session.scalars(
        select(ModerationDecision).where(ModerationDecision.id == decision_id).with_for_update()
    ).first()
    if decision is None or decision.outcome == Outcome.UNDONE or undo_of(decision_id):
        return
    contribution = db.session.get_one(Contribution, decision.contribution_id)
    author = _account_of(contribution.participant_id)
    if author is None:
        return
    letter = letters.decision(
        decision,
        contribution=contribution,
        revision=db.session.get_one(Revision, decision.revision_id),
        dialogue=db.session.get_one(Dialogue, decision.dialogue_id),
        reason=_reason_of(decision),
        language=author.language,
    )
    mail.queue(
        author.email,
        letter.subject,
        letter.text,
        key=f"{decision.notice_key}author",
        now=now,
        due_at=letters.not_before(decision.at),
    )


def take_back(*, decision_id: int) -> None:
    """Delete the notices of a decision that was taken back, wherever one is still waiting."""
    decision = db.session.get(ModerationDecision, decision_id)
    if decision is not None and undo_of(decision_id):
        mail.take_back(decision.notice_key)


def tell_report(*, report_id: int, now: datetime) -> None:
    """Queue the mail to the officer who asked for a report that has ended."""
    report = db.session.get(Report, report_id)
    if report is None or not report.ended or report.requested_by_id is None:
        return
    officer = db.session.get_one(User, report.requested_by_id)
    if officer.disabled_at is not None:
        return
    dialogue = db.session.get_one(Dialogue, report.dialogue_id)
    letter = letters.report(report, dialogue=dialogue, language=officer.language)
    mail.queue(officer.email, letter.subject, letter.text, key=f"report:{report_id}:", now=now)


def _account_of(participant_id: int) -> User | None:
    return db.session.scalars(
        select(User)
        .join(Participant, Participant.user_id == User.id)
        .where(Participant.id == participant_id, User.disabled_at.is_(None))
    ).first()


def _reason_of(decision: ModerationDecision) -> ModerationReason | None:
    return db.session.scalars(
        select(ModerationReason).where(
            ModerationReason.dialogue_id == decision.dialogue_id,
            ModerationReason.code == decision.reason_code,
        )
    ).first()
