"""The broker in one file: each message is taken once, by whoever is first."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Empty

from kombu import Connection

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
