"""Notices with the words they tell of, as the public may read them at this moment."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import aliased

from dialogue.accounts.models import AccountSession
from dialogue.dialogues.models import Dialogue, Extension
from dialogue.dialogues.schedule import is_public
from dialogue.kernel import paging
from dialogue.kernel.db import db
from dialogue.kernel.paging import Page
from dialogue.notifications.models import Event, Kind, Notice
from dialogue.participation.models import Contribution, Participant

PAGE = 50
_Idea = aliased(Contribution)
_ABOUT_PUBLIC_WORDS = frozenset(
    {
        Event.COMMENT_POSTED,
        Event.IDEA_JOINED,
        Event.IDEA_POSTED,
        Event.MERGED,
        Event.REPLY_POSTED,
    }
)


@dataclass(frozen=True)
class NoticeRow:
    """A notice, and what of its words the public can read now ('' and None: nothing)."""

    id: int
    key: str
    kind: str
    event: str
    dialogue_id: int
    idea_id: int | None
    contribution_id: int | None
    detail: dict[str, Any]
    at: datetime
    read_at: datetime | None
    at_once: bool
    title: str | None
    slug: str | None
    is_idea_listed: bool | None
    excerpt: str | None
    is_listed: bool | None
    author: str | None

    @property
    def can_be_told(self) -> bool:
        """Tell whether what it is about can be read: nothing is said of what is hidden."""
        if self.event not in _ABOUT_PUBLIC_WORDS:
            return True
        return bool(self.is_idea_listed and self.is_listed)


@dataclass(frozen=True)
class Told:
    """A notice with the dialogue it is about, ready to be put into words."""

    row: NoticeRow
    dialogue: Dialogue
    extension: Extension | None = None


def notices_of(user_id: int, *, after: str = "", now: datetime) -> Page[Told]:
    """Return a page of what a person was told, newest first, without what nobody can read now."""
    query = _rows().where(Notice.user_id == user_id)
    cursor = paging.decode(after, (int,))
    if cursor is not None:
        query = query.where(Notice.id < int(cursor[0]))
    found = db.session.execute(query.order_by(Notice.id.desc()).limit(PAGE + 1)).all()
    rows = [NoticeRow(*row) for row in found]
    older = paging.encode(rows[PAGE - 1].id) if len(rows) > PAGE else None
    return Page(rows=told(rows[:PAGE], now), older=older)


def unread_of_the_session() -> ColumnElement[int]:
    """How many notices the person of the surrounding session has not read: a column for the
    statement that finds out who is signed in."""
    return (
        select(func.count())
        .where(Notice.user_id == AccountSession.user_id, Notice.read_at.is_(None))
        .correlate(AccountSession)
        .scalar_subquery()
    )


def due(user_id: int, now: datetime) -> list[NoticeRow]:
    """Return what has to be mailed to a person now, oldest first."""
    query = _rows().where(Notice.user_id == user_id, *is_due(now)).order_by(Notice.id)
    return [NoticeRow(*row) for row in db.session.execute(query)]


def people_with_mail(now: datetime, limit: int) -> Sequence[int]:
    """Return people to whom something has to be mailed now."""
    query = select(Notice.user_id).where(*is_due(now)).distinct().limit(limit)
    return db.session.scalars(query).all()


def is_due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """The condition on notices that have to be mailed now."""
    return (Notice.mail_at.is_not(None), Notice.mailed_at.is_(None), Notice.mail_at <= now)


def told(rows: Sequence[NoticeRow], now: datetime) -> list[Told]:
    """Return those notices of which something may be said now, with what it takes to say it."""
    dialogues = _dialogues({row.dialogue_id for row in rows})
    extensions = _extensions({row.detail["extension"] for row in rows if "extension" in row.detail})
    return [
        Told(row, dialogues[row.dialogue_id], extensions.get(row.detail.get("extension", 0)))
        for row in rows
        if row.can_be_told
        and (row.kind == Kind.DECISION or is_public(dialogues[row.dialogue_id], now))
    ]


def _rows() -> Select[*tuple[Any, ...]]:
    """The columns of NoticeRow, in its order."""
    return (
        select(
            Notice.id,
            Notice.key,
            Notice.kind,
            Notice.event,
            Notice.dialogue_id,
            Notice.idea_id,
            Notice.contribution_id,
            Notice.detail,
            Notice.at,
            Notice.read_at,
            Notice.at_once,
            _Idea.title,
            _Idea.slug,
            _Idea.listed,
            Contribution.excerpt,
            Contribution.listed,
            Participant.public_name,
        )
        .outerjoin(_Idea, _Idea.id == Notice.idea_id)
        .outerjoin(Contribution, Contribution.id == Notice.contribution_id)
        .outerjoin(
            Participant,
            and_(Participant.id == Contribution.participant_id, Contribution.listed.is_(True)),
        )
    )


def _dialogues(numbers: Collection[int]) -> dict[int, Dialogue]:
    found = db.session.scalars(select(Dialogue).where(Dialogue.id.in_(numbers)))
    return {dialogue.id: dialogue for dialogue in found}


def _extensions(numbers: Collection[int]) -> dict[int, Extension]:
    if not numbers:
        return {}
    found = db.session.scalars(select(Extension).where(Extension.id.in_(numbers)))
    return {extension.id: extension for extension in found}
