"""The dates of a dialogue, as they are and as calendars were last given them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from dialogue.dialogues import schedule
from dialogue.dialogues.models import Act, Dialogue
from dialogue.kernel.db import db
from dialogue.notifications.models import DialogueDate


def given_dates(dialogue_id: int) -> dict[str, DialogueDate]:
    """Return the dates by name, cancelled ones too."""
    found = db.session.scalars(select(DialogueDate).where(DialogueDate.dialogue_id == dialogue_id))
    return {row.which: row for row in found}


def dates_of(dialogue: Dialogue) -> dict[str, datetime]:
    """Return the dates of a dialogue that a calendar may hold."""
    found = {
        "opens": schedule.first_opening(dialogue),
        "closes": schedule.last_close(dialogue),
        "report": schedule.closes_at(dialogue, Act.REPORT),
        "reply": schedule.closes_at(dialogue, Act.REPLY),
    }
    return {which: at for which, at in found.items() if at is not None}
