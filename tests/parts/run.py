"""One test run and the real parts it shares between its workers.

A part (a database server, a broker) is started by the first test that needs it and ended with the
run. What is missing on this machine skips the tests that need it; with CI=true it fails them.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, NoReturn

import pytest

KEEPER = Path(__file__).with_name("keeper.py")
REAPER = Path(__file__).with_name("reaper.py")
FOLDER = "DIALOGUE_TEST_RUN_FOLDER"
OWNER = "DIALOGUE_TEST_RUN_PID"
MEMORY, ROOM = Path("/dev/shm"), 6 * 1024**3  # noqa: S108  # folders below have names of their own


def begin() -> Path:
    """Called once, by the process that owns the run; its workers inherit the environment."""
    _write_to_memory()
    folder = Path(tempfile.mkdtemp(prefix="dialogue-tests-"))
    folder.chmod(0o711)  # PostgreSQL refuses to run as root: its own user must get through
    os.environ[FOLDER] = str(folder)
    os.environ[OWNER] = str(os.getpid())
    _start([str(REAPER), os.environ[OWNER], str(folder), f"{FOLDER}={folder}"], None)
    # As in worker.py: several threads for each of several processes only wait for each other.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    return folder


def _write_to_memory() -> None:
    """Lets temporary files lie in memory where there is room: every commit waits for the disk
    otherwise, and what a disk keeps through a power cut no test can tell."""
    if "TMPDIR" in os.environ or not os.access(MEMORY, os.W_OK):
        return
    if shutil.disk_usage(MEMORY).free >= ROOM:
        os.environ["TMPDIR"] = str(MEMORY)
        tempfile.tempdir = None  # asked again


def end() -> None:
    """Ends every part of the run, newest first, and waits for it."""
    keepers = sorted(folder().glob("*.keeper"), key=lambda file: file.stat().st_mtime)
    for file in reversed(keepers):
        pid = int(file.read_text())
        try:
            os.kill(pid, signal.SIGTERM)
        except ProcessLookupError:
            continue
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline and not _has_ended(pid):
            time.sleep(0.05)


def folder() -> Path:
    return Path(os.environ[FOLDER])


def once(name: str, start: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What `start()` returned the first time any worker of this run asked for `name`."""
    record = folder() / f"{name}.json"
    with (folder() / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not record.exists():
            record.write_text(json.dumps(start()))
        found: dict[str, Any] = json.loads(record.read_text())
    return found


def keep(name: str, argv: list[str], environment: dict[str, str] | None = None) -> Path:
    """Starts a server that ends with the run; returns the file its lines go to."""
    log = folder() / f"{name}.log"
    log.touch()
    pid = _start([str(KEEPER), os.environ[OWNER], str(log), "--", *argv], environment)
    (folder() / f"{name}.keeper").write_text(str(pid))
    return log


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def wait_until(
    ready: Callable[[], bool],
    seconds: float,
    what: str,
    log: Path | None = None,
    *,
    every: float = 0.05,
) -> None:
    """Returns when `ready()` is true; else fails the test with the last lines of `log`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if ready():
            return
        time.sleep(every)
    said = "\n".join(log.read_text(errors="replace").splitlines()[-20:]) if log else ""
    pytest.fail(f"{what} not within {seconds:.0f} s\n{said}")


def accepts(port: int) -> bool:
    with closing(socket.socket()) as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def missing(part: str) -> NoReturn:
    """Ends the test: skipped on a person's machine, failed where everything has to be there."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{part} is not on this machine, and with CI=true it has to be")
    pytest.skip(f"{part} is not on this machine")


def _start(script: list[str], environment: dict[str, str] | None) -> int:
    """Starts one of our two small programs, which outlive whoever starts them."""
    started = subprocess.Popen(
        [sys.executable, *script],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    started.returncode = 0  # it is not ours to wait for: nothing to warn about
    return started.pid


def _has_ended(pid: int) -> bool:
    """A child of ours that ended stays as a zombie until it is asked for."""
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        return not Path(f"/proc/{pid}").exists()
