"""Who follows what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from sqlalchemy import ColumnElement, and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import aliased

from dialogue.dialogues.models import Dialogue, DialogueText, DialogueTopic
from dialogue.kernel.db import db
from dialogue.notifications.models import Subscription
from dialogue.participation.models import Contribution, Participant
from dialogue.participation.queries.visibility import is_listed


@cache
def followers_of_the_idea() -> ColumnElement[int]:
    """How many people follow the idea of the surrounding statement: a column for a page that
    reads the idea anyway."""
    return (
        select(func.count())
        .where(Subscription.idea_id == Contribution.id, Subscription.ended_at.is_(None))
        .correlate(Contribution)
        .scalar_subquery()
    )


@cache
def reader_follows_the_idea() -> ColumnElement[bool]:
    """Whether the person whose id is the statement's `reader` follows the idea of the surrounding
    statement."""
    return (
        exists()
        .where(
            Subscription.idea_id == Contribution.id,
            Subscription.user_id == bindparam("reader"),
            Subscription.ended_at.is_(None),
        )
        .correlate(Contribution)
    )


def follows_idea(user_id: int, idea_id: int) -> bool:
    """Tell whether a person follows an idea."""
    return _holds(Subscription.user_id == user_id, Subscription.idea_id == idea_id)


def followed_in(user_id: int, dialogue_id: int) -> tuple[bool, frozenset[int]]:
    """Tell whether a person follows a dialogue, and which of its topics."""
    rows = db.session.execute(_FOLLOWED, {"user": user_id, "dialogue": dialogue_id})
    topics = {row.topic_id for row in rows}
    return None in topics, frozenset(topics - {None})


_ROWS = Subscription.__table__.c
_FOLLOWED = select(_ROWS.topic_id).where(
    _ROWS.user_id == bindparam("user"),
    _ROWS.dialogue_id == bindparam("dialogue"),
    _ROWS.idea_id.is_(None),
    _ROWS.ended_at.is_(None),
)


@dataclass(frozen=True)
class Followed:
    """Something a person follows, as they see it in their list; the title of an idea that nobody
    can read now is empty."""

    id: int
    dialogue_slug: str
    dialogue_id: int
    idea_id: int | None
    idea_slug: str | None
    title: str | None
    topic: DialogueTopic | None
    name: str


def followed_by(user_id: int, limit: int = 500) -> Sequence[Followed]:
    """Return what a person follows, the newest first."""
    rows = db.session.execute(
        select(
            Subscription.id,
            Dialogue.slug,
            Dialogue.id,
            Subscription.idea_id,
            Contribution.slug,
            Contribution.title,
            DialogueTopic,
            DialogueText.short_name,
        )
        .join(Dialogue, Dialogue.id == Subscription.dialogue_id)
        .join(
            DialogueText,
            and_(
                DialogueText.dialogue_id == Dialogue.id, DialogueText.language == Dialogue.language
            ),
        )
        .outerjoin(Contribution, and_(Contribution.id == Subscription.idea_id, is_listed()))
        .outerjoin(DialogueTopic, DialogueTopic.id == Subscription.topic_id)
        .where(Subscription.user_id == user_id, Subscription.ended_at.is_(None))
        .order_by(Subscription.created_at.desc(), Subscription.id.desc())
        .limit(limit)
    )
    return [Followed(*row) for row in rows]


def concerns_somebody(contribution_id: int) -> bool:
    """Tell whether something new may be news for anybody: it answers a person with an account, or
    somebody follows anything in its dialogue. Most of what is imported or planted is not."""
    answered = aliased(Contribution)
    of_a_person = (
        select(answered.id)
        .join(Participant, Participant.id == answered.participant_id)
        .where(answered.id == Contribution.reply_to_id, Participant.user_id.is_not(None))
        .exists()
    )
    whole = and_(Subscription.idea_id.is_(None), Contribution.idea_id.is_(None))
    followed = (
        select(Subscription.id)
        .where(
            Subscription.dialogue_id == Contribution.dialogue_id,
            Subscription.ended_at.is_(None),
            or_(whole, Subscription.idea_id == Contribution.idea_id),
        )
        .exists()
    )
    found = select(Contribution.id).where(
        Contribution.id == contribution_id, or_(of_a_person, followed)
    )
    return db.session.scalar(found) is not None


def follow_a_new_idea(dialogue_id: int, topic_id: int | None) -> ColumnElement[bool]:
    """The condition on subscriptions that want to hear of a new idea in a dialogue."""
    whole = and_(Subscription.idea_id.is_(None), Subscription.topic_id.is_(None))
    in_topic = Subscription.topic_id == topic_id if topic_id is not None else None
    wanted = whole if in_topic is None else or_(whole, in_topic)
    return and_(Subscription.dialogue_id == dialogue_id, wanted)


def _holds(*conditions: ColumnElement[bool]) -> bool:
    found = select(Subscription.id).where(*conditions, Subscription.ended_at.is_(None)).limit(1)
    return db.session.scalar(found) is not None
