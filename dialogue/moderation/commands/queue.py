"""What stands in the queue: items appear, are looked at by a moderator, and leave it.

An item follows from a contribution that waits. It is made by the reaction to the submission;
`ensure_items` makes what that reaction still owes, so that the queue is whole even while the
workers are down. Each command locks the contribution before the item, as decisions do.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import (
    Integer,
    and_,
    bindparam,
    case,
    exists,
    literal,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import aliased

from dialogue.accounts.models import User
from dialogue.kernel.db import db, dialect, rows_changed
from dialogue.kernel.errors import Conflict, NotFound
from dialogue.moderation.models import Lane, QueueItem
from dialogue.moderation.policies import Moderator, Scope, in_scope
from dialogue.moderation.queries.waiting import (
    Place,
    missing_items,
    next_item,
    scope_values,
    still_asks,
)
from dialogue.moderation.screening import (
    RAISED,
    RISK_NONE,
    RISK_VISIBLE,
    Findings,
    is_distressing,
    lane_of,
    risk_of,
)
from dialogue.participation.commands.publication import locked
from dialogue.participation.lifecycle import State
from dialogue.participation.models import Contribution, Revision, RevisionState

# A moderator has something to say about these wordings of these contributions, no others.
_OPEN_STATES = (State.PENDING, State.PUBLISHED)
_OPEN_REVISIONS = (RevisionState.WAITING, RevisionState.PUBLISHED)


def open_item(*, contribution_id: int, revision_id: int) -> QueueItem | None:
    """Return the open item of this revision, made or brought up to date if need be.

    None when nothing waits: the wording was replaced, decided or withdrawn meanwhile. An item whose
    wording is replaced keeps its place in the queue; one that people asked for, its lane too. Safe
    to repeat.
    """
    contribution = locked(contribution_id)
    item = db.session.scalars(
        select(QueueItem)
        .where(QueueItem.contribution_id == contribution_id, QueueItem.closed_at.is_(None))
        .with_for_update()
    ).first()
    newest = db.session.scalars(
        select(Revision)
        .where(Revision.contribution_id == contribution_id)
        .order_by(Revision.number.desc())
        .limit(1)
    ).first()
    if item is not None and item.revision_id == revision_id and item.lane in RAISED:
        return item
    if newest is None or newest.id != revision_id:
        return None
    if contribution.state not in _OPEN_STATES or newest.state not in _OPEN_REVISIONS:
        return None
    if item is not None:
        if item.revision_id != revision_id:
            _show_wording(item, contribution, newest)
            db.session.flush()
        return item
    if _was_decided(revision_id):
        return None
    item = QueueItem(
        dialogue_id=contribution.dialogue_id,
        contribution_id=contribution_id,
        since=newest.created_at,
        version=0,
    )
    _show_wording(item, contribution, newest)
    db.session.add(item)
    db.session.flush()
    return item


def record_findings(
    *, contribution_id: int, revision_id: int, findings: Findings, now: datetime
) -> None:
    """Store what screening found and move the item to the lane and place that follow from it.

    Safe to repeat; does nothing when the wording no longer waits.
    """
    item = open_item(contribution_id=contribution_id, revision_id=revision_id)
    if item is None or item.screened_at is not None:
        return
    contribution = db.session.get_one(Contribution, contribution_id)
    public = contribution.published_revision_id
    item.signals = findings.to_signals()
    item.distressing = item.distressing or is_distressing(findings)
    risk = risk_of(findings, is_visible=public == revision_id)
    if item.lane not in RAISED or findings.danger:
        item.lane = lane_of(findings, is_edit=public not in (None, revision_id))
        item.risk = risk
    item.screened_at = now


def raise_item(
    *, contribution_id: int, lane: Lane, risk: int, now: datetime, revision_id: int | None = None
) -> QueueItem | None:
    """Have a moderator look at something because people ask for it; return its open item.

    The item that waits already moves into the lane when that is the more urgent one; otherwise a
    new one shows `revision_id`, by default what the public reads or read last. None when its
    author has taken the words back. Safe to repeat.
    """
    contribution = locked(contribution_id)
    if contribution.state == State.WITHDRAWN:
        return None
    item = db.session.scalars(
        select(QueueItem)
        .where(QueueItem.contribution_id == contribution_id, QueueItem.closed_at.is_(None))
        .with_for_update()
    ).first()
    if item is None:
        item = QueueItem(
            dialogue_id=contribution.dialogue_id,
            contribution_id=contribution_id,
            revision_id=revision_id
            or contribution.published_revision_id
            or _newest_of(contribution_id),
            since=now,
            lane=lane,
            risk=risk,
        )
        db.session.add(item)
    elif risk > item.risk or item.lane not in RAISED:
        item.lane, item.risk = lane, max(risk, item.risk)
        item.version += 1
    db.session.flush()
    return item


def ensure_items(*, scope: Scope) -> int:
    """Make the items that waiting contributions lack; return how many waited without one.

    One statement whatever their number (an import may leave thousands). They are screened when
    their reaction or the sweep comes round.
    """
    missing = db.session.execute(missing_items(scoped=scope is not None), scope_values(scope)).all()
    if not missing:
        return 0
    _insert_missing(scope)
    for contribution_id, revision_id in missing:
        stale = db.session.scalar(
            select(QueueItem.id).where(
                QueueItem.contribution_id == contribution_id,
                QueueItem.closed_at.is_(None),
                QueueItem.revision_id != revision_id,
            )
        )
        if stale is not None:
            open_item(contribution_id=contribution_id, revision_id=revision_id)
    return len(missing)


def close_settled(*, now: datetime) -> int:
    """Close open items about which nothing is left to decide (withdrawn, for one)."""
    settled = ~exists().where(
        Contribution.id == QueueItem.contribution_id,
        Revision.id == QueueItem.revision_id,
        still_asks(),
    )
    return rows_changed(
        update(QueueItem)
        .where(QueueItem.closed_at.is_(None), settled)
        .values(closed_at=now, version=QueueItem.version + 1)
        .execution_options(synchronize_session=False)
    )


def claim(
    *, item_id: int, moderator: Moderator, scope: Scope, now: datetime, claim_for: timedelta
) -> None:
    """Tell the others that this moderator reads an item, for `claim_for`, and no other item.

    A claim is a courtesy, not a right: a decision by somebody else still counts, and the version
    of the item sees to it that there is only one. Raises NotFound, or Conflict when the item is
    decided or somebody else reads it.
    """
    dialogue_id = db.session.scalar(select(QueueItem.dialogue_id).where(QueueItem.id == item_id))
    if dialogue_id is None or not in_scope(scope, dialogue_id):
        raise NotFound("")
    # Passing over locked rows: a decision that claims the next item holds locks of its own, and
    # two such decisions must never wait for each other.
    rows = db.session.scalars(
        select(QueueItem)
        .where(
            or_(
                QueueItem.id == item_id,
                and_(QueueItem.closed_at.is_(None), QueueItem.claimed_by_id == moderator.id),
            )
        )
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    item = next((row for row in rows if row.id == item_id), None)
    if item is None:
        raise Conflict(_("Somebody is deciding about this now."))
    if item.closed_at is not None:
        raise Conflict(_("This item is not waiting any more."))
    other = item.claimed_by_id if item.claimed_by_id != moderator.id else None
    if other is not None and item.claimed_until is not None and item.claimed_until > now:
        reader = db.session.get_one(User, other)
        raise Conflict(_("%(name)s is reading this.", name=reader.display_name))
    for row in rows:
        row.claimed_by_id = row.claimed_until = None
    item.claimed_by_id = moderator.id
    item.claimed_until = now + claim_for


def claim_next(
    *,
    after: Place,
    lane: str | None,
    moderator: Moderator,
    scope: Scope,
    now: datetime,
    claim_for: timedelta,
) -> int | None:
    """Return the item that follows a place, claimed for this moderator and no other item.

    Somebody else may read the only one left: it is returned all the same, unclaimed. None when
    nothing waits. Two statements, since every decision ends with this.
    """
    following = next_item(scope, lane=lane, after=after, moderator_id=moderator.id, now=now)
    if following is not None:
        db.session.execute(
            _CLAIM_ONLY,
            {
                "item": following,
                "moderator": moderator.id,
                "now": now,
                "until": now + claim_for,
            },
        )
    return following


# Passing over locked rows: a decision that claims the next item holds locks of its own, and two
# such decisions must never wait for each other.
_ITEM = QueueItem.__table__
_CLAIMABLE = (
    select(_ITEM.c.id)
    .where(
        _ITEM.c.closed_at.is_(None),
        or_(
            and_(
                _ITEM.c.id == bindparam("item"),
                or_(_ITEM.c.claimed_by_id.is_(None), _ITEM.c.claimed_until <= bindparam("now")),
            ),
            _ITEM.c.claimed_by_id == bindparam("moderator"),
        ),
    )
    .with_for_update(skip_locked=True)
)
_IS_IT = _ITEM.c.id == bindparam("item")
_CLAIM_ONLY = (
    update(_ITEM)
    .where(_ITEM.c.id.in_(_CLAIMABLE))
    .values(
        claimed_by_id=case((_IS_IT, bindparam("moderator", type_=Integer))),
        claimed_until=case((_IS_IT, bindparam("until", type_=_ITEM.c.claimed_until.type))),
    )
)


def _show_wording(item: QueueItem, contribution: Contribution, revision: Revision) -> None:
    """Put a wording into an item, unscreened; who had the earlier one before them looks again."""
    public = contribution.published_revision_id
    item.revision_id = revision.id
    item.version += 1
    # Who sends another wording instead of waiting for a second look at the first asks about that.
    if item.lane not in RAISED or item.lane == Lane.APPEALS:
        item.lane = Lane.EDITED if public not in (None, revision.id) else Lane.NEW
        item.risk = RISK_VISIBLE if public == revision.id else RISK_NONE
    item.signals = {}
    item.screened_at = None
    item.claimed_by_id = None
    item.claimed_until = None


def _newest_of(contribution_id: int) -> int:
    return db.session.scalars(
        select(Revision.id)
        .where(Revision.contribution_id == contribution_id)
        .order_by(Revision.number.desc())
        .limit(1)
    ).one()


def _was_decided(revision_id: int) -> bool:
    return bool(
        db.session.scalar(
            select(QueueItem.id)
            .where(QueueItem.revision_id == revision_id, QueueItem.closed_at.is_not(None))
            .limit(1)
        )
    )


def _insert_missing(scope: Scope) -> None:
    """Insert an item for each waiting contribution that has no open one."""
    insert = sqlite.insert if dialect() == "sqlite" else postgresql.insert
    open_one = aliased(QueueItem)
    later = aliased(Revision)
    waiting = (
        select(
            Contribution.dialogue_id,
            Contribution.id,
            Revision.id,
            case(
                (Contribution.published_revision_id.is_(None), Lane.NEW.value),
                else_=Lane.EDITED.value,
            ),
            literal(RISK_NONE),
            literal({}, QueueItem.signals.type),
            Revision.created_at,
            literal(1),
        )
        .join(Revision, Revision.contribution_id == Contribution.id)
        .where(
            Revision.state == literal_column("'waiting'"),
            Contribution.state.in_(_OPEN_STATES),
            ~exists().where(
                open_one.contribution_id == Contribution.id, open_one.closed_at.is_(None)
            ),
            ~exists().where(
                later.contribution_id == Contribution.id, later.number > Revision.number
            ),
        )
    )
    if scope is not None:
        waiting = waiting.where(Contribution.dialogue_id.in_(scope))
    columns = (
        "dialogue_id",
        "contribution_id",
        "revision_id",
        "lane",
        "risk",
        "signals",
        "since",
        "version",
    )
    db.session.execute(insert(QueueItem).from_select(columns, waiting).on_conflict_do_nothing())
