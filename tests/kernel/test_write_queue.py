"""The queue of writers on SQLite lets go of its lock, whatever is forked meanwhile."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask

from dialogue.kernel import health
from dialogue.kernel.clock import now
from dialogue.kernel.db import transaction

pytestmark = pytest.mark.sqlite_only


@contextmanager
def forked() -> Iterator[None]:
    """A child process that lives on and does nothing."""
    child = os.fork()
    if child == 0:
        signal.pause()
        os._exit(0)
    try:
        yield
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


class TestAForkWhileSomebodyWrites:
    def test_does_not_keep_the_lock(self, app: Flask) -> None:
        inside, go_on = threading.Event(), threading.Event()

        def write() -> None:
            with app.app_context(), transaction():
                inside.set()
                go_on.wait(10)

        writer = threading.Thread(target=write)
        writer.start()
        inside.wait(10)
        with forked():
            go_on.set()
            writer.join()
            with app.app_context():
                health.beat("after the fork", now())
                assert health.last_beat("after the fork")
