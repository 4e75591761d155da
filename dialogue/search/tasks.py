"""Work of the search in the background."""

from __future__ import annotations

from celery import shared_task

from dialogue.kernel.db import transaction
from dialogue.search import documents


@shared_task(name="search.forget_traces")
def forget_traces(**_: object) -> None:
    """Let the index forget words that were hidden or erased."""
    with transaction():
        documents.forget_traces()
