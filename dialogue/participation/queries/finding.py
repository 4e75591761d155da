"""Ideas and comments that match a query, over several dialogues, newest first."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import aliased

from dialogue.kernel import paging
from dialogue.kernel.db import db
from dialogue.kernel.paging import Page
from dialogue.participation.models import Contribution, Kind, Participant, Revision
from dialogue.participation.queries.visibility import is_readable
from dialogue.search import queries as search
from dialogue.search.parser import Query

PAGE = 25
MOST_COUNTED = 1000  # counting further would cost more than it tells


@dataclass(frozen=True)
class Filter:
    """Where to look: in which dialogues, for what, under which topic."""

    dialogue_ids: Collection[int]
    kind: Kind | None = None
    topic_id: int | None = None


@dataclass(frozen=True)
class Found:
    """An idea or comment that matches; of a comment, `title` and `slug` are its idea's."""

    document_id: int
    id: int
    kind: str
    dialogue_id: int
    idea_id: int
    slug: str
    title: str
    plain: str
    language: str
    author: str
    published_at: datetime


def found(*, query: Query, within: Filter, after: str = "", size: int = PAGE) -> Page[Found]:
    """Return one page of what the public can read and the query finds."""
    if not query or not within.dialogue_ids:
        return Page(rows=[])
    statement, document = _matching(query, within)
    cursor = paging.decode(after, (int,))
    if cursor is not None:
        statement = statement.where(document < int(cursor[0]))
    idea = aliased(Contribution)
    rows = db.session.execute(
        statement.join(Participant, Participant.id == Contribution.participant_id)
        .join(Revision, Revision.id == Contribution.published_revision_id)
        .join(idea, idea.id == func.coalesce(Contribution.idea_id, Contribution.id))
        .with_only_columns(
            document.label("document_id"),
            Contribution.id,
            Contribution.kind,
            Contribution.dialogue_id,
            idea.id.label("idea_id"),
            idea.slug,
            idea.title,
            Revision.plain,
            Contribution.language,
            Participant.public_name,
            Contribution.published_at,
        )
        .order_by(document.desc())
        .limit(size + 1)
    ).all()
    page = [_row(row) for row in rows[:size]]
    older = paging.encode(page[-1].document_id) if len(rows) > size else None
    return Page(rows=page, older=older)


def count(*, query: Query, within: Filter) -> int:
    """Return how much `found` finds on all its pages; at most MOST_COUNTED + 1."""
    if not query or not within.dialogue_ids:
        return 0
    statement, document = _matching(query, within)
    # In the order of the index, as the page reads it: else SQLite asks the index for each idea.
    in_order = statement.with_only_columns(document.label("id")).order_by(document.desc())
    some = in_order.limit(MOST_COUNTED + 1)
    return db.session.scalar(select(func.count()).select_from(some.subquery())) or 0


def _matching(query: Query, within: Filter) -> tuple[Select[Any], Any]:
    matches = search.found(query).subquery("document")
    kinds = [within.kind] if within.kind else list(Kind)
    statement = (
        select(Contribution.id)
        .select_from(matches)
        .join(
            Contribution,
            (Contribution.id == matches.c.object_id) & (Contribution.kind == matches.c.kind),
        )
        .where(
            matches.c.kind.in_(kinds),
            Contribution.dialogue_id.in_(within.dialogue_ids),
            is_readable(),
        )
    )
    if within.topic_id is not None:
        about = aliased(Contribution)
        statement = statement.join(
            about, about.id == func.coalesce(Contribution.idea_id, Contribution.id)
        ).where(about.topic_id == within.topic_id)
    return statement, matches.c.id


def _row(row: Row[*tuple[Any, ...]]) -> Found:
    return Found(*row)
