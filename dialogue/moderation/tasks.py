"""Reactions and periodic work of moderation: screen what was submitted, keep the queue whole."""

from __future__ import annotations

from celery import shared_task

from dialogue.kernel import clock
from dialogue.kernel.db import transaction
from dialogue.moderation import looking
from dialogue.moderation.commands import queue
from dialogue.moderation.queries.waiting import unscreened

SCREENED_AT_ONCE = 200  # by one round of the sweep


@shared_task(name="moderation.screen")
def screen(contribution_id: int, revision_id: int) -> None:
    """Put a submitted wording into the queue with what screening finds in it."""
    _screen(contribution_id, revision_id)


@shared_task(name="moderation.sweep")
def sweep() -> None:
    """Make the items that are missing, close those that are settled, screen what was not."""
    now = clock.now()
    with transaction():
        queue.ensure_items(scope=None)
        queue.close_settled(now=now)
    for contribution_id, revision_id in unscreened(SCREENED_AT_ONCE):
        _screen(contribution_id, revision_id)


def _screen(contribution_id: int, revision_id: int) -> None:
    findings = looking.findings(revision_id)
    if findings is None:
        return
    with transaction():
        queue.record_findings(
            contribution_id=contribution_id,
            revision_id=revision_id,
            findings=findings,
            now=clock.now(),
        )
