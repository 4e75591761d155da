"""A person's own votes, newest first, whatever became of the ideas since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row, select, tuple_

from dialogue.kernel import paging
from dialogue.kernel.db import db
from dialogue.kernel.paging import Page
from dialogue.participation.models import Contribution, Participant, Vote

PAGE = 25
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class OwnVote:
    """A vote as its person sees it. Of an idea that is not public now, only how it stands."""

    dialogue_id: int
    idea_id: int
    slug: str
    title: str
    language: str
    state: str
    listed: bool
    merged_into_id: int | None
    agree: int
    disagree: int
    passed: int
    choice: str
    at: datetime


def votes_of(
    *, user_id: int, dialogue_id: int | None = None, after: str = "", size: int = PAGE
) -> Page[OwnVote]:
    """Return one page of a person's votes, in one dialogue or in all.

    Title and slug are empty where the public cannot read the idea.
    """
    query = (
        select(
            Contribution.dialogue_id,
            Contribution.id,
            Contribution.slug,
            Contribution.title,
            Contribution.language,
            Contribution.state,
            Contribution.listed,
            Contribution.merged_into_id,
            Contribution.agree,
            Contribution.disagree,
            Contribution.passed,
            Vote.choice,
            Vote.at,
        )
        .join(Vote, Vote.idea_id == Contribution.id)
        .join(Participant, Participant.id == Vote.participant_id)
        .where(Participant.user_id == user_id)
        .order_by(Vote.at.desc(), Contribution.id.desc())
        .limit(size + 1)
    )
    if dialogue_id is not None:
        query = query.where(Participant.dialogue_id == dialogue_id)
    cursor = paging.decode(after, (int, int))
    if cursor is not None:
        query = query.where(
            tuple_(Vote.at, Contribution.id) < tuple_(_moment(int(cursor[0])), int(cursor[1]))
        )
    found = db.session.execute(query).all()
    rows = [_own(row) for row in found[:size]]
    older = None
    if len(found) > size:
        older = paging.encode((rows[-1].at - _EPOCH) // _MICROSECOND, rows[-1].idea_id)
    return Page(rows=rows, older=older)


def _own(row: Row[*tuple[Any, ...]]) -> OwnVote:
    return OwnVote(*row)


def _moment(microseconds: int) -> datetime:
    try:
        return _EPOCH + microseconds * _MICROSECOND
    except OverflowError:
        return _EPOCH
