"""The comments of an idea as people read them: threads of two levels, in three orders, by keyset.

A page holds first-level comments with the first replies of each; a thread with more has a page of
its own, where all of it is read. One statement a page, whatever its size: threads are found by an
index of first-level comments, and their first replies by the index that has them in order.
A first-level comment that is out of sight keeps its place while replies to it are public.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Integer,
    Select,
    and_,
    bindparam,
    false,
    func,
    literal,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import aliased

from dialogue.kernel import paging
from dialogue.kernel.db import db
from dialogue.kernel.paging import Page
from dialogue.participation.models import Contribution, Helpful, Kind, Participant
from dialogue.participation.queries.visibility import is_listed, is_public


class Order(StrEnum):
    """The orders of threads; replies always follow in the order in which they were written."""

    OLDEST = "oldest"
    NEWEST = "newest"
    HELPFUL = "helpful"  # of two that helped as many, the newer one first


THREADS = 50  # a page
FIRST_REPLIES = 3  # of each thread, on the page of an idea
REPLIES = 50  # a page of one thread
_ALL = 2**62  # beyond every id


@dataclass(frozen=True)
class CommentRow:
    """What a page shows of a comment. `listed` is False for one that only keeps its place."""

    id: int
    root_id: int
    reply_to_id: int | None
    participant_id: int
    author: str
    state: str
    listed: bool
    fragment: str
    language: str
    published_at: datetime
    edited_at: datetime | None
    helpful: int
    found_helpful: bool  # by the person who reads
    answered: str | None  # author of the public comment that it replies to, below the first level


@dataclass(frozen=True)
class Thread:
    """A first-level comment with replies to it; `more` of them are not among these."""

    root: CommentRow
    replies: tuple[CommentRow, ...]
    more: int = 0


def threads_of(
    idea_ids: Sequence[int],
    order: Order = Order.OLDEST,
    after: str = "",
    *,
    me_id: int | None = None,
) -> Page[Thread]:
    """Return one page of the threads of an idea, and of those merged into it, in `order`.

    `after` is a cursor of this function for the same order; others are taken for the first page.
    """
    cursor = paging.decode(after, (int, int) if order is Order.HELPFUL else (int,))
    statement = _threads(order, cursor is not None, me_id is not None, len(idea_ids) == 1)
    values = {
        **_ids(idea_ids),
        "reader": me_id,
        "last": paging.within_numbers(cursor[-1]) if cursor else None,
        "helped": paging.within_numbers(cursor[0]) if cursor else None,
    }
    found: list[tuple[CommentRow, list[CommentRow], int]] = []
    for row in db.session.execute(statement, values):
        comment = CommentRow(*row[:-1])
        if comment.id == comment.root_id:
            found.append((comment, [], row[-1]))
        else:
            found[-1][1].append(comment)
    threads = [
        Thread(root, tuple(replies), in_all - len(replies))
        for root, replies, in_all in found[:THREADS]
    ]
    older = None
    if len(found) > THREADS:
        last = threads[-1].root
        older = paging.encode(last.helpful, last.id) if order is Order.HELPFUL else _cursor(last.id)
    return Page(rows=threads, older=older)


@cache
def _threads(
    order: Order, continued: bool, personal: bool, alone: bool
) -> Select[*tuple[Any, ...]]:
    """Return the statement of one kind of page, made once: putting it together costs more than
    running it."""
    roots = _roots(order, continued, alone)
    in_order = {
        Order.OLDEST: (roots.c.id,),
        Order.NEWEST: (roots.c.id.desc(),),
        Order.HELPFUL: (roots.c.helpful.desc(), roots.c.id.desc()),
    }[order]
    shown = Contribution.id <= func.coalesce(roots.c.edge, _ALL)
    return (
        _comments(personal, roots.c.replies)
        .join(
            roots,
            and_(
                Contribution.idea_id == roots.c.idea_id,
                Contribution.root_id == roots.c.id,
                shown,
            ),
        )
        .where(or_(is_listed(), Contribution.id == Contribution.root_id))
        .order_by(*in_order, Contribution.id)
    )


def thread_of(
    idea_ids: Sequence[int], root_id: int, after: str = "", *, me_id: int | None = None
) -> Page[Thread] | None:
    """Return one thread with a page of its replies, as a page with one row; None when it is not
    there for the public."""
    cursor = paging.decode(after, (int,))
    begin = int(cursor[0]) if cursor else root_id
    values = {
        **_ids(idea_ids),
        "reader": me_id,
        "root": root_id,
        "begin": paging.within_numbers(begin),
    }
    statement = _thread(me_id is not None, len(idea_ids) == 1)
    rows = [CommentRow(*row[:-1]) for row in db.session.execute(statement, values)]
    if not rows or rows[0].id != root_id or not (rows[0].listed or rows[1:] or cursor):
        return None
    replies = tuple(rows[1 : REPLIES + 1])
    older = _cursor(replies[-1].id) if len(rows) > REPLIES + 1 else None
    return Page(rows=[Thread(rows[0], replies)], older=older)


@cache
def _thread(personal: bool, alone: bool) -> Select[*tuple[Any, ...]]:
    is_root = Contribution.id == bindparam("root")
    reply = and_(is_listed(), Contribution.id > bindparam("begin"))
    return (
        _comments(personal, literal(0))
        .where(
            _within(Contribution.idea_id, alone),
            Contribution.root_id == bindparam("root"),
            or_(is_root, reply),
        )
        .order_by(Contribution.id)
        .limit(REPLIES + 2)
    )


@dataclass(frozen=True)
class CommentPlace:
    """Where a public comment stands: its idea, and the query of the page that shows it."""

    dialogue_id: int
    idea_id: int
    query: dict[str, str | int]


def place_of(comment_id: int) -> CommentPlace | None:
    """Return where a public comment stands: on the page of the idea that begins with its thread,
    or, where the page would not show it, on the page of its thread that begins with it. One that
    is off topic stands beside the others, for whoever has its address."""
    idea = aliased(Contribution)
    comment = db.session.execute(
        select(
            Contribution.dialogue_id,
            Contribution.idea_id,
            Contribution.root_id,
            Contribution.listed,
            func.coalesce(idea.merged_into_id, idea.id).label("read_on"),
        )
        .join(idea, idea.id == Contribution.idea_id)
        .where(Contribution.id == comment_id, Contribution.kind == Kind.COMMENT, is_public())
    ).first()
    if comment is None:
        return None
    if not comment.listed:
        return CommentPlace(comment.dialogue_id, comment.read_on, {"aside": comment_id})
    before = select(func.count()).where(
        Contribution.idea_id == comment.idea_id,
        Contribution.root_id == comment.root_id,
        Contribution.id > comment.root_id,
        Contribution.id < comment_id,
        is_listed(),
    )
    if (db.session.scalar(before) or 0) < FIRST_REPLIES:
        query: dict[str, str | int] = {"after": _cursor(comment.root_id - 1)}
    else:
        query = {"thread": comment.root_id, "after": _cursor(comment_id - 1)}
    return CommentPlace(comment.dialogue_id, comment.read_on, query)


def listed_comment(idea_ids: Sequence[int], comment_id: int) -> CommentRow | None:
    """Return one public comment of an idea, for a reply to it."""
    return _one(idea_ids, comment_id, is_listed())


def comment_set_aside(idea_ids: Sequence[int], comment_id: int) -> CommentRow | None:
    """Return one comment of an idea that is off topic, for whoever has its address."""
    return _one(idea_ids, comment_id, and_(is_public(), ~is_listed()))


def _one(
    idea_ids: Sequence[int], comment_id: int, visible: ColumnElement[bool]
) -> CommentRow | None:
    statement = _comments(False, literal(0)).where(
        Contribution.id == comment_id, _within(Contribution.idea_id, False), visible
    )
    row = db.session.execute(statement, {"ideas": idea_ids}).first()
    return CommentRow(*row[:-1]) if row else None


def _roots(order: Order, continued: bool, alone: bool) -> CTE:
    """One page of first-level comments, with how many replies each has and the last to show."""
    root, reply = aliased(Contribution), aliased(Contribution)
    replies = select(reply.id).where(
        reply.idea_id == root.idea_id,
        reply.root_id == root.id,
        reply.id > root.id,
        reply.listed.is_(True),
    )
    edge = replies.order_by(reply.id).offset(FIRST_REPLIES - 1).limit(1)
    # The index of first-level comments holds exactly these.
    is_root: ColumnElement[bool] = root.root_id == root.id
    query = select(
        root.id,
        root.idea_id,
        root.helpful,
        replies.with_only_columns(func.count()).scalar_subquery().label("replies"),
        edge.scalar_subquery().label("edge"),
    ).where(_within(root.idea_id, alone), is_root, or_(root.listed.is_(True), replies.exists()))
    if order is Order.HELPFUL:
        if continued:
            place = tuple_(root.helpful, root.id)
            bound = tuple_(bindparam("helped", type_=Integer), bindparam("last", type_=Integer))
            query = query.where(place < bound)
        query = query.order_by(root.helpful.desc(), root.id.desc())
    else:
        if continued:
            last: ColumnElement[int] = bindparam("last", type_=Integer)
            query = query.where(root.id > last if order is Order.OLDEST else root.id < last)
        query = query.order_by(root.id if order is Order.OLDEST else root.id.desc())
    return query.limit(THREADS + 1).cte("roots")


def _within(column: Any, alone: bool) -> ColumnElement[bool]:
    """The condition that a comment is on one of the ideas of `_ids`; of a single one, its index has
    the order."""
    condition: ColumnElement[bool] = (
        column == bindparam("idea") if alone else column.in_(bindparam("ideas", expanding=True))
    )
    return condition


def _ids(idea_ids: Sequence[int]) -> dict[str, Any]:
    return {"idea": idea_ids[0]} if len(idea_ids) == 1 else {"ideas": idea_ids}


def _comments(personal: bool, replies: ColumnElement[int]) -> Select[*tuple[Any, ...]]:
    """The columns of CommentRow in its order, for the statement's `reader` if it is `personal`, and
    `replies` behind them."""
    answered, answered_by = aliased(Contribution), aliased(Participant)
    found_helpful: ColumnElement[bool] = false()
    if personal:
        found_helpful = (
            select(Helpful.comment_id)
            .where(
                Helpful.comment_id == Contribution.id,
                Helpful.participant_id == bindparam("reader"),
            )
            .exists()
        )
    return (
        select(
            Contribution.id,
            Contribution.root_id,
            Contribution.reply_to_id,
            Contribution.participant_id,
            Participant.public_name,
            Contribution.state,
            Contribution.listed,
            Contribution.fragment,
            Contribution.language,
            Contribution.published_at,
            Contribution.edited_at,
            Contribution.helpful,
            found_helpful,
            answered_by.public_name,
            replies,
        )
        .join(Participant, Participant.id == Contribution.participant_id)
        .outerjoin(
            answered,
            and_(
                answered.id == Contribution.reply_to_id,
                answered.id != Contribution.root_id,
                answered.listed.is_(True),
            ),
        )
        .outerjoin(answered_by, answered_by.id == answered.participant_id)
    )


def _cursor(last: int) -> str:
    return paging.encode(last)
