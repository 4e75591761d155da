"""Workers that are killed while they make reports: every report ends, none is half there.

The drill `worker_kill` does the same at every step, over and over.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from random import Random

from dialogue.dialogues.queries import dialogue_by_slug
from dialogue.kernel import clock
from dialogue.kernel.db import db, transaction
from dialogue.reports.commands import making as commands
from dialogue.reports.folder import files_folder
from dialogue.reports.models import Report, ReportState
from dialogue.reports.render.kinds import FORMATS
from dialogue.reports.steps import Step
from tests.parts.run import wait_until
from tests.parts.site import ROOT, TOOLS, Site
from tests.reports.conversation import hold

PEOPLE, IDEAS = 400, 24
KILLED_AT = (Step.GROUPING_VOTES, Step.MAKING_FILES)


def large() -> list[str]:
    """Enough votes that every step takes a moment."""
    chance = Random(5)
    views = ("a" * 12 + "d" * 12, "d" * 12 + "a" * 12)
    return [
        "".join(chance.choice("adp-") if chance.random() < 0.3 else c for c in views[n % 2])
        for n in range(PEOPLE)
    ]


def test_killed_on_the_way_every_report_is_finished_by_another_worker(
    install: Callable[..., Site], inside: Callable[[Site], AbstractContextManager[None]]
) -> None:
    site = install(DIALOGUE_LEASE_SECONDS="4", DIALOGUE_RESEND_SECONDS="2")
    people = large()
    reports = {}
    with inside(site):
        for step in KILLED_AT:
            hold(f"step-{int(step)}", people, [f"Idea number {n}" for n in range(IDEAS)])
        for step in KILLED_AT:
            site.start_worker("--pool", "prefork", "--concurrency", "1", name=f"worker-{step}")
            with transaction():
                dialogue = dialogue_by_slug(f"step-{int(step)}")
                assert dialogue is not None
                reports[step] = commands.request_report(
                    dialogue=dialogue, actor_id=None, now=clock.now()
                ).id
            reached = partial(has_reached, reports[step], step)
            wait_until(reached, 60, f"Step {int(step)}")
            site.kill(f"worker-{step}")
        site.start_worker(name="last")
        deadline = time.monotonic() + 90
        while not all_ended(list(reports.values())) and time.monotonic() < deadline:
            sweep(site)
            time.sleep(3)
        for report_id in reports.values():
            report = db.session.get_one(Report, report_id, populate_existing=True)
            assert report.state == ReportState.DONE, (report.state, report.step, report.reason)
            assert {file.format for file in report.files} == set(FORMATS)
            for file in report.files:
                assert (files_folder() / file.path).stat().st_size == file.size
            attempts = files_folder() / "reports" / str(report_id)
            assert len(list(attempts.iterdir())) == 1
        assert not list(files_folder().rglob(".part-*"))


def has_reached(report_id: int, step: Step) -> bool:
    db.session.commit()
    report = db.session.get_one(Report, report_id, populate_existing=True)
    return report.step >= step or report.ended


def all_ended(reports: list[int]) -> bool:
    db.session.commit()
    return all(
        db.session.get_one(Report, report, populate_existing=True).ended for report in reports
    )


def sweep(site: Site) -> None:
    """What the scheduler does every thirty seconds, a little sooner."""
    subprocess.run(
        [str(TOOLS / "celery"), "-A", "worker", "call", "reports.sweep"],
        cwd=ROOT,
        env=site.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    )
