"""Work of the search in the background."""

from __future__ import annotations

from celery import shared_task

from dialogue.search import documents


@shared_task(name="search.forget_traces")
def forget_traces(**_: object) -> None:
    """Let index and files forget words that were hidden or erased."""
    documents.forget_traces()
