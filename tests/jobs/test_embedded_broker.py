"""The broker in a file: programs meet there, also after somebody has deleted the file."""

from __future__ import annotations

from pathlib import Path

from kombu import Connection

from dialogue.jobs import embedded_broker


class TestTheFileOfTheBroker:
    def test_may_be_deleted_under_open_connections(self, tmp_path: Path) -> None:
        embedded_broker.register()
        address = f"embedded:///{tmp_path / 'broker.sqlite3'}"
        with (
            Connection(address) as sender,
            Connection(address) as receiver,
            sender.SimpleQueue("work") as outgoing,
            receiver.SimpleQueue("work") as incoming,
        ):
            outgoing.put({"number": 1})
            assert incoming.get(timeout=5).payload == {"number": 1}
            for file in tmp_path.glob("broker.sqlite3*"):
                file.unlink()
            outgoing.put({"number": 2})
            assert incoming.get(timeout=5).payload == {"number": 2}
