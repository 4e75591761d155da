"""Keeps a group of programs alive as one: all of them run, or none does.

Every child is started from an argv without a shell, in a session of its own, so that a Ctrl-C at
the terminal reaches only the supervisor, which then ends the children in order: TERM, up to
PATIENCE seconds, KILL of the whole session. The lines they print are passed on with their name in
front. A child that ends by itself takes the others with it and makes the exit status non-zero.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

PATIENCE = 10.0  # seconds between the polite and the final signal
PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


@dataclass(frozen=True)
class Program:
    """One child: the name before its lines, and what to run."""

    name: str
    argv: Sequence[str]


class Supervisor:
    """Starts programs, waits until one ends or a signal comes, and ends them all."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self._environment = dict(environment)
        self._children: dict[str, subprocess.Popen[str]] = {}
        self._readers: list[threading.Thread] = []
        self._asked_to_stop = threading.Event()

    def listen_for_signals(self) -> None:
        """From here on Ctrl-C and TERM ask for an orderly end instead of ending this process."""
        signal.signal(signal.SIGINT, self._stop_soon)
        signal.signal(signal.SIGTERM, self._stop_soon)

    def start(self, program: Program) -> None:
        child = subprocess.Popen(
            program.argv,
            cwd=self._folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            preexec_fn=_end_with_parent if sys.platform == "linux" else None,
        )
        self._children[program.name] = child
        reader = threading.Thread(target=_pass_on, args=(program.name, child), daemon=True)
        reader.start()
        self._readers.append(reader)

    def wait_until(self, ready: Callable[[], bool], seconds: float) -> bool:
        """True as soon as `ready()` is; False when time is up, a child ended or a signal came."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not self.ended() and not self._asked_to_stop.is_set():
            if ready():
                return True
            self._asked_to_stop.wait(0.05)
        return False

    def ended(self) -> dict[str, int]:
        """The children that are no longer running, with their exit status."""
        return {
            name: status
            for name, child in self._children.items()
            if (status := child.poll()) is not None
        }

    def run(self) -> int:
        """Waits for the end. 0 when it was asked for, 1 when a child ended by itself."""
        while not self._asked_to_stop.is_set() and not self.ended():
            self._asked_to_stop.wait(0.2)
        lost = {} if self._asked_to_stop.is_set() else self.ended()
        for name, status in lost.items():
            _say(f"{name} ended by itself with status {status}; stopping the others.")
        self.stop()
        return 1 if lost else 0

    def stop(self) -> None:
        """Ends every child and what it started; returns when none is left."""
        for child in self._children.values():
            if child.poll() is None:
                child.terminate()
        deadline = time.monotonic() + PATIENCE
        for name, child in self._children.items():
            try:
                child.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                _say(f"{name} did not end within {PATIENCE:.0f} s and is killed.")
            _kill_session(child.pid)
            child.wait()
        for reader in self._readers:
            reader.join(1)

    def _stop_soon(self, number: int, frame: FrameType | None) -> None:
        if self._asked_to_stop.is_set():  # a second Ctrl-C means now
            for child in self._children.values():
                _kill_session(child.pid)
        self._asked_to_stop.set()


def _kill_session(pid: int) -> None:
    """A child leads its own process group, which outlives it while a grandchild does."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


def _end_with_parent() -> None:
    """Has the kernel end this child when the supervisor itself is killed (Linux)."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _pass_on(name: str, child: subprocess.Popen[str]) -> None:
    assert child.stdout is not None  # noqa: S101 - we asked for a pipe
    for line in child.stdout:
        print(f"{name:<9} | {line.rstrip()}", flush=True)


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
