"""The broker in one file: each message is taken once, by whoever is first."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Empty
from time import sleep

from kombu import Connection, Message, Queue

from dialogue.jobs import embedded_broker


def connect(path: Path) -> Connection:
    embedded_broker.register()
    return Connection(f"embedded:///{path}")


class TestAQueue:
    def test_keeps_messages_in_order_over_a_restart(self, tmp_path: Path) -> None:
        path = tmp_path / "a folder" / "broker.sqlite3"
        path.parent.mkdir()
        with connect(path) as connection, connection.SimpleQueue("work") as queue:
            for number in range(5):
                queue.put({"number": number})
        with connect(path) as connection, connection.SimpleQueue("work") as queue:
            taken = []
            for _ in range(5):
                message = queue.get(timeout=2)
                taken.append(message.payload["number"])
                message.ack()
            assert taken == list(range(5))
            assert queue.qsize() == 0

    def test_gives_each_message_to_one_of_many_workers(self, tmp_path: Path) -> None:
        path = tmp_path / "broker.sqlite3"
        with connect(path) as connection, connection.SimpleQueue("work") as queue:
            for number in range(60):
                queue.put(number)

        def work(_: int) -> list[int]:
            taken = []
            with connect(path) as mine, mine.SimpleQueue("work") as queue:
                while True:
                    try:
                        message = queue.get(block=False)
                    except Empty:
                        return taken
                    taken.append(message.payload)
                    message.ack()

        with ThreadPoolExecutor(4) as pool:
            found = [number for taken in pool.map(work, range(4)) for number in taken]
        assert sorted(found) == list(range(60))

    def test_is_apart_from_others_and_can_be_emptied(self, tmp_path: Path) -> None:
        with (
            connect(tmp_path / "broker.sqlite3") as connection,
            connection.SimpleQueue("one") as one,
            connection.SimpleQueue("two") as two,
        ):
            one.put("for one")
            two.put("for two")
            assert one.get(timeout=2).payload == "for one"
            assert two.clear() == 1
            assert two.qsize() == 0


class Pauses:
    """What a transport uses of a worker's loop: what is to be called, and after how long."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self._next: Callable[[], None] = lambda: None

    def call_later(self, delay: float, callback: Callable[[], None]) -> None:
        self.asked.append(delay)
        self._next = callback

    def go_on(self) -> float:
        self._next()
        return self.asked[-1]


class TestAWorkerThatLooksForMessages:
    def test_does_not_wait_between_two_when_it_may_hold_but_one(self, tmp_path: Path) -> None:
        with connect(tmp_path / "broker.sqlite3") as connection:
            with connection.SimpleQueue("work") as queue:
                for number in range(3):
                    queue.put(number)
            held: list[Message] = []
            loop = Pauses()
            connection.transport.register_with_event_loop(connection, loop)
            assert loop.asked == [0.1], "nothing is known to come"
            with connection.Consumer(Queue("work"), on_message=held.append) as consumer:
                consumer.qos(prefetch_count=1)
                for number in range(3):
                    assert loop.go_on() < 0.01, "the next one is looked for soon"
                    assert loop.go_on() < 0.01, "also while this one is at work"
                    assert [message.payload for message in held] == list(range(number + 1))
                    held[-1].ack()
                sleep(embedded_broker.BUSY_SECONDS)
                assert loop.go_on() == 0.1, "an idle worker looks seldom"
