"""The group of programs behind `make run`: all of them run, or none does."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.rules import ROOT
from tests.parts import run

STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)"


class Group:
    """A supervisor in a process of its own, with one program for each script."""

    def __init__(self, folder: Path, *scripts: str, patience: float = 10.0) -> None:
        self.marks = folder
        programs = [
            f"group.start(Program('p{number}', [sys.executable, '-uc', {script!r}]))"
            for number, script in enumerate(scripts)
        ]
        text = "\n".join(
            [
                "import os, sys, supervisor",
                "from pathlib import Path",
                "from supervisor import Program, Supervisor",
                f"supervisor.PATIENCE = {patience}",
                f"group = Supervisor(Path({str(folder)!r}), os.environ)",
                "group.listen_for_signals()",
                *programs,
                "sys.exit(group.run())",
            ]
        )
        self.process = subprocess.Popen(
            [sys.executable, "-c", text],
            env=os.environ | {"PYTHONPATH": str(ROOT / "bin")},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def wait_for_marks(self, number: int) -> list[int]:
        """The process ids that the scripts wrote, once there are that many."""
        run.wait_until(lambda: len(self._marks()) == number, 20, "The programs started")
        return self._marks()

    def _marks(self) -> list[int]:
        return [int(file.name) for file in self.marks.glob("[0-9]*")]

    def end(self) -> tuple[int, str]:
        said, _ = self.process.communicate(timeout=30)
        return self.process.returncode, said


MARK = "import os, time; open(str(os.getpid()), 'w').close(); "


def is_running(pid: int) -> bool:
    state = Path(f"/proc/{pid}/stat")
    return state.exists() and state.read_text().rsplit(")", 1)[1].split()[0] != "Z"


class TestSupervisor:
    def test_puts_the_name_of_the_program_before_its_lines(self, tmp_path: Path) -> None:
        _, said = Group(tmp_path, "print('hello')").end()
        assert "p0        | hello" in said

    def test_ends_all_when_one_ends_by_itself_and_says_so(self, tmp_path: Path) -> None:
        group = Group(
            tmp_path, MARK + "time.sleep(60)", MARK + "time.sleep(0.3); raise SystemExit(3)"
        )
        status, said = group.end()
        assert status == 1
        assert "p1 ended by itself with status 3" in said
        assert [pid for pid in group.wait_for_marks(2) if is_running(pid)] == []

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_ends_all_and_succeeds_when_asked_to_stop(self, tmp_path: Path, number: int) -> None:
        group = Group(tmp_path, MARK + "time.sleep(60)", MARK + "time.sleep(60)")
        pids = group.wait_for_marks(2)
        group.process.send_signal(number)
        assert group.end()[0] == 0
        assert [pid for pid in pids if is_running(pid)] == []

    def test_kills_what_does_not_end_in_time(self, tmp_path: Path) -> None:
        group = Group(tmp_path, STUBBORN + "; " + MARK + "time.sleep(60)", patience=0.3)
        pids = group.wait_for_marks(1)
        group.process.terminate()
        status, said = group.end()
        assert status == 0
        assert "p0 did not end" in said
        assert not is_running(pids[0])

    def test_ends_what_its_programs_started_too(self, tmp_path: Path) -> None:
        grandchild = STUBBORN + "; " + MARK + "time.sleep(60)"
        parent = (
            MARK
            + f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {grandchild!r}]); "
        )
        group = Group(tmp_path, parent + "time.sleep(60)")
        pids = group.wait_for_marks(2)
        group.process.terminate()
        group.end()
        assert [pid for pid in pids if is_running(pid)] == []

    def test_leaves_nothing_behind_when_it_is_killed(self, tmp_path: Path) -> None:
        group = Group(tmp_path, MARK + "time.sleep(60)")
        pids = group.wait_for_marks(1)
        group.process.kill()
        group.end()
        run.wait_until(lambda: not is_running(pids[0]), 10, "The program ended")
