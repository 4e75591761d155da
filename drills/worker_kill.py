"""The worker is killed (SIGKILL) at each step of a report, the child and the whole group in turn.

Promised: another worker finishes the report soon after the lease has run out, once, and leaves
nothing half-written.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from dialogue.kernel.db import db
from dialogue.reports import job
from dialogue.reports.models import Report, ReportState
from dialogue.reports.steps import Step
from drills import figures, reckoning
from drills.figures import Figure
from drills.killer import WORKER, descendants
from drills.world import SLUG, World, planted
from tests.parts import run

LEASE = 3  # seconds
STEPS = [step for step in Step if step is not Step.WAITING]


def drill() -> list[Figure]:
    found: list[Figure] = []
    with ready() as world:
        for place, step in enumerate(STEPS):
            began = time.monotonic()
            report = kill_at(world, step, whole_group=bool(place % 2))
            name = step.name.lower().replace("_", " ")
            found += [
                figures.equal(f"{name}: the report", report.state, ReportState.DONE),
                figures.equal(f"{name}: attempts", report.attempts, 2),
                figures.at_most(f"{name}: seconds", time.monotonic() - began, LEASE + 60),
            ]
        reckoning.settle(world, 60)
        reckoning.remove_leftovers(world)
        return [*found, *reckoning.reports(world), *reckoning.files(world)]


@contextmanager
def ready() -> Iterator[World]:
    """A world with a web server, whose leases are short."""
    with planted(DIALOGUE_LEASE_SECONDS=str(LEASE), DIALOGUE_RESEND_SECONDS="2") as world:
        world.site.start_web()
        yield world


def kill_at(world: World, step: Step, *, whole_group: bool) -> Report:
    """Ask for a report, kill the worker when it is at `step`, start another; return the report
    when it has ended."""
    site = world.site
    if "worker" not in site.processes:
        site.start_worker(*WORKER)
    (officer,) = world.people(1, "officer")
    page = f"/agency/d/{SLUG}/reports/new"
    with world.signed_in(officer) as person:
        answer = person.send(person.form(page, action=page))
    report_id = int(answer.headers["location"].rsplit("/", 1)[1])
    _wait_for(world, report_id, lambda report: report.step >= step or report.ended, every=0.01)
    if whole_group:
        site.kill("worker")
        site.start_worker(*WORKER)
    else:
        for child in list(descendants(site.processes["worker"].pid)):
            os.kill(child, signal.SIGKILL)
    time.sleep(LEASE)
    with world.app.app_context():
        job.sweep()  # the schedule does it every half minute
    return _wait_for(world, report_id, lambda report: report.ended, every=0.1)


def _wait_for(
    world: World, report_id: int, ready: Callable[[Report], bool], *, every: float
) -> Report:
    """The report as soon as it is so."""
    found: list[Report] = []

    def look() -> bool:
        with world.app.app_context():
            found[:] = [db.session.get_one(Report, report_id)]
        return ready(found[0])

    log = world.site.log("worker")
    run.wait_until(look, 90, f"Report {report_id} came so far", log, every=every)
    return found[0]


if __name__ == "__main__":
    figures.main(drill)
