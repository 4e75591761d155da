"""Telling people, once, that something waits longer than was promised.

First the moderators, in one mail each for all their dialogues; when an item has waited twice the
target, the officers and administrators, once. An item is never told of a second time.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from dialogue.accounts.models import Role, User
from dialogue.accounts.queries import staff_of
from dialogue.dialogues.models import Dialogue
from dialogue.kernel import mail
from dialogue.kernel.db import db
from dialogue.moderation import letters
from dialogue.moderation.letters import Letter, Overdue
from dialogue.moderation.models import Reminder
from dialogue.moderation.queries.overdue import OverdueItems, last_told, overdue

MODERATORS, OFFICERS = "moderators", "officers"
_A_DIGEST_EVERY = timedelta(hours=12)  # what becomes late in between waits for the next one


def remind(*, now: datetime) -> int:
    """Tell moderators what is late, and officers what is very late; return how many mails."""
    return _tell(MODERATORS, 1, (Role.MODERATOR,), letters.overdue, now) + _tell(
        OFFICERS, 2, (Role.OFFICER, Role.ADMIN), letters.escalated, now
    )


def _tell(
    step: str, times: int, roles: Collection[Role], letter: Callable[..., Letter], now: datetime
) -> int:
    to: dict[int, tuple[User, list[OverdueItems]]] = {}
    for late in overdue(step, times=times, now=now):
        last = last_told(late.dialogue.id, step)
        if last is not None and last > now - _A_DIGEST_EVERY:
            continue
        for person in staff_of(late.dialogue.id, late.dialogue.agency_id, roles, now):
            to.setdefault(person.id, (person, []))[1].append(late)
        db.session.add_all(Reminder(item_id=one, step=step, at=now) for one in late.item_ids)
    db.session.flush()
    for person, lates in to.values():
        written = letter(
            [_line(late.dialogue, late, now) for late in lates], language=person.language
        )
        first = min(item for late in lates for item in late.item_ids)
        mail.queue(
            person.email,
            written.subject,
            written.text,
            key=f"overdue:{step}:{person.id}:{first}",
            now=now,
        )
    return len(to)


def _line(dialogue: Dialogue, late: OverdueItems, now: datetime) -> Overdue:
    name = "" if dialogue.sensitive else dialogue.text(dialogue.language).short_name
    return Overdue(name, late.all, dialogue.target_hours, now - late.oldest)
