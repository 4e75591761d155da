"""Lists of ideas, in four orders, by keyset: no page counts rows or skips over them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, func, literal, or_, select, tuple_
from sqlalchemy.orm import aliased, joinedload

from dialogue.kernel import paging
from dialogue.kernel.db import db
from dialogue.kernel.errors import NotFound
from dialogue.kernel.paging import Page
from dialogue.participation.models import Contribution, Kind, Participant, Vote
from dialogue.participation.queries.visibility import is_listed
from dialogue.search import queries as search


class Sort(StrEnum):
    """The orders of a list of ideas."""

    MIX = "mix"
    NEWEST = "newest"
    DISCUSSED = "discussed"
    AGREED = "agreed"


PAGE = 25
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

_KEYS = {
    Sort.MIX: Contribution.mix_key,
    Sort.NEWEST: Contribution.published_at,
    Sort.DISCUSSED: Contribution.comments,
    Sort.AGREED: Contribution.agreement,
}


@dataclass(frozen=True)
class IdeaRow:
    """What a list shows of an idea."""

    id: int
    slug: str
    title: str
    excerpt: str
    topic_id: int | None
    author: str
    published_at: datetime
    comments: int
    agree: int
    disagree: int
    passed: int
    language: str
    locked: bool


def listed_ideas(
    *,
    dialogue_id: int,
    sort: Sort,
    topic_id: int | None = None,
    q: str = "",
    after: str = "",
    before: str = "",
    size: int = PAGE,
) -> Page[IdeaRow]:
    """Return one page of public ideas, with the cursors of its neighbours.

    `after` and `before` are cursors of this function; others are taken for the first page.
    """
    key = _KEYS[sort]
    query = (
        select(
            Contribution.id,
            Contribution.slug,
            Contribution.title,
            Contribution.excerpt,
            Contribution.topic_id,
            Participant.public_name.label("author"),
            Contribution.published_at,
            Contribution.comments,
            Contribution.agree,
            Contribution.disagree,
            Contribution.passed,
            Contribution.language,
            Contribution.locked_at.is_not(None).label("locked"),
            key.label("key"),
        )
        .join(Participant, Participant.id == Contribution.participant_id)
        .where(
            Contribution.dialogue_id == dialogue_id,
            Contribution.kind == Kind.IDEA,
            is_listed(),
        )
    )
    if topic_id is not None:
        query = query.where(Contribution.topic_id == topic_id)
    if q.strip():
        found = search.matching(q, dialogue_id=dialogue_id, kind=Kind.IDEA)
        query = query.where(Contribution.id.in_(found))
    kinds = (int,) if sort is Sort.MIX else (int, int)
    start, end = paging.decode(after, kinds), paging.decode(before, kinds)
    backwards = end is not None and start is None
    cursor = end if backwards else start
    place = tuple_(key, Contribution.id)
    if cursor is not None:
        last = int(cursor[-1])
        bound = tuple_(
            place_in_mix(dialogue_id, last) if sort is Sort.MIX else _value(sort, int(cursor[0])),
            last,
        )
        query = query.where(place > bound if backwards else place < bound)
    order = (
        (key.asc(), Contribution.id.asc()) if backwards else (key.desc(), Contribution.id.desc())
    )
    found_rows: list[Row[*tuple[Any, ...]]] = list(
        db.session.execute(query.order_by(*order).limit(size + 1))
    )
    more, rows = len(found_rows) > size, found_rows[:size]
    if backwards:
        rows.reverse()
    older = bool(rows) and (more or backwards)
    newer = bool(rows) and (more if backwards else cursor is not None)
    return Page(
        rows=[_row(row) for row in rows],
        older=_cursor(sort, rows[-1]) if older else None,
        newer=_cursor(sort, rows[0]) if newer else None,
    )


def choices_of(participant_id: int | None, idea_ids: Collection[int]) -> dict[int, str]:
    """Return the person's choices on these ideas, one query for a whole page.

    A vote on an idea that was merged into one of them counts there; the newest is the choice.
    """
    if participant_id is None or not idea_ids:
        return {}
    is_read = Contribution.merged_into_id.is_(None)
    rows = db.session.execute(
        select(func.coalesce(Contribution.merged_into_id, Vote.idea_id).label("id"), Vote.choice)
        .join(Contribution, Contribution.id == Vote.idea_id)
        .where(
            Vote.participant_id == participant_id,
            or_(Vote.idea_id.in_(idea_ids), Contribution.merged_into_id.in_(idea_ids)),
        )
        .order_by(Vote.at, is_read)
    )
    return {row.id: row.choice for row in rows}


def titles_of(idea_ids: Collection[int]) -> dict[int, str]:
    """Return the titles of those ideas that are public."""
    rows = db.session.execute(
        select(Contribution.id, Contribution.title).where(
            Contribution.id.in_(idea_ids), is_listed()
        )
    )
    return {row.id: row.title for row in rows}


def participant_of(dialogue_id: int, user_id: int | None) -> Participant | None:
    """Return the person's participant in a dialogue; None before their first act."""
    if user_id is None:
        return None
    return db.session.scalars(
        select(Participant).where(
            Participant.dialogue_id == dialogue_id, Participant.user_id == user_id
        )
    ).first()


def idea_by_id(dialogue_id: int, idea_id: int) -> Contribution | None:
    """Return an idea of this dialogue, with its author, in any state: the caller decides who may
    see it."""
    found = idea_with(dialogue_id, idea_id)
    return found[0] if found else None


def public_idea(dialogue_id: int, idea_id: int) -> Contribution:
    """Return the public idea that is read under this number: itself, or the one that it lives on
    in since it was merged. Raises NotFound."""
    found = idea_by_id(dialogue_id, idea_id)
    if found is not None and found.merged_into_id is not None:
        found = idea_by_id(dialogue_id, found.merged_into_id)
    if found is None or not found.listed:
        raise NotFound("")
    return found


def idea_with(
    dialogue_id: int, idea_id: int, *columns: ColumnElement[Any]
) -> tuple[Contribution, *tuple[Any, ...]] | None:
    """Return the same idea and, from the same statement, what parts above say of it: columns that
    are correlated to Contribution."""
    row = db.session.execute(
        select(Contribution, *columns)
        .where(
            Contribution.id == idea_id,
            Contribution.dialogue_id == dialogue_id,
            Contribution.kind == Kind.IDEA,
        )
        .options(joinedload(Contribution.participant))
    ).first()
    return tuple(row) if row else None


def _row(row: Row[*tuple[Any, ...]]) -> IdeaRow:
    return IdeaRow(*row[:-1])


def place_in_mix(dialogue_id: int, idea_id: int) -> ColumnElement[int]:
    """The key of an idea in the fair mix, in front of all where there is none.

    It follows from the votes, so it goes into no address: a cursor names the idea.
    """
    if not 0 <= idea_id < 2**31:  # no number of a row
        return literal(1)
    idea = aliased(Contribution)
    key = select(idea.mix_key).where(idea.id == idea_id, idea.dialogue_id == dialogue_id)
    return func.coalesce(key.scalar_subquery(), 1)


def _cursor(sort: Sort, row: Row[*tuple[Any, ...]]) -> str:
    if sort is Sort.MIX:
        return paging.encode(row.id)
    key = (row.key - _EPOCH) // _MICROSECOND if sort is Sort.NEWEST else row.key
    return paging.encode(int(key), row.id)


def _value(sort: Sort, key: int) -> Any:
    if sort is not Sort.NEWEST:
        return key
    try:
        return _EPOCH + key * _MICROSECOND
    except OverflowError:
        return _EPOCH


def ids_of(rows: Sequence[IdeaRow]) -> list[int]:
    """Return the ids of a page."""
    return [row.id for row in rows]
