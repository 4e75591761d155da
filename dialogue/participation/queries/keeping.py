"""Votes given on an earlier wording of an idea: their voters are asked once if they keep them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, func, select
from sqlalchemy.orm import aliased

from dialogue.kernel.db import db
from dialogue.participation.models import (
    Contribution,
    Participant,
    Revision,
    Vote,
    VoteWording,
)
from dialogue.participation.queries.visibility import is_listed


@dataclass(frozen=True)
class StandingVote:
    """A person's choice on an idea; `asked_about`: the number of the wording that they have not
    said anything about, None when the idea was not edited since they voted."""

    choice: str
    asked_about: int | None


@dataclass(frozen=True)
class AskedVote:
    """A vote about which its person is asked."""

    dialogue_id: int
    idea_id: int
    slug: str
    title: str
    choice: str
    asked_about: int


def vote_on(idea_ids: Sequence[int], participant_id: int | None) -> StandingVote | None:
    """Return how a person voted on an idea, and whether they are asked if they keep it.

    `idea_ids`: the idea, and those that were merged into it: the newest vote counts, and nobody is
    asked about one that was given elsewhere.
    """
    if participant_id is None:
        return None
    row = db.session.execute(
        _vote_on(), {"ideas": idea_ids, "read": idea_ids[0], "participant": participant_id}
    ).first()
    return StandingVote(*row) if row else None


@cache
def _vote_on() -> Select[*tuple[Any, ...]]:
    is_read = Vote.idea_id == bindparam("read")
    return (
        _votes(Vote.choice, case((and_(is_read, _is_asked()), _PUBLIC.number)))
        .where(
            Vote.idea_id.in_(bindparam("ideas", expanding=True)),
            Vote.participant_id == bindparam("participant"),
        )
        .order_by(Vote.at.desc(), is_read.desc())
        .limit(1)
    )


def asked_of(user_id: int, limit: int = 20) -> Sequence[AskedVote]:
    """Return the votes about which a person is asked, in every dialogue, the latest edit first."""
    columns = (
        Contribution.dialogue_id,
        Contribution.id,
        Contribution.slug,
        Contribution.title,
        Vote.choice,
        _PUBLIC.number,
    )
    rows = db.session.execute(
        _votes(*columns)
        .join(Participant, Participant.id == Vote.participant_id)
        .where(Participant.user_id == user_id, is_listed(), _is_asked())
        .order_by(Contribution.edited_at.desc(), Contribution.id)
        .limit(limit)
    )
    return [AskedVote(*row) for row in rows]


def _votes(*columns: Any) -> Select[*tuple[Any, ...]]:
    """Votes with the wording that is public and, where one is noted, the wording they are about."""
    return (
        select(*columns)
        .join(Contribution, Contribution.id == Vote.idea_id)
        .outerjoin(_PUBLIC, _PUBLIC.id == Contribution.published_revision_id)
        .outerjoin(
            VoteWording,
            and_(
                VoteWording.idea_id == Vote.idea_id,
                VoteWording.participant_id == Vote.participant_id,
            ),
        )
        .outerjoin(_NOTED, _NOTED.id == VoteWording.revision_id)
    )


def _is_asked() -> ColumnElement[bool]:
    """Older than the public wording, and not kept since. Hiding words renews no wording's time, and
    an undone edit has none: neither asks anybody."""
    about = func.coalesce(_NOTED.published_at, Vote.at)
    condition: ColumnElement[bool] = and_(
        Contribution.edited_at.is_not(None),
        Vote.participant_id != Contribution.participant_id,
        Vote.at < _PUBLIC.published_at,
        about < _PUBLIC.published_at,
    )
    return condition


_PUBLIC, _NOTED = aliased(Revision), aliased(Revision)
