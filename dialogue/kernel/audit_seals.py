"""Seals of the audit chain, and the heads kept beside the database.

A seal is a keyed hash (HMAC-SHA256) with a key made from the installation's secret, which is not in
the database: whoever can write to the tables alone cannot make one. `AuditTail` says where the
chain ends, so that entries cut off its end are missed. Each day's head is also a line of a file
in the instance folder: it tells a chain that was put back to an earlier state as a whole.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import CheckConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from dialogue.kernel.db import Model, db
from dialogue.kernel.settings import setting

HEADS = "audit-heads.jsonl"  # in the instance folder


class AuditTail(Model):
    """The one row that says with which entry the chain ends."""

    __tablename__ = "audit_tail"
    __table_args__ = (CheckConstraint("id = 1", name="one"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int]
    hash: Mapped[str]
    seal: Mapped[str]


# Both databases read it so; it is made once, for every act of staff runs it.
_MOVE = text(
    "INSERT INTO audit_tail (id, seq, hash, seal) VALUES (1, :seq, :hash, :seal)"
    " ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, hash = excluded.hash,"
    " seal = excluded.seal"
)


@dataclass(frozen=True)
class Head:
    """Where the chain ended when a daily head was written."""

    day: str  # 2026-11-25
    seq: int
    hash: str


def of_entry(entry_hash: str) -> str:
    """Return the seal of an entry with this hash."""
    return _seal(f"entry|{entry_hash}")


def of_tail(seq: int, entry_hash: str) -> str:
    """Return the seal of the statement that the chain ends here."""
    return _seal(f"tail|{seq}|{entry_hash}")


def move_tail(seq: int, entry_hash: str) -> None:
    """Say, in the transaction of the act, that the chain ends with this entry."""
    db.session.execute(_MOVE, {"seq": seq, "hash": entry_hash, "seal": of_tail(seq, entry_hash)})


def keep_head(folder: Path, head: Head) -> None:
    """Add a head to the file beside the database; it is on the disk when this returns."""
    line = json.dumps(asdict(head), sort_keys=True) + "\n"
    descriptor = os.open(folder / HEADS, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, line.encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def kept_heads(folder: Path) -> Iterator[Head]:
    """Yield the heads of the file, oldest first; a line that cannot be read is an entry of its own
    that no chain holds."""
    try:
        lines = (folder / HEADS).read_text().splitlines()
    except FileNotFoundError:
        return
    for number, line in enumerate(lines, start=1):
        try:
            read = json.loads(line)
            yield Head(str(read["day"]), int(read["seq"]), str(read["hash"]))
        except (ValueError, KeyError, TypeError):
            yield Head(f"line {number}", 0, "")


def _seal(statement: str) -> str:
    key = hmac.new(str(setting("SECRET_KEY")).encode(), b"audit chain", hashlib.sha256).digest()
    return hmac.new(key, statement.encode(), hashlib.sha256).hexdigest()
