"""The safety lead hears at once of what a moderator sends; nobody outside is told by itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from dialogue.accounts.models import Role, User
from dialogue.accounts.queries import staff_of
from dialogue.dialogues.models import Dialogue
from dialogue.kernel import mail
from dialogue.kernel.db import db
from dialogue.moderation import letters
from dialogue.moderation.models import ModerationDecision, Outcome
from dialogue.moderation.queries.decisions import undo_of
from dialogue.moderation.queries.safety import lead_of


def tell_lead(*, decision_id: int, now: datetime) -> None:
    """Mail the dialogue's safety lead about an item that was sent to them; where there is none,
    its officers and the administrators. The mail holds no words of anybody. Safe to repeat."""
    decision = db.session.get(ModerationDecision, decision_id)
    if decision is None or decision.outcome != Outcome.ESCALATED or undo_of(decision_id):
        return
    for person in _leads(decision.dialogue_id, now):
        letter = letters.for_safety_lead(decision.item_id, language=person.language)
        mail.queue(
            person.email,
            letter.subject,
            letter.text,
            key=f"{decision.notice_key}safety:{person.id}",
            now=now,
        )


def _leads(dialogue_id: int, now: datetime) -> Sequence[User]:
    dialogue = db.session.get_one(Dialogue, dialogue_id)
    lead = lead_of(dialogue, now)
    if lead is not None:
        return [lead]
    return staff_of(dialogue.id, dialogue.agency_id, (Role.OFFICER, Role.ADMIN), now)
