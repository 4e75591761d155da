"""The moments of a dialogue: its followers are told once of each, and calendars of each new date.

Nothing here opens or closes anything: what a dialogue is at a moment is computed from its dates.
A periodic task looks what has come and was not told yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from dialogue.dialogues import schedule
from dialogue.dialogues.models import Dialogue, Extension
from dialogue.dialogues.queries import dialogue_by_id, public_dialogues
from dialogue.kernel import mail
from dialogue.kernel.db import db, dialect, transaction
from dialogue.notifications import letters
from dialogue.notifications.commands import noticing, openings
from dialogue.notifications.commands.noticing import Happening
from dialogue.notifications.models import (
    DialogueDate,
    DialogueMoment,
    Event,
    Kind,
    Subscription,
)
from dialogue.notifications.queries.dates import dates_of
from dialogue.notifications.queries.openings import confirmed_for, dialogues_asked_for
from dialogue.reports.models import Report

BEFORE_CLOSE = timedelta(days=2)
LATE = timedelta(days=7)  # what is older when somebody looks is no news any more


@dataclass(frozen=True)
class Moment:
    """Something that came in the life of a dialogue."""

    key: str
    event: Event
    at: datetime
    detail: dict[str, Any] = field(default_factory=dict)


def tell_moments(*, now: datetime) -> int:
    """Tell of the moments that have come; return how many.

    Safe to repeat and to interrupt: nobody is told twice, and a moment is noted once everybody is.
    """
    found = public_dialogues(now)
    extensions, reports = _extensions(now), _reports(now)
    known = {
        (row.dialogue_id, row.key)
        for row in db.session.execute(
            select(DialogueMoment.dialogue_id, DialogueMoment.key).where(
                DialogueMoment.dialogue_id.in_([dialogue.id for dialogue in found])
            )
        )
    }
    due = [
        (dialogue.id, moment)
        for dialogue in found
        for moment in moments_of(dialogue, extensions, reports, now)
        if (dialogue.id, moment.key) not in known
    ]
    for dialogue_id, moment in due:
        last: int | None = 0
        while last is not None:
            with transaction():
                dialogue = dialogue_by_id(dialogue_id)
                last = tell(dialogue=dialogue, moment=moment, now=now, after=last)
    for dialogue_id in dialogues_asked_for():
        more = True
        while more:
            with transaction():
                more = answer_requests(dialogue=dialogue_by_id(dialogue_id), now=now)
    return len(due)


def moments_of(
    dialogue: Dialogue,
    extensions: Sequence[Extension],
    reports: Sequence[Report],
    now: datetime,
) -> Iterable[Moment]:
    """Return the moments of a dialogue that have come and are still news."""
    opens, closes = schedule.first_opening(dialogue), schedule.last_close(dialogue)
    came = []
    if opens is not None:
        came.append(Moment("opened", Event.OPENED, opens))
    if closes is not None:
        at = {"closes_at": closes.isoformat()}
        came.append(Moment(f"closed:{closes.isoformat()}", Event.CLOSED, closes, at))
        soon = closes - BEFORE_CLOSE
        if now < closes and (opens is None or opens < soon):
            came.append(Moment(f"closing:{closes.isoformat()}", Event.CLOSING, soon, at))
    came += [
        Moment(f"extended:{row.id}", Event.EXTENDED, row.at, {"extension": row.id})
        for row in extensions
        if row.dialogue_id == dialogue.id
    ]
    came += [
        Moment(
            f"report:{row.number}", Event.REPORT_PUBLISHED, row.published_at, {"number": row.number}
        )
        for row in reports
        if row.dialogue_id == dialogue.id and row.published_at is not None
    ]
    return [moment for moment in came if moment.at <= now < moment.at + LATE]


def tell(*, dialogue: Dialogue, moment: Moment, now: datetime, after: int = 0) -> int | None:
    """Tell some hundred followers of a dialogue of one moment. Returns whom to go on `after`; None
    when everybody is told, which is noted."""
    followers = noticing.recipients(
        Subscription.dialogue_id == dialogue.id,
        Subscription.idea_id.is_(None),
        Subscription.topic_id.is_(None),
        Subscription.ended_at.is_(None),
        joined=Subscription,
        after=after,
        limit=noticing.BATCH,
    )
    happening = Happening(
        key=f"dialogue:{dialogue.id}:{moment.key}",
        kind=Kind.DATES,
        event=moment.event,
        dialogue=dialogue,
        at=now,
        detail=moment.detail,
    )
    # "Get an email when it opens" is a mail of that hour; the rest comes with the morning.
    noticing.notify(happening, followers, promptly=moment.event is Event.OPENED)
    if len(followers) == noticing.BATCH:
        return followers[-1].user_id
    insert = sqlite.insert if dialect() == "sqlite" else postgresql.insert
    db.session.execute(
        insert(DialogueMoment)
        .values(dialogue_id=dialogue.id, key=moment.key, told_at=now)
        .on_conflict_do_nothing(index_elements=["dialogue_id", "key"])
    )
    return None


def answer_requests(*, dialogue: Dialogue, now: datetime) -> bool:
    """Send the one mail to some hundred addresses that wanted it, and forget them; return whether
    there may be more. A dialogue that closed before anybody could write is not told of any more."""
    state = schedule.state_of(dialogue, now)
    not_yet = (schedule.DialogueState.DRAFT, schedule.DialogueState.ANNOUNCED)
    if dialogue.private or state in not_yet:
        return False
    found = confirmed_for(dialogue.id, noticing.BATCH)
    for wanted in found:
        if state in (schedule.DialogueState.OPEN, schedule.DialogueState.PAUSED):
            letter = letters.opened(wanted.token, dialogue=dialogue, language=wanted.language)
            key = f"opening:{wanted.id}:{wanted.asked_at.isoformat()}"
            mail.queue(wanted.email, letter.subject, letter.text, key=key, now=now)
        openings.withdraw(request_id=wanted.id)
    return len(found) == noticing.BATCH


def note_dates(*, now: datetime) -> int:
    """Compare the dates of public dialogues with those that calendars were given; a date that
    changed, came or went gets the next number of its sequence. Return how many dialogues differed.
    """
    found = public_dialogues(now)
    given: dict[int, dict[str, datetime]] = {dialogue.id: {} for dialogue in found}
    for row in db.session.scalars(
        select(DialogueDate).where(
            DialogueDate.dialogue_id.in_(given), DialogueDate.is_cancelled.is_(False)
        )
    ):
        given[row.dialogue_id][row.which] = row.at
    differing = [dialogue.id for dialogue in found if dates_of(dialogue) != given[dialogue.id]]
    for dialogue_id in differing:
        with transaction():
            _note_dates(dialogue_by_id(dialogue_id), now)
    return len(differing)


def _note_dates(dialogue: Dialogue, now: datetime) -> None:
    given = {
        row.which: row
        for row in db.session.scalars(
            select(DialogueDate).where(DialogueDate.dialogue_id == dialogue.id)
        )
    }
    wanted = dates_of(dialogue)
    for which, at in wanted.items():
        row = given.get(which)
        if row is None:
            db.session.add(
                DialogueDate(dialogue_id=dialogue.id, which=which, at=at, changed_at=now)
            )
        elif row.at != at or row.is_cancelled:
            row.at, row.is_cancelled = at, False
            row.sequence, row.changed_at = row.sequence + 1, now
    for which in given.keys() - wanted.keys():
        row = given[which]
        if not row.is_cancelled:
            row.is_cancelled = True
            row.sequence, row.changed_at = row.sequence + 1, now


def _extensions(now: datetime) -> Sequence[Extension]:
    return db.session.scalars(select(Extension).where(Extension.at > now - LATE)).all()


def _reports(now: datetime) -> Sequence[Report]:
    return db.session.scalars(select(Report).where(Report.published_at > now - LATE)).all()
