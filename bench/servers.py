"""The programs that are measured, and what they cost: CPU time and memory out of /proc."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".venv" / "bin"
TICKS = os.sysconf("SC_CLK_TCK")


class Server:
    """One web server on a free port of 127.0.0.1, in a session of its own."""

    def __init__(self, name: str, argv: list[str], environment: Mapping[str, str]) -> None:
        self.name = name
        with closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        words = [word.replace("PORT", str(self.port)) for word in argv]
        kept = {key: value for key, value in os.environ.items() if not key.startswith("DIALOGUE_")}
        self._process = subprocess.Popen(
            words,
            cwd=ROOT,
            env=kept | {"DIALOGUE_BASE_URL": f"http://127.0.0.1:{self.port}", **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def wait_for(self, path: str) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=2):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        raise RuntimeError(f"{self.name} did not answer within 60 s")

    def cpu(self) -> float:
        """Seconds of CPU that the program and its children have used so far."""
        return sum(_cpu_of(pid) for pid in processes(self._process.pid))

    def children(self) -> list[int]:
        """The processes below the first one."""
        return processes(self._process.pid)[1:]

    def settled_children(self, count: int) -> list[int]:
        """The same, once there are `count` and they have stopped growing."""
        deadline, before = time.monotonic() + 60, 0.0
        while time.monotonic() < deadline:
            children = self.children()
            now = sum(map(resident, children))
            if len(children) >= count and now == before:
                return children
            before = now
            time.sleep(1.5)
        raise RuntimeError(f"{self.name} did not settle within 60 s")

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


def hello() -> Server:
    """The ruler of speed.md: gunicorn, sync, two workers."""
    return Server("hello", _gunicorn("bench.hello:app"), {})


def under_granian(environment: Mapping[str, str]) -> Server:
    """The application as `make run` serves it."""
    argv = [str(TOOLS / "granian"), "--interface", "wsgi", "--host", "127.0.0.1", "--port", "PORT"]
    argv += ["--workers", "1", "--blocking-threads", "4", "--backpressure", "2048", "--no-ws"]
    return Server("granian", [*argv, "--factory", "dialogue.app:create_app"], environment)


def under_gunicorn(environment: Mapping[str, str]) -> Server:
    """The same application under the ruler's server."""
    return Server("gunicorn", _gunicorn("dialogue.app:create_app()"), environment)


def worker(environment: Mapping[str, str]) -> Server:
    """A Celery worker with one process, as idle as it gets."""
    argv = [str(TOOLS / "celery"), "-A", "worker", "worker", "--pool", "prefork"]
    return Server("worker", [*argv, "--concurrency", "1", "--loglevel", "error"], environment)


def processes(pid: int) -> list[int]:
    """A process and all below it, the first one first."""
    found = [pid]
    for listed in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            for child in listed.read_text().split():
                found += processes(int(child))
        except OSError:
            continue
    return found


def proportional(pid: int) -> float:
    """Megabytes of a process, shared pages divided among those who share them."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return round(int(line.split()[1]) / 1024, 1)
    raise ValueError("no Pss in smaps_rollup")


def resident(pid: int) -> float:
    """Megabytes of a process as most tools count them."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 2**20, 1)


def _cpu_of(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS


def _gunicorn(application: str) -> list[str]:
    argv = [str(TOOLS / "gunicorn"), "--workers", "2", "--bind", "127.0.0.1:PORT"]
    return [*argv, "--log-level", "error", application]


def environment_of(instance: Path) -> Iterator[tuple[str, str]]:
    """What a measured application needs to know."""
    yield "DIALOGUE_INSTANCE", str(instance)
    for limit in (
        "IDEAS_PER_DAY",
        "COMMENTS_PER_HOUR",
        "VOTES_PER_HOUR",
        "ACCOUNTS_PER_HOUR",
        "SEARCHES_PER_MINUTE",
    ):
        yield f"DIALOGUE_{limit}", "1000000"
