"""Following and no longer following. Twice is once, also at one moment: the database insists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Integer, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite

from dialogue.accounts import limits
from dialogue.dialogues.models import DialogueTopic
from dialogue.kernel.db import UtcDateTime, db, dialect, rows_changed
from dialogue.kernel.errors import NotFound
from dialogue.kernel.settings import setting
from dialogue.notifications.models import MailChoice, Subscription
from dialogue.participation.models import Contribution, Kind, Participant
from dialogue.participation.queries.visibility import is_listed


@dataclass(frozen=True)
class Target:
    """What is followed: an idea, a topic, or (neither given) the dialogue itself."""

    dialogue_id: int
    idea_id: int | None = None
    topic_id: int | None = None


def follow(*, user_id: int, target: Target, now: datetime) -> None:
    """Let a person follow something public. Raises NotFound for what the public cannot see, and
    TooMany.

    Whoever calls it has seen to it that the person may see the dialogue.
    """
    _must_be_there(target)
    limits.count(
        "follow",
        f"user:{user_id}",
        limit=setting("FOLLOWS_PER_HOUR"),
        window=timedelta(hours=1),
        now=now,
        say=_("You followed a lot in an hour. Please wait a little."),
    )
    if not begin(user_id=user_id, target=target, now=now):
        db.session.execute(
            update(Subscription)
            .where(*_of(user_id, target), Subscription.ended_at.is_not(None))
            .values(created_at=now, ended_at=None)
        )


def stop(*, user_id: int, target: Target, now: datetime) -> bool:
    """Let a person follow something no longer; return whether they did. The thing may be hidden."""
    return bool(
        rows_changed(
            update(Subscription)
            .where(*_of(user_id, target), Subscription.ended_at.is_(None))
            .values(ended_at=now)
        )
    )


def stop_one(*, user_id: int, subscription_id: int, now: datetime) -> None:
    """The same for a row of the person's list. Raises NotFound when it is not theirs."""
    found = rows_changed(
        update(Subscription)
        .where(Subscription.id == subscription_id, Subscription.user_id == user_id)
        .values(ended_at=now)
    )
    if not found:
        raise NotFound("")


def stop_all(*, user_id: int, now: datetime) -> None:
    """Let a person follow nothing any more."""
    db.session.execute(
        update(Subscription)
        .where(Subscription.user_id == user_id, Subscription.ended_at.is_(None))
        .values(ended_at=now)
    )


def follow_own(*, contribution_id: int, now: datetime) -> None:
    """Let the author of an idea follow it, and the author of a comment its idea where they chose
    so; whoever stopped following it once is left alone. May be repeated."""
    row = db.session.execute(
        select(
            Contribution.kind,
            Contribution.dialogue_id,
            Contribution.idea_id,
            Participant.user_id,
            MailChoice.follow_commented,
        )
        .join(Participant, Participant.id == Contribution.participant_id)
        .outerjoin(MailChoice, MailChoice.user_id == Participant.user_id)
        .where(Contribution.id == contribution_id)
    ).first()
    if row is None or row.user_id is None:
        return
    if row.kind == Kind.IDEA:
        begin(user_id=row.user_id, target=Target(row.dialogue_id, contribution_id), now=now)
    elif row.follow_commented:
        begin(user_id=row.user_id, target=Target(row.dialogue_id, row.idea_id), now=now)


def begin(*, user_id: int, target: Target, now: datetime) -> bool:
    """Let a person follow something unless they do, or did once and stopped; return whether they
    begin now. For what follows from an act of theirs; `follow` is the act itself."""
    insert = sqlite.insert if dialect() == "sqlite" else postgresql.insert
    made = db.session.scalar(
        insert(Subscription)
        .values(
            user_id=user_id,
            dialogue_id=target.dialogue_id,
            idea_id=target.idea_id,
            topic_id=target.topic_id,
            created_at=now,
        )
        .on_conflict_do_nothing()
        .returning(Subscription.id)
    )
    return made is not None


def carry_over(*, idea_id: int, target: Target, now: datetime) -> None:
    """Let everybody who follows an idea follow another thing too, unless they did once and stopped.
    In one statement, however many they are."""
    insert = sqlite.insert if dialect() == "sqlite" else postgresql.insert
    theirs = select(
        Subscription.user_id,
        literal(target.dialogue_id),
        literal(target.idea_id, Integer),
        literal(now, UtcDateTime),
    ).where(Subscription.idea_id == idea_id, Subscription.ended_at.is_(None))
    names = ["user_id", "dialogue_id", "idea_id", "created_at"]
    db.session.execute(insert(Subscription).from_select(names, theirs).on_conflict_do_nothing())


def _must_be_there(target: Target) -> None:
    found: object = True
    if target.idea_id is not None:
        found = db.session.scalar(
            select(Contribution.id).where(
                Contribution.id == target.idea_id,
                Contribution.dialogue_id == target.dialogue_id,
                Contribution.kind == Kind.IDEA,
                is_listed(),
            )
        )
    elif target.topic_id is not None:
        found = db.session.scalar(
            select(DialogueTopic.id).where(
                DialogueTopic.id == target.topic_id,
                DialogueTopic.dialogue_id == target.dialogue_id,
            )
        )
    if found is None:
        raise NotFound("")


def _of(user_id: int, target: Target) -> tuple[ColumnElement[bool], ...]:
    return (
        Subscription.user_id == user_id,
        Subscription.dialogue_id == target.dialogue_id,
        Subscription.idea_id == target.idea_id
        if target.idea_id is not None
        else Subscription.idea_id.is_(None),
        Subscription.topic_id == target.topic_id
        if target.topic_id is not None
        else Subscription.topic_id.is_(None),
    )
