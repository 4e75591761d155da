"""A worker killed in the middle of its work costs nothing; `make drills` does it at every step."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest
from sqlalchemy import update

from dialogue.kernel import clock
from dialogue.kernel.db import db, transaction
from dialogue.kernel.outbox import OutboxDelivery
from dialogue.reports.models import ReportState
from dialogue.reports.steps import Step
from drills import reckoning, worker_kill
from drills.crowd import Crowd
from drills.killer import WORKER, descendants
from drills.world import World
from tests.parts import run


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with worker_kill.ready() as made:
        # What planting the demonstration set off, a thousand small things, is not in question.
        with made.app.app_context(), transaction():
            db.session.execute(update(OutboxDelivery).values(done_at=clock.now()))
        made.site.start_worker(*WORKER)
        yield made


class TestAReportWhoseWorkerIsKilled:
    @pytest.mark.parametrize(
        ("step", "whole_group"), [(Step.COUNTING, False), (Step.MAKING_FILES, True)]
    )
    def test_is_finished_by_another(self, world: World, step: Step, whole_group: bool) -> None:
        report = worker_kill.kill_at(world, step, whole_group=whole_group)
        assert (report.state, report.attempts) == (ReportState.DONE, 2)
        found = reckoning.reports(world) + reckoning.files(world)
        assert [figure for figure in found if not figure.holds] == []


class TestAnIdleProcessOfTheWorker:
    def test_is_replaced_by_one_that_works(self, world: World) -> None:
        for child in list(descendants(world.site.processes["worker"].pid)):
            os.kill(child, signal.SIGKILL)
        crowd = Crowd(world, world.people(1))
        crowd.begin()
        run.wait_until(lambda: len(crowd.ledger.acknowledged) > 2, 30, "Somebody wrote")
        crowd.end()
        reckoning.settle(world, 60)
