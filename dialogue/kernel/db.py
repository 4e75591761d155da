"""The database: one engine, one way to write.

Reading needs nothing. Writing happens inside `with transaction():` and nowhere else: on SQLite
the connection is read-only outside it, so that a forgotten transaction fails at once.

SQLite runs in WAL mode with synchronous=FULL (an acknowledged write survives a power cut) and
every writing transaction starts with BEGIN IMMEDIATE behind a lock shared by all processes:
waiting in a queue of our own is shorter and fairer than SQLite's busy handler.
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    CursorResult,
    DateTime,
    Engine,
    MetaData,
    Table,
    Text,
    UpdateBase,
    event,
    inspect,
)
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

_MERGED_AT_ONCE = 500  # pages of the index of the search; takes some milliseconds
# How long a writer waits for its turn before the person is asked to try again. Writers take turns
# in the order in which they came, so this is a queue of a thousand writes, or a machine that hardly
# runs: rather that than to refuse somebody. Not longer: whoever waits holds a thread of the server.
LOCK_SECONDS = 15.0


class Base(DeclarativeBase):
    """Names every constraint, so that migrations can change it on both databases."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})

# Flask-SQLAlchemy makes its base class while the program runs, where mypy cannot follow: said once.
if TYPE_CHECKING:

    class Model(Base):
        """What every table's class derives from."""

        __abstract__ = True
        __table__: ClassVar[Table]  # always one, never a join
else:
    Model = db.Model


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC datetimes in and out; refuses naive ones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A naive datetime has no place in the database.")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Json(TypeDecorator[Any]):
    """JSON as text with sorted keys: the same bytes on both databases, so that hashes agree."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Any) -> str | None:
        if value is None:
            return None
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    def process_result_value(self, value: str | None, dialect: Any) -> Any:
        return None if value is None else json.loads(value)


class DatabaseBusy(RuntimeError):
    """No turn to write within LOCK_SECONDS; the face answers 503 and keeps the typed text."""


class Turns:
    """A lock that goes to whoever has waited longest; one of `threading` goes to anybody."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._is_taken = False

    @property
    def waiting(self) -> int:
        """Return how many stand in the queue."""
        return len(self._waiting)

    def acquire(self, seconds: float) -> bool:
        """Wait for a turn; tell whether it came within so many seconds."""
        with self._guard:
            if not self._is_taken:
                self._is_taken = True
                return True
            mine = threading.Lock()
            mine.acquire()
            self._waiting.append(mine)
        try:
            came = mine.acquire(timeout=seconds)
        except BaseException:  # interrupted: the turn must go to nobody who is not there
            if self._leave(mine):
                self.release()
            raise
        return came or self._leave(mine)

    def _leave(self, mine: threading.Lock) -> bool:
        """Stand in the queue no longer; tell whether the turn came at the last moment."""
        with self._guard:
            if mine not in self._waiting:
                return True
            self._waiting.remove(mine)
            return False

    def release(self) -> None:
        """Hand the turn on."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._is_taken = False


class _WriteQueue:
    """One writer at a time: first among the threads of this process, then among processes.

    The lock of the file is a POSIX one: a child forked while some thread writes does not inherit
    it, as it would inherit one of flock() and keep it for its life.
    """

    def __init__(self, path: str):
        self._path = path
        self._threads = Turns()
        self._descriptor: int | None = None

    def acquire(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        if not self._threads.acquire(seconds):
            raise DatabaseBusy
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                while True:
                    try:
                        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                        break
                    except BlockingIOError:
                        if time.monotonic() > deadline:
                            raise DatabaseBusy from None
                        time.sleep(0.001)
            except BaseException:
                os.close(descriptor)
                raise
        except BaseException:
            self._threads.release()
            raise
        self._descriptor = descriptor

    def release(self) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)  # closing lets the lock go
            self._threads.release()


def tune_engine(engine: Engine) -> None:
    """Attach the transaction rules to an engine; called once when the application is made."""
    if engine.dialect.name == "sqlite":
        _tune_sqlite(engine)
    else:
        _tune_postgresql(engine)


def _tune_sqlite(engine: Engine) -> None:
    database = engine.url.database or ":memory:"
    queue = None if database == ":memory:" else _WriteQueue(database + ".lock")

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we write BEGIN ourselves
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            f"busy_timeout={int(LOCK_SECONDS * 1000)}",
            "cache_size=-16000",
            "secure_delete=ON",  # what is deleted is overwritten, too
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    def let_go(connection: Any) -> None:
        if connection.info.pop("holds_queue", False) and queue is not None:
            queue.release()

    @event.listens_for(engine, "begin")
    def on_begin(connection: Any) -> None:
        options = connection.get_execution_options()
        if options.get("writes"):
            # A connection that is kept open over several transactions (migrations) has its turn.
            if queue is not None and not connection.info.get("holds_queue"):
                queue.acquire(options.get("patience", LOCK_SECONDS))
                connection.info["holds_queue"] = True
            try:
                run(connection, "OFF", "BEGIN IMMEDIATE")
            except BaseException:
                let_go(connection)
                raise
        else:
            run(connection, "ON", "BEGIN")

    def run(connection: Any, read_only: str, begin: str) -> None:
        # Every request passes here. A connection that is as it should be is left as it is.
        if connection.info.get("read_only") != read_only:
            connection.exec_driver_sql(f"PRAGMA query_only={read_only}")
            connection.info["read_only"] = read_only
        connection.exec_driver_sql(begin)

    # The connection goes back to the pool after every commit and rollback: the turn ends there.
    @event.listens_for(engine.pool, "reset")
    def on_reset(_dbapi: Any, record: Any, _state: Any) -> None:
        if record.info.pop("holds_queue", False) and queue is not None:
            queue.release()


def _tune_postgresql(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = '60s'")
            cursor.execute(f"SET lock_timeout = '{int(LOCK_SECONDS)}s'")
            cursor.execute("SET TIME ZONE 'UTC'")
        connection.commit()


def engine_options(uri: str) -> dict[str, Any]:
    """Return the pool settings for a database address. What people wrote stays out of the messages
    of errors, and so out of logs."""
    quiet = {"hide_parameters": True}
    if uri.startswith("sqlite"):
        threads = {"check_same_thread": False}
        return quiet | {"connect_args": threads, "pool_size": 10, "max_overflow": 20}
    return quiet | {"pool_pre_ping": True, "pool_size": 8, "max_overflow": 8}


@contextmanager
def transaction(*, patience: float | None = None) -> Iterator[None]:
    """Write: everything inside is committed together, or nothing is.

    Objects loaded before are read again inside, so that a decision never rests on a stale row.
    `patience`: seconds to wait in the queue of writers for what may as well be left out. Raises
    RuntimeError when nested, DatabaseBusy when no turn came within LOCK_SECONDS, or `patience`.
    """
    session = db.session
    if session.info.get("writing"):
        raise RuntimeError("transaction() does not nest: commands are composed inside one.")
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("Something was changed outside transaction().")
    session.commit()  # ends the read transaction; nothing is pending
    session.expire_all()
    session.info["writing"] = True
    try:
        waits = LOCK_SECONDS if patience is None else patience
        session.connection(execution_options={"writes": True, "patience": waits})
        yield
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info["writing"] = False


def rows_changed(statement: UpdateBase, values: Mapping[str, Any] | None = None) -> int:
    """Run an UPDATE or DELETE in the current transaction and return how many rows it touched."""
    result = db.session.execute(statement, values)
    if not isinstance(result, CursorResult):
        raise TypeError("Only statements that change rows can be counted.")
    return result.rowcount


def id_of(row: Any) -> int:
    """Return the number of a row that the database holds, without reading it again."""
    identity = inspect(row).identity
    return int(identity[0]) if identity else int(row.id)


def forget_on_disk() -> None:
    """Let what was deleted leave the write-ahead log, too (SQLite overwrites the rest at once).

    Outside a transaction. PostgreSQL does it by itself, with autovacuum.
    """
    if dialect() != "sqlite":
        return
    db.session.rollback()
    with db.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def in_transaction() -> bool:
    """Tell whether the caller stands inside `transaction()`."""
    return bool(db.session.info.get("writing"))


def dialect() -> str:
    """Return `sqlite` or `postgresql`."""
    return db.session.get_bind().dialect.name
