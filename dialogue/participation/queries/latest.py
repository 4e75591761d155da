"""The newest public ideas and comments, as feeds tell of them: words and days, no counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select

from dialogue.kernel.db import db
from dialogue.participation.models import Contribution, Kind, Participant
from dialogue.participation.queries.visibility import is_listed

LATEST = 50


@dataclass(frozen=True)
class Latest:
    """A public idea or comment; a comment has no title of its own."""

    id: int
    title: str
    slug: str
    excerpt: str
    author: str
    topic_id: int | None
    language: str
    published_at: datetime  # what is listed has one
    edited_at: datetime | None


_COLUMNS = (
    Contribution.id,
    Contribution.title,
    Contribution.slug,
    Contribution.excerpt,
    Participant.public_name,
    Contribution.topic_id,
    Contribution.language,
    Contribution.published_at,
    Contribution.edited_at,
)


def latest_ideas(dialogue_id: int) -> Sequence[Latest]:
    """Return the newest public ideas of a dialogue."""
    query = (
        select(*_COLUMNS)
        .join(Participant, Participant.id == Contribution.participant_id)
        .where(Contribution.dialogue_id == dialogue_id, Contribution.kind == Kind.IDEA, is_listed())
        .order_by(Contribution.published_at.desc(), Contribution.id.desc())
        .limit(LATEST)
    )
    return _read(query)


def latest_comments(idea_id: int) -> Sequence[Latest]:
    """Return the newest public comments of an idea that the caller has found to be public."""
    query = (
        select(*_COLUMNS)
        .join(Participant, Participant.id == Contribution.participant_id)
        .where(Contribution.idea_id == idea_id, is_listed())
        .order_by(Contribution.id.desc())
        .limit(LATEST)
    )
    return _read(query)


def _read(query: Select[*tuple[Any, ...]]) -> list[Latest]:
    return [Latest(*row) for row in db.session.execute(query)]
