"""What moderation holds about a person: how it is handed out, and how it goes."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, delete, select, update

from dialogue.kernel import personal
from dialogue.kernel.audit import Act, AuditEntry
from dialogue.kernel.db import db
from dialogue.kernel.personal import Leaving, Person, Row
from dialogue.moderation.commands import forgetting
from dialogue.moderation.models import (
    Appeal,
    ModerationDecision,
    QueueItem,
    TextOutline,
    TextPrint,
)
from dialogue.participation.models import Contribution
from dialogue.participation.queries.visibility import has_words


def decisions(person: Person) -> Sequence[Row]:
    """What was decided about the person's contributions, with what was said to them."""
    of_mine = ModerationDecision.contribution_id.in_(_contributions(person))
    only = ("contribution_id", "outcome", "reason_code", "note", "at")
    return personal.rows(ModerationDecision, of_mine, only=only)


def erase_notes(leaving: Leaving) -> bool:
    """Empty what moderators wrote to the author about words that are gone: it may repeat them.
    That they decided, and why by the catalogue, belongs to the record of staff."""
    forgetting.empty_notes(_gone(leaving.person))
    return False


def erase_audit_notes(leaving: Leaving) -> bool:
    """Erase the same sentences beside the audit entries, and those about steps taken."""
    forgetting.empty_audit_notes(_gone(leaving.person))
    about_a_step = AuditEntry.act == Act.STEP_TAKEN
    forgetting.empty_audit_notes(_contributions(leaving.person), about_a_step)
    return False


def close_items(leaving: Leaving) -> bool:
    """Take what is gone out of the queue, with what screening found in it."""
    gone = _gone(leaving.person)
    forgetting.empty_findings(gone)
    db.session.execute(
        update(QueueItem)
        .where(QueueItem.contribution_id.in_(gone), QueueItem.closed_at.is_(None))
        .values(closed_at=leaving.now, version=QueueItem.version + 1)
    )
    return False


def appeals(person: Person) -> Sequence[Row]:
    """What the person asked a second look at, in their words."""
    of_mine = Appeal.participant_id.in_(person.participants)
    return personal.rows(Appeal, of_mine, only=("decision_id", "restriction_id", "words", "at"))


def erase_appeals(leaving: Leaving) -> bool:
    """Empty the words of the person's appeals; that they appealed stays."""
    db.session.execute(
        update(Appeal)
        .where(Appeal.participant_id.in_(leaving.person.participants))
        .values(words="")
    )
    return False


def erase_hand_overs(leaving: Leaving) -> bool:
    """Empty the notes of moderators about words that are gone: they may repeat them."""
    forgetting.empty_hand_overs(_gone(leaving.person), leaving.now)
    return False


def forget_prints(leaving: Leaving) -> bool:
    """Take what is gone out of the index of like texts."""
    gone = _gone(leaving.person)
    for model in (TextPrint, TextOutline):
        db.session.execute(delete(model).where(model.contribution_id.in_(gone)))
    return False


def _gone(person: Person) -> Select[int]:
    """The contributions without words; one that was merged has no state that would tell."""
    return _contributions(person).where(~has_words())


def _contributions(person: Person) -> Select[int]:
    return select(Contribution.id).where(Contribution.participant_id.in_(person.participants))
