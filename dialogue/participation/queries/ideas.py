"""Lists of ideas, in four orders, by keyset: no page counts rows or skips over them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Integer,
    Row,
    Select,
    bindparam,
    func,
    or_,
    select,
    tuple_,
)
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
    kinds = (int,) if sort is Sort.MIX else (int, int)
    start, end = paging.decode(after, kinds), paging.decode(before, kinds)
    backwards = end is not None and start is None
    cursor = end if backwards else start
    query = _listed(sort, topic_id is not None, cursor is not None, backwards)
    values: dict[str, Any] = {"dialogue": dialogue_id, "topic": topic_id, "number": size + 1}
    if cursor is not None:
        values["last"] = paging.within_numbers(cursor[-1])
        values["bound"] = None if sort is Sort.MIX else _value(sort, int(cursor[0]))
    if q.strip():
        found = search.matching(q, dialogue_id=dialogue_id, kind=Kind.IDEA)
        query = query.where(Contribution.id.in_(found))
    found_rows: list[Row[*tuple[Any, ...]]] = list(db.session.execute(query, values))
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


@cache
def _listed(
    sort: Sort, in_topic: bool, continued: bool, backwards: bool
) -> Select[*tuple[Any, ...]]:
    """Return the statement of one kind of list, made once: putting it together costs more than
    running it."""
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
            Contribution.dialogue_id == bindparam("dialogue"),
            Contribution.kind == Kind.IDEA,
            is_listed(),
        )
        .limit(bindparam("number"))
    )
    if in_topic:
        query = query.where(Contribution.topic_id == bindparam("topic"))
    if continued:
        place = tuple_(key, Contribution.id)
        bound = tuple_(
            place_in_mix() if sort is Sort.MIX else bindparam("bound", type_=key.type),
            bindparam("last", type_=Integer),
        )
        query = query.where(place > bound if backwards else place < bound)
    return query.order_by(
        *((key.asc(), Contribution.id.asc()) if backwards else (key.desc(), Contribution.id.desc()))
    )


def choices_of(participant_id: int | None, idea_ids: Collection[int]) -> dict[int, str]:
    """Return the person's choices on these ideas, one query for a whole page.

    A vote on an idea that was merged into one of them counts there; the newest is the choice.
    """
    if participant_id is None or not idea_ids:
        return {}
    rows = db.session.execute(_CHOICES, {"participant": participant_id, "ideas": list(idea_ids)})
    return {row.id: row.choice for row in rows}


_VOTED: BindParameter[int] = bindparam("ideas", expanding=True)
_CHOICES = (
    select(func.coalesce(Contribution.merged_into_id, Vote.idea_id).label("id"), Vote.choice)
    .join(Contribution, Contribution.id == Vote.idea_id)
    .where(
        Vote.participant_id == bindparam("participant"),
        or_(Vote.idea_id.in_(_VOTED), Contribution.merged_into_id.in_(_VOTED)),
    )
    .order_by(Vote.at, Contribution.merged_into_id.is_(None))
)


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
    dialogue_id: int, idea_id: int, *columns: ColumnElement[Any], **values: Any
) -> tuple[Contribution, *tuple[Any, ...]] | None:
    """Return the same idea and, from the same statement, what parts above say of it: columns that
    are correlated to Contribution, the same objects each time, with the `values` they take."""
    row = db.session.execute(
        _idea_with(columns), {"dialogue": dialogue_id, "idea": idea_id, **values}
    ).first()
    return tuple(row) if row else None


@cache
def _idea_with(columns: tuple[ColumnElement[Any], ...]) -> Select[*tuple[Any, ...]]:
    return (
        select(Contribution, *columns)
        .where(
            Contribution.id == bindparam("idea"),
            Contribution.dialogue_id == bindparam("dialogue"),
            Contribution.kind == Kind.IDEA,
        )
        .options(joinedload(Contribution.participant))
    )


def _row(row: Row[*tuple[Any, ...]]) -> IdeaRow:
    return IdeaRow(*row[:-1])


def place_in_mix() -> ColumnElement[int]:
    """The key in the fair mix of the idea `last` of a `dialogue`, both values of the statement; in
    front of all where there is none.

    It follows from the votes, so it goes into no address: a cursor names the idea.
    """
    idea = aliased(Contribution)
    key = select(idea.mix_key).where(
        idea.id == bindparam("last"), idea.dialogue_id == bindparam("dialogue")
    )
    return func.coalesce(key.scalar_subquery(), 1)


def _cursor(sort: Sort, row: Row[*tuple[Any, ...]]) -> str:
    if sort is Sort.MIX:
        return paging.encode(row.id)
    key = (row.key - _EPOCH) // _MICROSECOND if sort is Sort.NEWEST else row.key
    return paging.encode(int(key), row.id)


def _value(sort: Sort, key: int) -> Any:
    if sort is not Sort.NEWEST:
        return paging.within_numbers(key)
    try:
        return _EPOCH + key * _MICROSECOND
    except OverflowError:
        return _EPOCH


def ids_of(rows: Sequence[IdeaRow]) -> list[int]:
    """Return the ids of a page."""
    return [row.id for row in rows]
