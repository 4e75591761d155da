"""The base of every task: in whose application its work is done."""

from __future__ import annotations

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
