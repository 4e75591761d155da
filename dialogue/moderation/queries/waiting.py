"""What waits for a moderator: how much, in which order, and what the queue does not hold yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    cast,
    exists,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from dialogue.accounts.models import User
from dialogue.dialogues.models import DialogueTopic
from dialogue.kernel import paging, text
from dialogue.kernel.db import db
from dialogue.moderation.models import Mention, QueueItem
from dialogue.moderation.policies import Scope
from dialogue.moderation.screening import RAISED, Findings, from_signals
from dialogue.participation.lifecycle import State
from dialogue.participation.models import Contribution, Flag, Revision, RevisionState

PAGE = 50  # items in the list
DECIDED_AT_MOST = 999  # the rail counts no further
_TITLE = 70  # code points of a comment that stand for its title

# A list starts after this item: how urgent, since when (microseconds), which.
Place = tuple[int, int, int]
_PLACE_KINDS = (int, int, int)


@dataclass(frozen=True)
class Counts:
    """How much waits in each lane, since when, and how much of it lacks an item."""

    by_lane: Mapping[str, int] = field(default_factory=dict)
    oldest: datetime | None = None
    decided: int = 0
    missing: int = 0
    mentions: int = 0  # notes meant for this moderator that they have not opened

    @property
    def waiting(self) -> int:
        """Return how many items wait in all lanes together."""
        return sum(self.by_lane.values())


@dataclass(frozen=True)
class Row:
    """An item in the list."""

    id: int
    lane: str
    kind: str
    title: str  # of an idea; the beginning of a comment
    idea_id: int | None  # what a comment is about
    topic: str
    since: datetime
    findings: Findings
    place: Place
    reports: int  # people who ask for a look at it
    is_distressing: bool
    claimed_by: str = ""  # the other moderator who reads it now

    @property
    def cursor(self) -> str:
        """Return the word that asks for the list after this item."""
        return paging.encode(*self.place)


def counts(scope: Scope, *, moderator_id: int = 0) -> Counts:
    """Return the numbers of the rail, in one statement."""
    numbers: dict[str, int] = {}
    oldest: list[datetime] = []
    statement = _counts(scope is not None)
    values = {**scope_values(scope), "moderator": moderator_id}
    for name, number, since in db.session.execute(statement, values):
        numbers[name] = number
        if since is not None:
            oldest.append(since)
    return Counts(
        decided=numbers.pop("-decided", 0),
        missing=numbers.pop("-missing", 0),
        mentions=numbers.pop("-mentions", 0),
        by_lane=numbers,
        oldest=min(oldest, default=None),
    )


def waiting_items(
    scope: Scope,
    *,
    lane: str | None,
    after: Place | None,
    moderator_id: int,
    now: datetime,
    language: str = "en",
    limit: int = PAGE,
) -> list[Row]:
    """Return the waiting items of a lane (None: of all), safety first, then risk, then age.

    At most `limit` and one: the last one tells that there are more. An item whose contribution
    was withdrawn a moment ago is left out.
    """
    statement = _waiting(scope is not None, lane is not None, after is not None)
    values = {
        **scope_values(scope),
        **({"lane": lane} if lane is not None else {}),
        **(_place_values(after) if after is not None else {}),
        "number": limit + 1,
    }
    return [
        Row(
            id=row.id,
            lane=row.lane,
            kind=row.kind,
            title=row.title or text.excerpt(row.beginning, _TITLE),
            idea_id=row.idea_id,
            topic=_in_language(row.topic_names, language),
            since=row.since,
            findings=from_signals(row.signals),
            place=place_of(row.risk, row.since, row.id),
            reports=row.reports,
            is_distressing=row.distressing,
            claimed_by=row.reader
            if row.claimed_by_id not in (None, moderator_id) and row.claimed_until > now
            else "",
        )
        for row in db.session.execute(statement, values)
    ]


def next_item(
    scope: Scope, *, lane: str | None, after: Place, moderator_id: int, now: datetime
) -> int | None:
    """Return the item that follows a place, or else the first one; None when nothing waits.

    An item that another moderator reads is passed over while there are others.
    """
    statement = _next(scope is not None, lane is not None)
    return db.session.scalar(
        statement,
        {
            **scope_values(scope),
            **({"lane": lane} if lane is not None else {}),
            **_place_values(after),
            "moderator": moderator_id,
            "now": now,
        },
    )


def missing_items(*, scoped: bool) -> Select[int, int]:
    """Select (contribution, newest waiting revision) that no open item shows.

    Takes `scope_values` when it is `scoped`.
    """
    return (
        select(Contribution.id, Revision.id)
        .join(Revision, Revision.contribution_id == Contribution.id)
        .where(
            # Written out, not bound, so that both databases see that the index of what waits fits.
            Revision.state == literal_column("'waiting'"),
            Contribution.state.in_((State.PENDING, State.PUBLISHED)),
            *_within(scoped, Contribution.dialogue_id),
            ~exists().where(
                QueueItem.contribution_id == Contribution.id,
                QueueItem.closed_at.is_(None),
                QueueItem.revision_id == Revision.id,
            ),
            ~exists().where(
                _NEWER.contribution_id == Contribution.id, _NEWER.number > Revision.number
            ),
        )
    )


def still_asks() -> ColumnElement[bool]:
    """The condition that something is left to decide about an item, its contribution and its
    revision: the wording waits or is public; or somebody asked for a look, whatever became of the
    words since, and the author has not taken them back."""
    by_people = QueueItem.lane.in_(sorted(RAISED))
    return or_(
        and_(
            Contribution.state.in_((State.PENDING, State.PUBLISHED)),
            Revision.state.in_((RevisionState.WAITING, RevisionState.PUBLISHED)),
        ),
        and_(by_people, Contribution.state != State.WITHDRAWN),
    )


def scope_values(scope: Scope) -> dict[str, Any]:
    """Return what a scoped statement needs to know."""
    return {} if scope is None else {"scope": sorted(scope)}


def unscreened(limit: int) -> Sequence[tuple[int, int]]:
    """Return (contribution, revision) of open items that nobody has screened, oldest first."""
    rows = db.session.execute(
        select(QueueItem.contribution_id, QueueItem.revision_id)
        .where(QueueItem.closed_at.is_(None), QueueItem.screened_at.is_(None))
        .order_by(QueueItem.id)
        .limit(limit)
    )
    return [(row.contribution_id, row.revision_id) for row in rows]


def place_of_item(item_id: int) -> Place:
    """Return where an item that exists stands, or stood, in the queue."""
    row = db.session.execute(_PLACE, {"item": item_id}).one()
    return place_of(row.risk, row.since, row.id)


def place_of(risk: int, since: datetime, item_id: int) -> Place:
    """Return the sort keys of an item."""
    return (risk, (since - _EPOCH) // _MICROSECOND, item_id)


def place(cursor: str) -> Place | None:
    """Return the place that a cursor names; None when it names none."""
    keys = paging.decode(cursor, _PLACE_KINDS)
    if keys is None or not 0 <= keys[1] < _LATEST:  # type: ignore[operator]  # numbers: decode() looked
        return None
    return keys  # type: ignore[return-value]  # three of them, likewise


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LATEST = 250_000_000_000_000_000  # in the year 9892


# --- Statements, made once: putting one together costs more than running it ----------------------

_IDEA = aliased(Contribution)
_NEWER = aliased(Revision)
# Flags that nobody has looked at; the partial index of open ones makes it cheap.
REPORTS = (
    select(func.count())
    .select_from(Flag)
    .where(
        Flag.contribution_id == QueueItem.contribution_id,
        Flag.decided_at.is_(None),
        Flag.withdrawn_at.is_(None),
    )
    .correlate(QueueItem)
    .scalar_subquery()
)

# A contribution may be withdrawn a moment ago, before its item is closed.
_STILL_WAITS = (QueueItem.closed_at.is_(None), still_asks())
_AFTER = or_(
    QueueItem.risk < bindparam("risk"),
    and_(QueueItem.risk == bindparam("risk"), QueueItem.since > bindparam("since")),
    and_(
        QueueItem.risk == bindparam("risk"),
        QueueItem.since == bindparam("since"),
        QueueItem.id > bindparam("item"),
    ),
)
_ITEMS = QueueItem.__table__
_PLACE = select(_ITEMS.c.risk, _ITEMS.c.since, _ITEMS.c.id).where(_ITEMS.c.id == bindparam("item"))
_ORDER = (QueueItem.risk.desc(), QueueItem.since, QueueItem.id)


@cache
def _counts(scoped: bool) -> Any:
    waiting = (
        select(
            cast(QueueItem.lane, String).label("name"),
            func.count().label("number"),
            func.min(QueueItem.since).label("oldest"),
        )
        .join(Contribution, Contribution.id == QueueItem.contribution_id)
        .join(Revision, Revision.id == QueueItem.revision_id)
        .where(*_STILL_WAITS, *_within(scoped, QueueItem.dialogue_id))
        .group_by(QueueItem.lane)
    )
    decided = (
        select(literal(1).label("one"))
        .where(QueueItem.closed_at.is_not(None), *_within(scoped, QueueItem.dialogue_id))
        .limit(DECIDED_AT_MOST + 1)
        .subquery()
    )
    missing = missing_items(scoped=scoped).subquery()
    return union_all(
        waiting,
        select(literal("-decided"), func.count(), null()).select_from(decided),
        select(literal("-missing"), func.count(), null()).select_from(missing),
        select(literal("-mentions"), func.count(), null()).where(
            Mention.user_id == bindparam("moderator"), Mention.seen_at.is_(None)
        ),
    )


@cache
def _waiting(scoped: bool, in_lane: bool, continued: bool) -> Any:
    return (
        select(
            QueueItem.id,
            QueueItem.lane,
            QueueItem.risk,
            QueueItem.since,
            QueueItem.signals,
            QueueItem.distressing,
            QueueItem.claimed_by_id,
            QueueItem.claimed_until,
            Contribution.kind,
            Contribution.idea_id,
            Revision.title,
            func.substr(Revision.plain, 1, 4 * _TITLE).label("beginning"),
            REPORTS.label("reports"),
            DialogueTopic.names.label("topic_names"),
            User.display_name.label("reader"),
        )
        .join(Contribution, Contribution.id == QueueItem.contribution_id)
        .join(Revision, Revision.id == QueueItem.revision_id)
        .outerjoin(_IDEA, _IDEA.id == Contribution.idea_id)
        .outerjoin(
            DialogueTopic, DialogueTopic.id == func.coalesce(Contribution.topic_id, _IDEA.topic_id)
        )
        .outerjoin(User, User.id == QueueItem.claimed_by_id)
        .where(
            *_STILL_WAITS,
            *_within(scoped, QueueItem.dialogue_id),
            *([QueueItem.lane == bindparam("lane")] if in_lane else []),
            *([_AFTER] if continued else []),
        )
        .order_by(*_ORDER)
        .limit(bindparam("number", type_=Integer))
    )


@cache
def _next(scoped: bool, in_lane: bool) -> Any:
    """Free ones after the place come first, then free ones before it, then what others read.

    Each part walks the index of the order and stops at its first hit, and the later parts only
    run when the earlier ones found nothing.
    """
    free = or_(
        QueueItem.claimed_by_id.is_(None),
        QueueItem.claimed_by_id == bindparam("moderator"),
        QueueItem.claimed_until <= bindparam("now"),
    )

    def first(*conditions: Any) -> Any:
        found = (
            select(QueueItem.id)
            .join(Contribution, Contribution.id == QueueItem.contribution_id)
            .join(Revision, Revision.id == QueueItem.revision_id)
            .where(
                *_STILL_WAITS,
                *_within(scoped, QueueItem.dialogue_id),
                *([QueueItem.lane == bindparam("lane")] if in_lane else []),
                *conditions,
            )
            .order_by(*_ORDER)
            .limit(1)
            .subquery()
        )
        return select(found.c.id)

    return union_all(first(free, _AFTER), first(free), first(_AFTER), first()).limit(1)


def _within(scoped: bool, column: Any) -> list[Any]:
    return [column.in_(bindparam("scope", expanding=True))] if scoped else []


def _place_values(place: Place) -> dict[str, Any]:
    risk, since, item_id = place
    return {"risk": risk, "since": _EPOCH + timedelta(microseconds=since), "item": item_id}


def _in_language(names: dict[str, str] | None, language: str) -> str:
    if not names:
        return ""
    return names.get(language) or next(iter(names.values()))
