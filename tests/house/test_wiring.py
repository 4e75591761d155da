"""Every name in the wiring stands for something: tasks that exist, events that are published."""

import ast
import dataclasses
import json
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
    return set(signatures_of(tmp_path_factory))


def signatures_of(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[list[str]]]:
    """Of each task: its parameters' names, kinds and whether they may be left out."""
    script = (
        "import worker, json, inspect; worker.celery.loader.import_default_modules(); "
        "print(json.dumps({name: [[p.name, p.kind.name, p.default is p.empty] for p in "
        "inspect.signature(task.run).parameters.values()] "
        "for name, task in worker.celery.tasks.items() if not name.startswith('celery.')}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=os.environ | {"DIALOGUE_INSTANCE": str(tmp_path_factory.mktemp("wiring"))},
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, list[list[str]]] = json.loads(done.stdout)
    return found


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

    def test_take_what_their_events_hold(self, tmp_path_factory: pytest.TempPathFactory) -> None:
        signatures = signatures_of(tmp_path_factory)
        for event, reactions in wiring.REACTIONS.items():
            given = {field.name for field in dataclasses.fields(event)}
            for task in reactions:
                named = {name for name, kind, _ in signatures[task] if kind != "VAR_KEYWORD"}
                takes_any = any(kind == "VAR_KEYWORD" for _, kind, _ in signatures[task])
                needed = {name for name, kind, must in signatures[task] if must} & named
                assert needed <= given, (event.__name__, task)
                assert takes_any or given <= named, (event.__name__, task)


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
