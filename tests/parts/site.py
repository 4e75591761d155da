"""The product as operators run it: web and worker processes with a folder of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import httpx

from tests.parts import run, tables

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / ".venv" / "bin"
PATIENCE = 10.0


class Site:
    """One installation: start and kill its processes, run its commands, read its mail."""

    def __init__(self, instance: Path, settings: dict[str, str] | None = None) -> None:
        self.instance = instance
        self.port = run.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        kept = {key: value for key, value in os.environ.items() if not key.startswith("DIALOGUE_")}
        self.environment = kept | {
            "DIALOGUE_INSTANCE": str(instance),
            "DIALOGUE_BASE_URL": self.url,
            "PYTHONUNBUFFERED": "1",
            run.FOLDER: str(run.folder()),  # the mark by which the reaper finds what was left
            **(settings or {}),
        }
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        instance.mkdir(parents=True, exist_ok=True)

    def flask(self, *command: str, succeed: bool = True) -> subprocess.CompletedProcess[str]:
        """Runs `flask --app dialogue.app …`; its failure fails the test, unless told otherwise."""
        done = subprocess.run(
            [str(TOOLS / "flask"), "--app", "dialogue.app", *command],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert not succeed or done.returncode == 0, f"{command} said:\n{done.stdout}{done.stderr}"
        return done

    def start_web(self) -> None:
        """Starts the server and waits until it answers."""
        here = ["--host", "127.0.0.1", "--port", str(self.port), "--workers", "1"]
        limits = ["--blocking-threads", "4", "--backpressure", "2048", "--no-ws"]
        limits += ["--http1-header-read-timeout", "10000"]
        self._start(
            "web",
            [
                *(str(TOOLS / "granian"), "--interface", "wsgi", *here, *limits),
                *("--respawn-failed-workers", "--factory", "dialogue.app:create_app"),
            ],
        )
        run.wait_until(self.is_up, 60, "The web server answered", self.log("web"))

    def start_worker(self, *options: str, name: str = "worker") -> None:
        """Starts a worker with its scheduler and waits until it takes tasks."""
        chosen = options or ("--pool", "threads", "--concurrency", "2")
        beat = ["-B", "--schedule", str(self.instance / f"{name}-schedule")]
        log = self.log(name)
        seen = log.read_text().count(" ready.") if log.exists() else 0
        self._start(
            name,
            [
                *(str(TOOLS / "celery"), "-A", "worker", "worker", "--loglevel", "info"),
                *(*beat, "--hostname", f"{name}-{self.port}@localhost", *chosen),
            ],
        )
        run.wait_until(lambda: log.read_text().count(" ready.") > seen, 60, "The worker", log)

    def is_up(self) -> bool:
        try:
            return httpx.get(f"{self.url}/healthz", timeout=2).status_code == 200
        except httpx.TransportError:
            return False

    def kill(self, name: str) -> None:
        """kill -9 of the process and of everything that it started."""
        process = self.processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        """Ends every process as an operator would, and by force what does not end in time."""
        for process in self.processes.values():
            if process.poll() is None:
                process.terminate()
        deadline = time.monotonic() + PATIENCE
        for process in self.processes.values():
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self.processes.clear()

    def mails(self, to: str = "") -> list[EmailMessage]:
        """The mails written so far, oldest first; `to` chooses those to one address."""
        found: list[EmailMessage] = []
        for file in sorted(
            self.instance.glob("mail/*.eml"), key=lambda file: file.stat().st_mtime_ns
        ):
            mail = message_from_bytes(file.read_bytes(), policy=policy.default)
            assert isinstance(mail, EmailMessage)
            if to in str(mail["To"]):
                found.append(mail)
        return found

    def wait_for_mail(self, to: str, seconds: float = 20, after: int = 0) -> EmailMessage:
        """The newest mail to an address, once there are more than `after` of them."""
        run.wait_until(lambda: len(self.mails(to)) > after, seconds, f"A mail to {to}")
        return self.mails(to)[-1]

    def log(self, name: str) -> Path:
        return self.instance / f"{name}.log"

    def _start(self, name: str, argv: list[str]) -> None:
        with self.log(name).open("ab") as lines:
            self.processes[name] = subprocess.Popen(
                argv,
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=lines,
                stderr=lines,
                start_new_session=True,
            )


@contextmanager
def installed(instance: Path, settings: dict[str, str] | None = None) -> Iterator[Site]:
    """A site with its tables made and no process running yet; everything ends with the block."""
    site = Site(instance, settings)
    if "DIALOGUE_DATABASE_URL" in site.environment:
        site.flask("db", "upgrade")
    else:
        tables.sqlite(instance / "dialogue.sqlite3")
    try:
        yield site
    finally:
        for name in list(site.processes):
            site.kill(name)
