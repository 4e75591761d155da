"""The queue of writers on SQLite lets go of its lock, whatever is forked meanwhile."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask

from dialogue.kernel import health
from dialogue.kernel.clock import now
from dialogue.kernel.db import Turns, transaction

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


class TestTurns:
    def test_come_in_the_order_of_asking(self) -> None:
        turns, order = Turns(), list[int]()

        def write(number: int) -> None:
            assert turns.acquire(20)
            order.append(number)
            turns.release()

        turns.acquire(0)
        writers = [threading.Thread(target=write, args=(number,)) for number in range(12)]
        for number, writer in enumerate(writers):
            writer.start()
            while turns.waiting <= number:
                time.sleep(0.001)
        turns.release()
        for writer in writers:
            writer.join(20)
        assert order == sorted(order) == list(range(12))
        assert turns.acquire(0)

    def test_are_given_up_by_who_has_no_patience_left(self) -> None:
        turns = Turns()
        turns.acquire(0)
        assert not turns.acquire(0.01)
        assert turns.waiting == 0, "nobody stands in the way of the next"
        turns.release()
        assert turns.acquire(0)

    def test_go_to_the_next_when_somebody_is_interrupted_while_waiting(self) -> None:
        """As a task is that takes too long: its signal comes in the middle of the waiting."""

        class TooLong(Exception):
            pass

        def interrupt(*_signal: object) -> None:
            raise TooLong

        turns = Turns()
        turns.acquire(0)
        before = signal.signal(signal.SIGALRM, interrupt)
        try:
            signal.setitimer(signal.ITIMER_REAL, 0.05)
            with pytest.raises(TooLong):
                turns.acquire(20)
        finally:
            signal.signal(signal.SIGALRM, before)
        assert turns.waiting == 0
        turns.release()
        assert turns.acquire(0)


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
