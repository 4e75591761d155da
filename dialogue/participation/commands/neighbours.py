"""Finds which words may stand for which, from what the public wrote. Loads numpy: workers only."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, func, insert, select, tuple_

from dialogue.analysis.word_neighbours import nearest_words
from dialogue.dialogues.models import Dialogue
from dialogue.kernel.db import db, transaction
from dialogue.participation.models import (
    Contribution,
    Revision,
    WordNeighbour,
    WordNeighbourRound,
)
from dialogue.participation.queries.visibility import is_listed
from dialogue.participation.similar import words_of

MOST_TEXTS = 20_000  # the newest ones: company enough to tell what a word means
SHORTEST_PAUSE = timedelta(seconds=60)  # between two rounds
_REST = 20  # a round that took a second is followed by twenty without one
_BATCH = 2_000  # rows a transaction: writers wait for no longer than one batch

Pair = tuple[str, str]


def renew(*, now: datetime) -> bool:
    """Find the neighbours anew when what the public reads has changed; False when there was no
    need, or the last round is too short ago (the sweep comes back).

    In batches of its own transactions; safe to repeat, to interrupt and to run twice at once.
    """
    seen = db.session.scalar(select(func.coalesce(func.sum(Dialogue.version), 0))) or 0
    last = db.session.get(WordNeighbourRound, 1, populate_existing=True)
    if last is not None:
        pause = max(SHORTEST_PAUSE, timedelta(seconds=last.seconds * _REST))
        if last.seen == seen or now < last.made_at + pause:
            return False
    began = time.monotonic()
    wanted = {
        (found.word, found.near): round(found.weight * 1000) for found in nearest_words(_texts())
    }
    _write(wanted)
    with transaction():
        db.session.merge(
            WordNeighbourRound(id=1, seen=seen, seconds=time.monotonic() - began, made_at=now)
        )
    return True


def _texts() -> list[list[str]]:
    """Return the words of the newest public texts of dialogues that everybody may read."""
    rows = db.session.execute(
        select(Contribution.title, Revision.plain)
        .join(Revision, Revision.id == Contribution.published_revision_id)
        .join(Dialogue, Dialogue.id == Contribution.dialogue_id)
        .where(is_listed(), Dialogue.private.is_(False))
        .order_by(Contribution.id.desc())
        .limit(MOST_TEXTS)
    )
    return [words_of(f"{row.title}\n{row.plain}") for row in rows]


def _write(wanted: Mapping[Pair, int]) -> None:
    """Make the table hold exactly `wanted`, changing only what differs."""
    stored = {
        (row.word, row.near): row.weight
        for row in db.session.execute(
            select(WordNeighbour.word, WordNeighbour.near, WordNeighbour.weight)
        )
    }
    gone = sorted(pair for pair, weight in stored.items() if wanted.get(pair) != weight)
    fresh = sorted(pair for pair, weight in wanted.items() if stored.get(pair) != weight)
    place = tuple_(WordNeighbour.word, WordNeighbour.near)
    for batch in _batches(gone, 400):
        with transaction():
            db.session.execute(delete(WordNeighbour).where(place.in_(batch)))
    for batch in _batches(fresh, _BATCH):
        rows = [{"word": word, "near": near, "weight": wanted[word, near]} for word, near in batch]
        with transaction():  # of two rounds at once, each may find rows of the other
            db.session.execute(delete(WordNeighbour).where(place.in_(batch)))
            db.session.execute(insert(WordNeighbour), rows)


def _batches(pairs: Sequence[Pair], size: int) -> list[Sequence[Pair]]:
    return [pairs[start : start + size] for start in range(0, len(pairs), size)]
