"""Arranging a public idea: under which topic it stands, whether it takes comments and votes."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import update

from dialogue.dialogues.models import Dialogue, DialogueTopic
from dialogue.kernel.db import db
from dialogue.kernel.errors import Conflict, FieldErrors
from dialogue.kernel.outbox import publish
from dialogue.participation.commands import publication
from dialogue.participation.events import IdeaMoved
from dialogue.participation.lifecycle import STATE_NAMES, State
from dialogue.participation.models import Contribution

_COLUMNS = {"comments": "comments_closed_at", "idea": "locked_at"}


def move(*, idea_id: int, topic_id: int | None, now: datetime) -> None:
    """Put an idea under another topic of its dialogue, or under none. Publishes IdeaMoved.

    Raises FieldErrors (`topic`: not one of its dialogue), Conflict (withdrawn, merged, in the bin).
    """
    idea = _standing(idea_id)
    topic = db.session.get(DialogueTopic, topic_id) if topic_id is not None else None
    if topic_id is not None and (topic is None or topic.dialogue_id != idea.dialogue_id):
        raise FieldErrors({"topic": _("Choose a topic of this dialogue.")})
    if idea.listed:
        _count(idea.topic_id, -1)
        _count(topic_id, 1)
    idea.topic_id = topic_id
    _changed(idea)
    publish(IdeaMoved(idea.id, topic_id))


def close(*, idea_id: int, what: str, closed: bool, now: datetime) -> None:
    """Close or open the comments of an idea (`what`: "comments"), or lock it whole ("idea"): no
    votes, comments or edits. Raises Conflict when it stands so already, or is gone."""
    idea = _standing(idea_id)
    column = _COLUMNS[what]
    if (getattr(idea, column) is not None) == closed:
        raise Conflict(_("This was done already."))
    setattr(idea, column, now if closed else None)
    _changed(idea)


def _standing(idea_id: int) -> Contribution:
    idea = publication.locked(idea_id)
    if idea.state in (State.WITHDRAWN, State.MERGED, State.BINNED):
        raise Conflict(
            _(
                "This is now “%(state)s”, so that cannot be done any more.",
                state=STATE_NAMES[State(idea.state)],
            )
        )
    return idea


def _changed(idea: Contribution) -> None:
    idea.version += 1
    db.session.flush()
    db.session.execute(
        update(Dialogue).where(Dialogue.id == idea.dialogue_id).values(version=Dialogue.version + 1)
    )


def _count(topic_id: int | None, sign: int) -> None:
    if topic_id is not None:
        db.session.execute(
            update(DialogueTopic)
            .where(DialogueTopic.id == topic_id)
            .values(ideas_published=DialogueTopic.ideas_published + sign)
        )
