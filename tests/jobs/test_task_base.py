"""The base of every task: in whose application its work is done."""

from __future__ import annotations

from pathlib import Path

import pytest
from celery import shared_task
from flask import Flask, current_app

from config import Config
from dialogue.app import create_app
from dialogue.jobs.celery import make_celery


@shared_task(name="tests.where")
def where() -> str:
    return str(current_app.config["INSTANCE"])


@pytest.mark.sqlite_only
class TestTheWorker:
    def test_has_a_process_that_no_report_takes(self, app: Flask, tmp_path: Path) -> None:
        many = Config.for_tests(instance=tmp_path, REPORTS_AT_ONCE=2, REPORT_HELPERS=60)
        assert make_celery(create_app(many)).conf.worker_concurrency == 2 * 61 + 1
        assert make_celery(app).conf.worker_concurrency >= 3


@pytest.mark.sqlite_only
class TestTaskBase:
    def test_works_in_the_application_of_the_worker(self, app: Flask) -> None:
        make_celery(app)
        assert where() == str(app.config["INSTANCE"])

    def test_works_in_the_application_that_its_caller_stands_in(
        self, app: Flask, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        other = create_app(Config.for_tests(instance=tmp_path_factory.mktemp("other")))
        make_celery(other)
        with app.app_context():
            assert where() == str(app.config["INSTANCE"])
