"""Every name in the wiring stands for something: tasks that exist, events that are published."""

import ast
import os
import subprocess
import sys

import pytest

from dialogue import wiring
from dialogue.jobs.schedule import SCHEDULE
from tests.house.rules import ROOT, python_files


@pytest.fixture(scope="module")
def tasks(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """What a worker knows, asked in a process of its own: Celery keeps its application for good."""
    script = (
        "import worker; worker.celery.loader.import_default_modules(); print(*worker.celery.tasks)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=os.environ | {"DIALOGUE_INSTANCE": str(tmp_path_factory.mktemp("wiring"))},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


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
