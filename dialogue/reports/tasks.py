"""Report work in the background; each is safe to repeat."""

from __future__ import annotations

from celery import shared_task

from dialogue.kernel import clock
from dialogue.kernel.db import transaction
from dialogue.reports import job, renewing
from dialogue.reports.commands import weekly


@shared_task(name="reports.build")
def build(report_id: int) -> bool:
    """Make a report, unless somebody else does or did."""
    return job.run(report_id)


@shared_task(name="reports.help_out")
def help_out(report_id: int) -> int:
    """Carry out parts of a report that another worker makes, for a little while."""
    return job.help_out(report_id)


@shared_task(name="reports.sweep")
def sweep() -> tuple[int, int]:
    """Look after reports whose worker went silent."""
    return job.sweep()


@shared_task(name="reports.renew")
def renew(report_id: int) -> bool:
    """Bring the files of a report up to date."""
    return renewing.renew(report_id)


@shared_task(name="reports.renew_quoting")
def renew_quoting(contribution_id: int, **_others: object) -> int:
    """Write new editions of the reports that quote what is not public any more."""
    return renewing.renew_quoting(contribution_id)


@shared_task(name="reports.sweep_editions")
def sweep_editions() -> int:
    """Renew what is behind (belt and braces for the outbox)."""
    return renewing.sweep()


@shared_task(name="reports.request_weekly")
def request_weekly() -> int:
    """Ask for the weekly reports whose time has come."""
    with transaction():
        return weekly.request_due(now=clock.now())
