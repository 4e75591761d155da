"""What stands in the way of a start is said in one sentence, and nothing is started."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.rules import ROOT


def start(folder: Path, command: str, *prefix: str, **settings: str) -> tuple[int, str]:
    """Runs a command of bin/ in a checkout; returns its status and what it said on stderr."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("DIALOGUE_")}
    done = subprocess.run(
        [*prefix, str(folder / "bin" / command)],
        env=kept | settings,
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stderr


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The set-up commands and locks alone, on which nothing was installed yet."""
    for name in ("bin", "requirements"):
        shutil.copytree(ROOT / name, tmp_path / "checkout" / name)
    return tmp_path / "checkout"


class TestRun:
    def test_names_a_port_that_is_taken(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            status, said = start(ROOT, "run", PORT=port)
        assert status == 1
        assert said.startswith(f"Port {port} cannot be used")
        assert said.count("\n") == 1

    @pytest.mark.parametrize("port", ["eighty", "0", "65536"])
    def test_names_a_port_that_is_none(self, port: str) -> None:
        status, said = start(ROOT, "run", PORT=port)
        assert (status, said.count("\n")) == (1, 1)
        assert repr(port) in said


class TestSetup:
    def test_names_python3_venv_when_it_is_missing(self, checkout: Path, tmp_path: Path) -> None:
        (tmp_path / "ensurepip.py").write_text("raise ImportError\n")
        status, said = start(checkout, "setup", PYTHONPATH=str(tmp_path))
        assert status == 1
        assert "apt-get install python3-venv" in said
        assert said.count("\n") == 1

    def test_names_a_folder_that_cannot_be_written_to(self, checkout: Path) -> None:
        checkout.chmod(0o555)
        prefix = [sys.executable]
        if os.geteuid() == 0:  # root may write everywhere: drop that right, keep the user
            prefix = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", sys.executable]
        status, said = start(checkout, "setup", *prefix)
        checkout.chmod(0o755)
        assert status == 1
        assert said == f"The folder {checkout} cannot be written to by this user.\n"
