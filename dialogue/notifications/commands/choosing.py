"""Choosing how one is told by mail, signed in or by the link in a mail."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite

from dialogue.dialogues.models import Dialogue
from dialogue.kernel import ids
from dialogue.kernel.db import db, dialect
from dialogue.kernel.settings import setting
from dialogue.notifications import timing
from dialogue.notifications.models import Kind, MailChoice, Notice, When
from dialogue.notifications.queries import choices as chosen
from dialogue.notifications.queries.choices import Choices

TOKEN = 22  # characters, 132 bits


def set_choices(*, user_id: int, wanted: Choices, now: datetime) -> None:
    """Record what a person chose; what still waits to be mailed follows it."""
    before = chosen.choices_of(user_id)
    _put(user_id, asdict(wanted))
    for kind in Kind:
        if before.when(kind) != wanted.when(kind) or before.rhythm != wanted.rhythm:
            _reschedule(user_id, kind, wanted, now)


def stop_kind(*, user_id: int, kind: Kind | None, now: datetime) -> None:
    """Send a person no more mails of a kind, or (None) none of any. Twice is once."""
    kinds = (kind,) if kind else tuple(Kind)
    _put(user_id, {chosen.field_of(one): When.NEVER for one in kinds})
    db.session.execute(
        update(Notice)
        .where(Notice.user_id == user_id, Notice.kind.in_(kinds), Notice.mailed_at.is_(None))
        .values(mail_at=None)
    )


def token_of(user_id: int) -> str:
    """Return what stands for a person in the links that stop mails, made now when there is none.

    It is random, so nobody guesses it and it tells nothing; it stays the same for good, so that a
    link in an old mail still stops the mails of today.
    """
    find = select(MailChoice.token).where(MailChoice.user_id == user_id)
    found = db.session.scalar(find)
    if found is None:
        _put(user_id, {})
        found = db.session.scalars(find).one()
    return found


def user_of(token: str) -> int | None:
    """Return the person whose mails a link stops."""
    return db.session.scalar(select(MailChoice.user_id).where(MailChoice.token == token))


def _put(user_id: int, values: dict[str, Any]) -> None:
    insert = sqlite.insert if dialect() == "sqlite" else postgresql.insert
    row = asdict(Choices()) | values
    statement = insert(MailChoice).values(user_id=user_id, token=ids.token()[:TOKEN], **row)
    if values:
        statement = statement.on_conflict_do_update(index_elements=["user_id"], set_=values)
    else:
        statement = statement.on_conflict_do_nothing(index_elements=["user_id"])
    db.session.execute(statement)


def _reschedule(user_id: int, kind: Kind, wanted: Choices, now: datetime) -> None:
    """Give the notices that wait the moment that the new choice asks for."""
    waiting = (
        Notice.user_id == user_id,
        Notice.kind == kind,
        Notice.mailed_at.is_(None),
        Notice.mail_at.is_not(None),
    )
    when = wanted.when(kind)
    if when is When.NEVER:
        db.session.execute(update(Notice).where(*waiting).values(mail_at=None))
    if when is not When.SUMMARY:
        return
    zones = db.session.execute(
        select(Notice.dialogue_id, Dialogue.time_zone)
        .join(Dialogue, Dialogue.id == Notice.dialogue_id)
        .where(*waiting)
        .distinct()
    ).all()
    for dialogue_id, time_zone in zones:
        morning = timing.next_summary(
            now,
            rhythm=wanted.rhythm_of(kind),
            zone=wanted.zone(time_zone),
            hour=setting("SUMMARY_HOUR"),
        )
        db.session.execute(
            update(Notice)
            .where(*waiting, Notice.dialogue_id == dialogue_id)
            .values(at_once=False, mail_at=morning)
        )
