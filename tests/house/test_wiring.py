"""Every name in the wiring stands for something: tasks that exist, events that are published."""

import ast

import pytest
from flask import Flask

from dialogue import wiring
from dialogue.jobs.celery import make_celery
from dialogue.jobs.schedule import SCHEDULE
from tests.house.rules import python_files

pytestmark = pytest.mark.sqlite_only


@pytest.fixture
def tasks(app: Flask) -> set[str]:
    celery = make_celery(app)
    celery.loader.import_default_modules()
    return set(celery.tasks)


class TestTasks:
    def test_of_every_event_exist(self, tasks: set[str]) -> None:
        named = {task for reaction in wiring.REACTIONS.values() for task in reaction}
        assert named
        assert named - tasks == set()

    def test_of_the_schedule_exist(self, tasks: set[str]) -> None:
        assert {str(entry["task"]) for entry in SCHEDULE.values()} - tasks == set()

    def test_of_ours_are_all_set_off_by_something(self, tasks: set[str]) -> None:
        ours = {task for task in tasks if not task.startswith("celery.")}
        named = {task for reaction in wiring.REACTIONS.values() for task in reaction}
        assert ours - named - {str(entry["task"]) for entry in SCHEDULE.values()} == set()


class TestEvents:
    def test_that_are_published_are_all_wired(self) -> None:
        published = set()
        for file in python_files("dialogue"):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if (
                    isinstance(node, ast.Call)
                    and ast.unparse(node.func).split(".")[-1] == "publish"
                ):
                    event = node.args[0]
                    if isinstance(event, ast.Call):
                        published.add(ast.unparse(event.func).split(".")[-1])
        assert published
        assert published - {event.__name__ for event in wiring.REACTIONS} == set()
