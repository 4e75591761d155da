"""What stands beside an item: why people flagged it, and the notes of moderators to each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, case, literal, null, select, union_all

from dialogue.accounts.models import User
from dialogue.kernel.db import db
from dialogue.moderation.models import HandOver, Mention, QueueItem
from dialogue.moderation.policies import Scope
from dialogue.participation.models import Contribution, Flag, Revision


@dataclass(frozen=True)
class Beside:
    """A flag (`reason` says why; never who) or a note (`by` says who; empty words: erased)."""

    id: int
    is_flag: bool
    reason: str
    words: str
    by: str
    by_id: int | None
    at: datetime


@dataclass(frozen=True)
class MentionRow:
    """A note that is meant for a moderator, with the item to open."""

    item_id: int
    title: str
    by: str
    at: datetime
    is_seen: bool


def beside(contribution_id: int) -> Sequence[Beside]:
    """Return the open flags of a contribution and the notes about it, oldest first."""
    rows = db.session.execute(_BESIDE, {"contribution": contribution_id})
    return [
        Beside(row.id, row.kind == "flag", row.reason, row.words, row.by or "", row.by_id, row.at)
        for row in rows
    ]


def mentions_of(moderator_id: int, scope: Scope, *, limit: int = 50) -> Sequence[MentionRow]:
    """Return the notes that are meant for a moderator, unseen ones first."""
    newest = (
        select(QueueItem.id)
        .where(QueueItem.contribution_id == HandOver.contribution_id)
        .order_by(QueueItem.closed_at.is_(None).desc(), QueueItem.id.desc())
        .limit(1)
        .correlate(HandOver)
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(
            newest.label("item_id"),
            case((QueueItem.distressing, ""), else_=Revision.title).label("title"),
            User.display_name,
            HandOver.at,
            Mention.seen_at,
            Contribution.id,
        )
        .join(Mention, Mention.hand_over_id == HandOver.id)
        .join(Contribution, Contribution.id == HandOver.contribution_id)
        .join(QueueItem, QueueItem.id == newest)
        .join(Revision, Revision.id == QueueItem.revision_id)
        .outerjoin(User, User.id == HandOver.by_id)
        .where(
            Mention.user_id == moderator_id,
            HandOver.erased_at.is_(None),
            *([] if scope is None else [HandOver.dialogue_id.in_(sorted(scope))]),
        )
        .order_by(Mention.seen_at.is_(None).desc(), HandOver.id.desc())
        .limit(limit)
    )
    return [
        MentionRow(row.item_id, row.title, row.display_name or "", row.at, row.seen_at is not None)
        for row in rows
    ]


_BESIDE: Any = union_all(
    select(
        literal("flag").label("kind"),
        Flag.id.label("id"),
        Flag.reason.label("reason"),
        Flag.note.label("words"),
        null().label("by"),
        null().label("by_id"),
        Flag.at.label("at"),
    ).where(
        Flag.contribution_id == bindparam("contribution"),
        Flag.decided_at.is_(None),
        Flag.withdrawn_at.is_(None),
    ),
    select(
        literal("note"),
        HandOver.id,
        literal(""),
        HandOver.words,
        User.display_name,
        HandOver.by_id,
        HandOver.at,
    )
    .outerjoin(User, User.id == HandOver.by_id)
    .where(HandOver.contribution_id == bindparam("contribution")),
).order_by("at", "id")
