"""Ideas one at a time, for voting: those that a person has not answered yet, seldom seen ones
first."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Integer, Row, Select, bindparam, func, select, tuple_
from sqlalchemy.orm import aliased

from dialogue.kernel import paging
from dialogue.kernel.db import db
from dialogue.participation.models import Contribution, Kind, Participant, Vote
from dialogue.participation.queries.ideas import place_in_mix
from dialogue.participation.queries.visibility import is_listed

WINDOW = 20  # ideas at the front of the fair mix, from which the next one is taken


@dataclass(frozen=True)
class Card:
    """One idea, whole, and the place from which the one after it is looked for."""

    id: int
    slug: str
    title: str
    fragment: str
    topic_id: int | None
    author: str
    language: str
    comments: int
    cursor: str


def next_card(*, dialogue_id: int, participant_id: int | None, after: str = "") -> Card | None:
    """Return an idea that this person has not voted on; None when there is none (behind `after`).

    The fair mix stands seldom-voted ideas in front already; of its next few, one of the less
    voted half is taken. Which one depends on the person, so that many who come at the same
    moment do not all get the same idea, and so that the order tells nobody the counts.
    """
    cursor = paging.decode(after, (int,))
    values = {
        "dialogue": dialogue_id,
        "participant": participant_id,
        "last": paging.within_numbers(cursor[0]) if cursor else None,
    }
    statement = _unanswered(participant_id is not None, cursor is not None)
    rows: list[Row[*tuple[Any, ...]]] = list(db.session.execute(statement, values))
    if not rows:
        return None
    chosen = min(_less_voted_half(rows), key=lambda row: _lot(participant_id, row.id))
    return Card(
        id=chosen.id,
        slug=chosen.slug,
        title=chosen.title,
        fragment=chosen.fragment,
        topic_id=chosen.topic_id,
        author=chosen.public_name,
        language=chosen.language,
        comments=chosen.comments,
        cursor=paging.encode(chosen.id),
    )


@cache
def _unanswered(by_somebody: bool, continued: bool) -> Select[*tuple[Any, ...]]:
    query = (
        select(
            Contribution.id,
            Contribution.slug,
            Contribution.title,
            Contribution.fragment,
            Contribution.topic_id,
            Participant.public_name,
            Contribution.language,
            Contribution.comments,
            (Contribution.agree + Contribution.disagree + Contribution.passed).label("votes"),
        )
        .join(Participant, Participant.id == Contribution.participant_id)
        .where(
            Contribution.dialogue_id == bindparam("dialogue"),
            Contribution.kind == Kind.IDEA,
            Contribution.locked_at.is_(None),
            is_listed(),
        )
        .order_by(Contribution.mix_key.desc(), Contribution.id.desc())
        .limit(WINDOW)
    )
    if by_somebody:
        query = query.where(Contribution.id.not_in(_voted_on()))
    if continued:
        place = tuple_(Contribution.mix_key, Contribution.id)
        query = query.where(place < tuple_(place_in_mix(), bindparam("last", type_=Integer)))
    return query


def answered(*, dialogue_id: int, participant_id: int | None) -> int:
    """Return on how many public ideas of a dialogue a person has voted."""
    if participant_id is None:
        return 0
    values = {"dialogue": dialogue_id, "participant": participant_id}
    return db.session.scalar(_answered(), values) or 0


@cache
def _answered() -> Select[int]:
    return select(func.count()).where(
        Contribution.dialogue_id == bindparam("dialogue"),
        Contribution.id.in_(_voted_on()),
        is_listed(),
    )


def _voted_on() -> Select[int]:
    """The ideas on which the votes of the statement's `participant` count: those on a merged idea
    count where it lives on."""
    idea = aliased(Contribution)
    return (
        select(func.coalesce(idea.merged_into_id, idea.id))
        .join(Vote, Vote.idea_id == idea.id)
        .where(Vote.participant_id == bindparam("participant"))
    )


def _less_voted_half(rows: list[Row[*tuple[Any, ...]]]) -> list[Row[*tuple[Any, ...]]]:
    by_votes = sorted(rows, key=lambda row: row.votes)
    return by_votes[: (len(rows) + 1) // 2]


def _lot(participant_id: int | None, idea_id: int) -> bytes:
    return hashlib.sha256(f"{participant_id}:{idea_id}".encode()).digest()
