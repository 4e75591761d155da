"""Work of accounts in the background; each is safe to repeat."""

from __future__ import annotations

from celery import shared_task

from dialogue.accounts import job


@shared_task(name="accounts.make_copy")
def make_copy(copy_id: int) -> bool:
    """Make a copy of everything held about a person."""
    return job.make_copy(copy_id)


@shared_task(name="accounts.erase")
def erase(departure_id: int) -> bool:
    """Erase what is held about a person who has left."""
    return job.erase(departure_id)


@shared_task(name="accounts.sweep")
def sweep() -> None:
    """Go on with what a worker left behind; remove old copies."""
    job.sweep()
