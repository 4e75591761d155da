"""Kills processes of an installation with SIGKILL, at random, and starts again what stays down.

Children are started anew by their parents (granian, Celery); a dead parent is replaced the way a
service manager does it: what is left of its group is killed and the program is started again.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from drills.world import World
from tests.parts import run

WORKER = ("--pool", "prefork", "--concurrency", "2")


class Killer:
    """One thread for the web server, one for the worker, until told to stop."""

    def __init__(self, world: World, seed: int = 1) -> None:
        self.kills: Counter[str] = Counter()
        self.unreplaced: Counter[str] = Counter()  # web children that granian did not replace
        self.problems: list[BaseException] = []
        self._world = world
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._guard, args=(work, random.Random(seed + place)))
            for place, work in enumerate((self._kill_web, self._kill_worker))
        ]

    def begin(self) -> None:
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Stop killing; web server and worker run when this returns."""
        self._stop.set()
        for thread in self._threads:
            thread.join()
        if self.problems:
            raise self.problems[0]

    def _guard(self, work: Callable[[random.Random], None], dice: random.Random) -> None:
        try:
            while not self._stop.is_set():
                work(dice)
        except BaseException as problem:  # told to the drill by `end`
            self.problems.append(problem)

    def _kill_web(self, dice: random.Random) -> None:
        site = self._world.site
        self._stop.wait(dice.uniform(0.3, 2.0))
        if dice.random() < 0.7 and self._kill_child("web", dice):
            deadline = time.monotonic() + 15
            while time.monotonic() < deadline and site.processes["web"].poll() is None:
                if site.is_up():
                    return
                time.sleep(0.1)
            # granian ends itself when a child dies within 5.5 s of its birth.
            gave_up = site.processes["web"].poll() is not None
            self.unreplaced["gave up" if gave_up else "stuck"] += 1
            self._clear("web")
        else:
            self._kill_parent("web")
        site.start_web()

    def _kill_worker(self, dice: random.Random) -> None:
        self._stop.wait(dice.uniform(0.5, 3.0))
        if dice.random() < 0.7 and self._kill_child("worker", dice):
            return
        self._kill_parent("worker")
        self._world.site.start_worker(*WORKER)

    def _kill_child(self, name: str, dice: random.Random) -> bool:
        """Kill one child of a program; False when it has none just now."""
        children = list(descendants(self._world.site.processes[name].pid))
        if not children:
            return False
        with contextlib.suppress(ProcessLookupError):
            os.kill(dice.choice(children), signal.SIGKILL)
            self.kills[f"{name} child"] += 1
        return True

    def _kill_parent(self, name: str) -> None:
        process = self._world.site.processes[name]
        os.kill(process.pid, signal.SIGKILL)
        self.kills[f"{name} parent"] += 1
        process.wait()
        time.sleep(0.3)  # orphans live on for a moment
        self._clear(name)

    def _clear(self, name: str) -> None:
        """Kill what is left of a program and forget it."""
        process = self._world.site.processes.pop(name)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def descendants(pid: int) -> Iterator[int]:
    """The processes below one of ours."""
    for listed in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for word in listed.read_text().split():
                yield int(word)
                yield from descendants(int(word))


def wait_for_all(world: World) -> None:
    """Web server and worker answer."""
    run.wait_until(world.site.is_up, 60, "The web server answered", world.site.log("web"))
