"""A test run shares its parts, names what is missing, and leaves nothing behind."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.rules import ROOT
from tests.parts import run

A_RUN = """
import os, subprocess, sys, time
from tests.parts import run
folder = run.begin()
run.keep("kept", ["sleep", "600"])
free = subprocess.Popen(["sleep", "601"], start_new_session=True)
run.wait_until(lambda: len(list(folder.glob("*.keeper"))) == 1, 10, "The keeper")
print(folder, free.pid, (folder / "kept.keeper").read_text(), flush=True)
time.sleep(600)
"""


class TestAKilledRun:
    def test_leaves_no_process_and_no_folder(self) -> None:
        started = subprocess.Popen(
            [sys.executable, "-c", A_RUN], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert started.stdout is not None
        with started.stdout as said:
            folder, *pids = said.readline().split()
        assert all(_is_running(pid) for pid in pids)
        started.kill()
        started.wait()
        run.wait_until(lambda: not Path(folder).exists(), 20, "The folder went")
        assert [pid for pid in pids if _is_running(pid)] == []


class TestAMissingPart:
    def test_skips_on_the_machine_of_a_person(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("CI", raising=False)
        with pytest.raises(pytest.skip.Exception, match="A harp is not on this machine"):
            run.missing("A harp")

    def test_fails_where_everything_has_to_be_there(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CI", "true")
        with pytest.raises(pytest.fail.Exception, match="A harp"):
            run.missing("A harp")


class TestOnce:
    def test_starts_a_part_for_the_first_that_asks(self) -> None:
        asked: list[int] = []

        def start() -> dict[str, int]:
            asked.append(1)
            return {"port": os.getpid()}

        name = f"part-of-{os.getpid()}"
        assert run.once(name, start) == run.once(name, start) == {"port": os.getpid()}
        assert len(asked) == 1


def _is_running(pid: str) -> bool:
    state = Path(f"/proc/{pid}/stat")
    return state.exists() and state.read_text().rsplit(")", 1)[1].split()[0] != "Z"
