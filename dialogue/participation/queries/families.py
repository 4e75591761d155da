"""Families of ideas: one that is read, and those that were merged into it.

No vote and no comment moves by a merge. A family's votes are the newest of each person in it, its
comments are all of them; the numbers stand on the row of the idea that is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import ColumnElement, Select, String, cast, func, or_, select
from sqlalchemy.orm import aliased

from dialogue.kernel.db import db
from dialogue.participation.lifecycle import State
from dialogue.participation.models import (
    Choice,
    Contribution,
    Kind,
    Lineage,
    LineageKind,
    Participant,
    Vote,
)
from dialogue.participation.queries.visibility import is_listed
from dialogue.participation.tally import Tally


@dataclass(frozen=True)
class Joined:
    """An idea that was merged into another one, as the page of that one shows it."""

    id: int
    title: str  # '' when its author took the words away
    fragment: str
    author: str
    language: str
    published_at: datetime | None


@dataclass(frozen=True)
class Relative:
    """An idea that came from another one by a split."""

    id: int
    slug: str
    title: str


@dataclass(frozen=True)
class Union:
    """What a merge would bring together."""

    tally: Tally  # of the family afterwards
    votes_added: int
    voted_on_both: int
    comments_moved: int
    authors: tuple[str, str]  # of the idea that goes, of the one that stays


def family(idea_id: int) -> list[int]:
    """Return an idea and those merged into it."""
    merged = select(Contribution.id).where(Contribution.merged_into_id == idea_id)
    return [idea_id, *db.session.scalars(merged.order_by(Contribution.id))]


@cache
def members() -> ColumnElement[str]:
    """The ids of those merged into an idea, as one column of a statement about that idea."""
    merged = aliased(Contribution)
    ids = func.aggregate_strings(cast(merged.id, String), ",")
    return (
        select(ids)
        .where(merged.merged_into_id == Contribution.id)
        .correlate(Contribution)
        .scalar_subquery()
    )


@cache
def split_off() -> ColumnElement[int]:
    """The id of the idea that an idea was a part of, as one column of a statement about it."""
    return (
        select(Lineage.from_id)
        .where(
            Lineage.kind == LineageKind.SPLIT,
            Lineage.to_id == Contribution.id,
            Lineage.ended_at.is_(None),
        )
        .correlate(Contribution)
        .limit(1)
        .scalar_subquery()
    )


def as_ids(column: str | None) -> list[int]:
    """Return the ids that `members` gave, in order."""
    return sorted(map(int, column.split(","))) if column else []


def standing_votes(*conditions: ColumnElement[bool]) -> Select[int, int, str, datetime]:
    """Select (idea that is read, participant, choice, at): of each person the newest in a family.

    `conditions` are about the Contribution that was voted on, or about Vote.
    """
    root = func.coalesce(Contribution.merged_into_id, Contribution.id)
    newest = (
        func.row_number()
        .over(
            partition_by=(root, Vote.participant_id),
            order_by=(Vote.at.desc(), Contribution.merged_into_id.is_(None).desc(), Vote.idea_id),
        )
        .label("place")
    )
    ranked = (
        select(root.label("idea_id"), Vote.participant_id, Vote.choice, Vote.at, newest)
        .join(Contribution, Contribution.id == Vote.idea_id)
        .where(*conditions)
        .subquery()
    )
    return select(ranked.c.idea_id, ranked.c.participant_id, ranked.c.choice, ranked.c.at).where(
        ranked.c.place == 1
    )


def tally_of(idea_ids: Sequence[int]) -> Tally:
    """Count the votes on these ideas as if they were one; the first of them is the one read."""
    newest = func.row_number().over(
        partition_by=Vote.participant_id,
        order_by=(Vote.at.desc(), (Vote.idea_id == idea_ids[0]).desc(), Vote.idea_id),
    )
    ranked = select(Vote.choice, newest.label("place")).where(Vote.idea_id.in_(idea_ids)).subquery()
    counted: dict[str, int] = {
        row.choice: row.number
        for row in db.session.execute(
            select(ranked.c.choice, func.count().label("number"))
            .where(ranked.c.place == 1)
            .group_by(ranked.c.choice)
        )
    }
    return Tally(
        *(counted.get(choice, 0) for choice in (Choice.AGREE, Choice.DISAGREE, Choice.PASS))
    )


def comments_of(idea_ids: Sequence[int]) -> int:
    """Count the public comments on these ideas."""
    here = (Contribution.idea_id.in_(idea_ids), Contribution.kind == Kind.COMMENT, is_listed())
    return db.session.scalar(select(func.count()).where(*here)) or 0


def choice_in(idea_ids: Sequence[int], participant_id: int) -> str | None:
    """Return a person's newest choice in a family; the first of `idea_ids` is the one read."""
    return db.session.scalar(
        select(Vote.choice)
        .where(Vote.participant_id == participant_id, Vote.idea_id.in_(idea_ids))
        .order_by(Vote.at.desc(), (Vote.idea_id == idea_ids[0]).desc(), Vote.idea_id)
        .limit(1)
    )


def joined(idea_ids: Sequence[int]) -> list[Joined]:
    """Return merged ideas as the page of the one they were merged into shows them."""
    rows = db.session.execute(
        select(
            Contribution.id,
            Contribution.title,
            Contribution.fragment,
            Participant.public_name,
            Contribution.language,
            Contribution.published_at,
        )
        .join(Participant, Participant.id == Contribution.participant_id)
        .where(Contribution.id.in_(idea_ids), Contribution.state == State.MERGED)
        .order_by(Contribution.id)
    )
    return [Joined(*row) for row in rows]


def parts_of(idea_id: int) -> list[Relative]:
    """Return the public ideas into which this one was split."""
    rows = db.session.execute(
        select(Contribution.id, Contribution.slug, Contribution.title)
        .join(Lineage, Lineage.to_id == Contribution.id)
        .where(
            Lineage.from_id == idea_id,
            Lineage.kind == LineageKind.SPLIT,
            Lineage.ended_at.is_(None),
            is_listed(),
        )
        .order_by(Contribution.id)
    )
    return [Relative(*row) for row in rows]


def union(idea_id: int, into_id: int) -> Union:
    """Return what merging the first idea into the second would do, without doing it."""
    going, staying = family(idea_id), family(into_id)
    before, after = tally_of(staying), tally_of([*staying, *going])
    gone = select(Vote.participant_id).where(Vote.idea_id.in_(going))
    both = db.session.scalar(
        select(func.count(func.distinct(Vote.participant_id))).where(
            Vote.idea_id.in_(staying), Vote.participant_id.in_(gone)
        )
    )
    names = {
        row.id: row.public_name
        for row in db.session.execute(
            select(Contribution.id, Participant.public_name)
            .join(Participant, Participant.id == Contribution.participant_id)
            .where(or_(Contribution.id == idea_id, Contribution.id == into_id))
        )
    }
    return Union(
        tally=after,
        votes_added=after.total - before.total,
        voted_on_both=both or 0,
        comments_moved=comments_of(going),
        authors=(names.get(idea_id, ""), names.get(into_id, "")),
    )
