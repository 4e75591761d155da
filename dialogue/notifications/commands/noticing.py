"""Writing notices: one row for one event and person, with the moment at which it may be mailed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from dialogue.accounts.models import User
from dialogue.dialogues.models import Dialogue
from dialogue.kernel.db import db, dialect
from dialogue.kernel.settings import setting
from dialogue.notifications import timing
from dialogue.notifications.models import Event, Kind, MailChoice, Notice, When
from dialogue.notifications.queries import choices as chosen
from dialogue.notifications.queries.choices import Choices

A_DAY = timedelta(days=1)
KEPT = timedelta(days=180)  # a notice that has been read
_AT_ONCE_A_DAY = 1  # mails of their own about one idea; what comes on top goes into the summary
BATCH = 500  # people told in one transaction: nobody else's writing waits for thousands


@dataclass(frozen=True)
class Happening:
    """What happened, before it is said who is told. The key makes it one event."""

    key: str
    kind: Kind
    event: Event
    dialogue: Dialogue
    at: datetime
    idea_id: int | None = None
    contribution_id: int | None = None
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Recipient:
    """Somebody who is told."""

    user_id: int
    choices: Choices


def recipients(
    *conditions: ColumnElement[bool], joined: Any, after: int = 0, limit: int | None = None
) -> list[Recipient]:
    """Return the people with an open, confirmed account who fit, by their number, from the one
    `after` on; `joined` is the table that makes them fit.
    """
    query = select(User.id, *chosen.COLUMNS).outerjoin(MailChoice, MailChoice.user_id == User.id)
    rows = db.session.execute(
        query.join(joined, joined.user_id == User.id)
        .where(
            User.confirmed_at.is_not(None),
            User.disabled_at.is_(None),
            User.id > after,
            *conditions,
        )
        .distinct()
        .order_by(User.id)
        .limit(limit)
    )
    return [Recipient(row[0], chosen.from_row(tuple(row[1:]))) for row in rows]


def notify(happening: Happening, people: Sequence[Recipient], *, promptly: bool = False) -> None:
    """Write a notice for each of `people` who has none of this event.

    It is mailed with the next summary, or `promptly` as soon as it cannot be taken back, to those
    who want mails about this at all.
    """
    mornings: dict[Choices, datetime] = {}
    rows = [
        _row(
            happening,
            person,
            at_once=promptly and person.choices.when(happening.kind) is not When.NEVER,
            mornings=mornings,
        )
        for person in people
    ]
    if rows:
        db.session.execute(_once(), rows)


def notify_one(happening: Happening, person: Recipient, *, at_once: bool) -> bool:
    """The same for one person; return whether they had none."""
    row = _row(happening, person, at_once=at_once, mornings={})
    return db.session.scalar(_once().returning(Notice.id), row) is not None


def notify_at_once(happening: Happening, person: Recipient) -> bool:
    """Write a notice that is mailed by itself if the person wants that; return whether it is new.

    About one idea that happens once a day, however much happens there; the rest is in the summary
    of the next morning. The person's row is locked, so that two events cannot both be the first.
    """
    at_once = person.choices.when(happening.kind) is When.AT_ONCE
    if at_once:
        lock(person.user_id)
        at_once = _mails_about(person.user_id, happening) < _AT_ONCE_A_DAY
    return notify_one(happening, person, at_once=at_once)


def lock(user_id: int) -> None:
    """Let no other transaction write mails to this person until ours ends."""
    db.session.execute(select(User.id).where(User.id == user_id).with_for_update(key_share=True))


def mark_read(*, user_id: int, now: datetime, notice_id: int | None = None) -> None:
    """Mark a notice as read, or (None) all that a person has."""
    mine = [Notice.user_id == user_id, Notice.read_at.is_(None)]
    if notice_id is not None:
        mine.append(Notice.id == notice_id)
    db.session.execute(update(Notice).where(*mine).values(read_at=now))


def mark_mailed(*, user_id: int, keys: Sequence[str], now: datetime) -> None:
    """Note that nothing has to be mailed any more of these events."""
    db.session.execute(
        update(Notice).where(Notice.user_id == user_id, Notice.key.in_(keys)).values(mailed_at=now)
    )


def put_away(*, contribution_id: int, now: datetime) -> None:
    """Ask nobody to look at something hidden. Who was not mailed of it yet has heard nothing, and
    will when it is public again; of the rest it counts as read. May be repeated.
    """
    unread = (Notice.kind.in_((Kind.REPLY, Kind.NEWS)), Notice.read_at.is_(None))
    itself = Notice.contribution_id == contribution_id
    db.session.execute(delete(Notice).where(*unread, itself, Notice.mailed_at.is_(None)))
    db.session.execute(
        update(Notice)
        .where(*unread, or_(itself, Notice.idea_id == contribution_id))
        .values(read_at=now)
    )


def forget(*, before: datetime) -> None:
    """Forget what people read before `before`; what waits to be mailed stays."""
    db.session.execute(
        delete(Notice).where(
            Notice.read_at < before, or_(Notice.mail_at.is_(None), Notice.mailed_at.is_not(None))
        )
    )


def _mails_about(user_id: int, happening: Happening) -> int:
    count = select(func.count()).where(
        Notice.user_id == user_id,
        Notice.idea_id == happening.idea_id,
        Notice.at_once.is_(True),
        Notice.at > happening.at - A_DAY,
        Notice.key != happening.key,
    )
    return db.session.scalar(count) or 0


def _row(
    happening: Happening, person: Recipient, *, at_once: bool, mornings: dict[Choices, datetime]
) -> dict[str, Any]:
    mail_at: datetime | None = None
    final_at = timing.after_undo(happening.at, setting("UNDO_MINUTES"))
    if at_once:
        mail_at = final_at
    elif person.choices.when(happening.kind) is not When.NEVER:
        # Most people chose alike: their morning is found once.
        mail_at = mornings.get(person.choices) or timing.next_summary(
            final_at,
            rhythm=person.choices.rhythm_of(happening.kind),
            zone=person.choices.zone(happening.dialogue.time_zone),
            hour=setting("SUMMARY_HOUR"),
        )
        mornings[person.choices] = mail_at
    return {
        "user_id": person.user_id,
        "key": happening.key,
        "kind": happening.kind,
        "event": happening.event,
        "dialogue_id": happening.dialogue.id,
        "idea_id": happening.idea_id,
        "contribution_id": happening.contribution_id,
        "detail": happening.detail,
        "at": happening.at,
        "at_once": at_once,
        "mail_at": mail_at,
    }


def _once() -> sqlite.Insert | postgresql.Insert:
    """The statement that writes a notice unless the person has one of this event."""
    insert = sqlite.insert if dialect() == "sqlite" else postgresql.insert
    return insert(Notice).on_conflict_do_nothing(index_elements=["user_id", "key"])
