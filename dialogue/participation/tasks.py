"""Work of participation in the background."""

from __future__ import annotations

from celery import shared_task

from dialogue.kernel import clock
from dialogue.kernel.db import transaction
from dialogue.participation.commands import idea_words, mixing, neighbours, redacting


@shared_task(name="participation.renew_mix")
def renew_mix() -> int:
    """Move the fair mix of every open dialogue on; return how many ideas moved."""
    return mixing.renew_mix(now=clock.now())


@shared_task(name="participation.add_words")
def add_words(dialogue_id: int | None = None) -> int:
    """Make ideas findable by their words that are not yet, then find what words mean."""
    added = idea_words.add_missing(dialogue_id=dialogue_id)
    if added:
        neighbours.renew(now=clock.now())
    return added


@shared_task(name="participation.renew_neighbours")
def renew_neighbours(**_: object) -> bool:
    """Find which words may stand for which, when what the public reads has changed."""
    return neighbours.renew(now=clock.now())


@shared_task(name="participation.purge_originals")
def purge_originals() -> int:
    """Destroy the originals of hidden words whose time has come; return how many."""
    with transaction():
        return len(redacting.purge(now=clock.now()))
