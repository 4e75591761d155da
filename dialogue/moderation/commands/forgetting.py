"""What moderators wrote about words that are gone: it may repeat them, so it goes with them.

That they decided, when, and why by the catalogue, stays: it is the record of staff.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Select, String, cast, literal, select, update

from dialogue.kernel import audit
from dialogue.kernel.audit import AuditEntry
from dialogue.kernel.db import db
from dialogue.moderation.models import Appeal, HandOver, ModerationDecision, QueueItem
from dialogue.participation.models import Contribution
from dialogue.participation.queries.visibility import has_words


def forget_words(*, contribution_id: int, now: datetime) -> None:
    """Empty everything that may repeat the words of a contribution which its author took back.

    Safe to repeat; does nothing while a wording has words.
    """
    of = select(Contribution.id).where(Contribution.id == contribution_id, ~has_words())
    empty_notes(of)
    empty_hand_overs(of, now)
    empty_findings(of)
    empty_audit_notes(of)
    about = select(ModerationDecision.id).where(ModerationDecision.contribution_id.in_(of))
    db.session.execute(update(Appeal).where(Appeal.decision_id.in_(about)).values(words=""))


def empty_notes(of: Select[int]) -> None:
    """Empty the sentences to the authors of these contributions."""
    db.session.execute(
        update(ModerationDecision)
        .where(ModerationDecision.contribution_id.in_(of))
        .values(note="", spans=[])
    )


def empty_hand_overs(of: Select[int], now: datetime) -> None:
    """Empty what moderators told each other about these contributions."""
    db.session.execute(
        update(HandOver)
        .where(HandOver.contribution_id.in_(of), HandOver.erased_at.is_(None))
        .values(words="", erased_at=now)
    )


def empty_findings(of: Select[int]) -> None:
    """Forget what screening found in these contributions."""
    db.session.execute(
        update(QueueItem).where(QueueItem.contribution_id.in_(of)).values(signals={})
    )


def empty_audit_notes(of: Select[int], *which: ColumnElement[bool]) -> None:
    """Erase the notes beside the audit entries (`which`: of some kinds) about these contributions.
    The chain holds without them."""
    numbers = of.subquery()
    subjects = select(literal("contribution:") + cast(numbers.c[0], String))
    audit.erase_notes(select(AuditEntry.seq).where(AuditEntry.subject.in_(subjects), *which))
