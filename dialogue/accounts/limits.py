"""Limits that hold over processes and restarts: counted rows, with keyed hashes for subjects."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import threading
import time
from collections import Counter
from datetime import datetime, timedelta

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import BigInteger, bindparam, func, select

from dialogue.accounts.models import Attempt
from dialogue.kernel.db import db, dialect
from dialogue.kernel.errors import TooMany

_IN_TURN = select(func.pg_advisory_xact_lock(bindparam("number", type_=BigInteger)))


def count(
    kind: str, subject: str, *, limit: int, window: timedelta, now: datetime, say: str
) -> None:
    """Count one act of `subject` in the current transaction; of two at once the second waits.

    Raises TooMany with the sentence `say` when `limit` acts already stand in the window.
    """
    keyed = in_turn(kind, subject)
    recent = select(func.count(), func.min(Attempt.at)).where(
        Attempt.kind == kind, Attempt.subject == keyed, Attempt.at > now - window
    )
    done, oldest = db.session.execute(recent).one()
    if done >= limit:
        raise TooMany(say, retry_after=max(1, int((oldest + window - now).total_seconds())))
    db.session.add(Attempt(kind=kind, subject=keyed, at=now))
    db.session.flush()


def in_turn(kind: str, subject: str) -> str:
    """Let nobody else count or write acts of this kind of `subject` until our transaction ends;
    return its keyed hash.

    Two that count at once would each not see the other's row, and both pass the limit. SQLite has
    one writer anyway.
    """
    keyed = _keyed(subject)
    if dialect() == "postgresql":
        digest = hashlib.sha256(f"{kind}:{keyed}".encode()).digest()
        number = int.from_bytes(digest[:8], "big", signed=True)
        db.session.execute(_IN_TURN, {"number": number})
    return keyed


def counted(kind: str, subject: str, *, window: timedelta, now: datetime) -> int:
    """Return how many acts of `subject` stand in the window."""
    recent = select(func.count()).where(
        Attempt.kind == kind, Attempt.subject == _keyed(subject), Attempt.at > now - window
    )
    return db.session.scalar(recent) or 0


class Glance:
    """A limit on reading, kept in this process alone: reading writes nothing.

    It keeps one network from taking all of a process; what must hold everywhere is `count`ed.
    """

    def __init__(self, window: float):
        self._window = window
        self._lock = threading.Lock()
        self._minute, self._seen = 0, Counter[str]()

    def count(self, subject: str, *, limit: int, say: str) -> None:
        """Count one act; raises TooMany with the sentence `say` above `limit` in the window."""
        at = time.monotonic()
        minute = int(at // self._window)
        with self._lock:
            if minute != self._minute:
                self._minute, self._seen = minute, Counter()
            self._seen[subject] += 1
            is_too_much = self._seen[subject] > limit
        if is_too_much:
            raise TooMany(say, retry_after=max(1, int(self._window - at % self._window)))


def glance_at_search(address: str | None) -> None:
    """Count one search from a network; raises TooMany after SEARCHES_PER_MINUTE."""
    glances: Glance = current_app.extensions.setdefault("searches", Glance(60.0))
    glances.count(
        _keyed(network(address)),
        limit=current_app.config["SEARCHES_PER_MINUTE"],
        say=_("A lot was searched from your network. Please wait a minute."),
    )


def network(address: str | None) -> str:
    """Return the part of a network address that counts together: /24 for IPv4, /48 for IPv6."""
    try:
        known = ipaddress.ip_address(address or "")
    except ValueError:
        return "unknown"
    if known.version == 6 and known.ipv4_mapped is not None:
        known = known.ipv4_mapped
    length = 24 if known.version == 4 else 48
    return str(ipaddress.ip_network((known, length), strict=False))


def _keyed(subject: str) -> str:
    key = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.new(key, subject.encode(), hashlib.sha256).hexdigest()[:32]
