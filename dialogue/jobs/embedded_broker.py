"""A broker in one SQLite file, for the platform without any other service.

kombu's own SQLAlchemy transport keeps delivered rows and holds writers up for seconds; this one
is a table of messages in WAL mode, read with one DELETE … RETURNING. It may lose a message with
its worker: the outbox sends it again.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from queue import Empty
from time import monotonic
from typing import Any
from urllib.parse import unquote

from kombu.transport import TRANSPORT_ALIASES, virtual
from kombu.utils.json import dumps, loads

ALIAS = "embedded"
BUSY_INTERVAL = 0.004  # seconds between two looks while messages come
BUSY_SECONDS = 1.0  # without one, after which they are rare again


def register() -> None:
    """Make kombu know broker addresses that start with `embedded:///`."""
    TRANSPORT_ALIASES[ALIAS] = "dialogue.jobs.embedded_broker:Transport"


class Channel(virtual.Channel):
    """Queues as rows of one table."""

    do_restore = False  # nothing to give back: the outbox is the record

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._local = threading.local()

    @property
    def _database(self) -> sqlite3.Connection:
        path = unquote("/" + str(self.connection.client.virtual_host or "").lstrip("/"))
        connection = getattr(self._local, "connection", None)
        if connection is not None and self._local.file != _identity(path):
            # The file was deleted: who writes a new one and who reads the old would never meet.
            connection.close()
            connection = None
        if connection is None:
            connection = sqlite3.connect(path, timeout=10, isolation_level=None)
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute(
                "CREATE TABLE IF NOT EXISTS message"
                " (id INTEGER PRIMARY KEY AUTOINCREMENT, queue TEXT NOT NULL, body TEXT NOT NULL)"
            )
            connection.execute("CREATE INDEX IF NOT EXISTS ix_message ON message (queue, id)")
            self._local.connection = connection
            self._local.file = _identity(path)
        return connection

    def _put(self, queue: str, message: Any, **_: Any) -> None:
        self._database.execute(
            "INSERT INTO message (queue, body) VALUES (?, ?)", (queue, dumps(message))
        )

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        # Look before taking: an idle worker then never writes.
        if not self._size(queue):
            raise Empty
        row = self._database.execute(
            "DELETE FROM message WHERE id ="
            " (SELECT id FROM message WHERE queue = ? ORDER BY id LIMIT 1) RETURNING body",
            (queue,),
        ).fetchone()
        if row is None:
            raise Empty
        return loads(row[0])

    def _size(self, queue: str) -> int:
        row = self._database.execute(
            "SELECT count(*) FROM (SELECT 1 FROM message WHERE queue = ? LIMIT 1)", (queue,)
        ).fetchone()
        return int(row[0])

    def _purge(self, queue: str) -> int:
        return self._database.execute("DELETE FROM message WHERE queue = ?", (queue,)).rowcount

    def close(self) -> None:
        """Close the channel and this thread's database connection."""
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self._local.connection = None
        super().close()


def _identity(path: str) -> tuple[int, int] | None:
    """Which file stands at `path` now; None when there is none."""
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


class Transport(virtual.Transport):
    """The transport behind `embedded:///path/to/file`."""

    Channel = Channel
    polling_interval = 0.1  # seconds
    # Celery then gives every process of its pool a pipe of its own. Otherwise they share one, and
    # one that is killed while it waits there leaves the others waiting for ever.
    implements = virtual.Transport.implements.extend(asynchronous=True)
    default_port = None
    driver_type = "sql"
    driver_name = "sqlite3"

    def driver_version(self) -> str:
        """Return the version of the library that stores the messages."""
        return sqlite3.sqlite_version

    def register_with_event_loop(self, connection: Any, loop: Any) -> None:
        """Look for messages every `polling_interval`, and far more often while there are some: a
        look takes no more of them than there are processes to work on them.

        The worker clears its timers with the connection.
        """
        found_at = 0.0

        def look() -> None:
            nonlocal found_at
            try:
                while True:
                    self.drain_events(connection, timeout=0)
                    found_at = monotonic()
            except TimeoutError:
                pass  # nothing there, or as many at work as may be
            finally:
                is_busy = monotonic() - found_at < BUSY_SECONDS
                loop.call_later(BUSY_INTERVAL if is_busy else self.polling_interval, look)

        loop.call_later(self.polling_interval, look)
