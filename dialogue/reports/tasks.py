"""Report work in the background; each is safe to repeat."""

from __future__ import annotations

from celery import shared_task

from dialogue.reports import job


@shared_task(name="reports.build")
def build(report_id: int) -> bool:
    """Make a report, unless somebody else does or did."""
    return job.run(report_id)


@shared_task(name="reports.sweep")
def sweep() -> tuple[int, int]:
    """Look after reports whose worker went silent."""
    return job.sweep()
