"""The broker in a file: programs meet there, also after somebody has deleted the file."""

from __future__ import annotations

from pathlib import Path

from kombu import Connection

from dialogue.jobs import embedded_broker


def send(address: str, number: int) -> None:
    with Connection(address) as connection, connection.SimpleQueue("work") as queue:
        queue.put({"number": number})


class TestTheFileOfTheBroker:
    def test_may_be_deleted_under_a_worker_that_waits(self, tmp_path: Path) -> None:
        embedded_broker.register()
        address = f"embedded:///{tmp_path / 'broker.sqlite3'}"
        with Connection(address) as receiver, receiver.SimpleQueue("work") as incoming:
            send(address, 1)
            assert incoming.get(timeout=5).payload == {"number": 1}
            for file in tmp_path.glob("broker.sqlite3*"):
                file.unlink()
            send(address, 2)
            assert incoming.get(timeout=5).payload == {"number": 2}
