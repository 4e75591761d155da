"""Limits that hold over processes and restarts: counted rows, with keyed hashes for subjects."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import func, select

from dialogue.accounts.models import Attempt
from dialogue.kernel.db import db
from dialogue.kernel.errors import TooMany


def count(
    kind: str, subject: str, *, limit: int, window: timedelta, now: datetime, say: str
) -> None:
    """Count one act of `subject` in the current transaction.

    Raises TooMany with the sentence `say` when `limit` acts already stand in the window.
    """
    keyed = _keyed(subject)
    recent = select(func.count(), func.min(Attempt.at)).where(
        Attempt.kind == kind, Attempt.subject == keyed, Attempt.at > now - window
    )
    done, oldest = db.session.execute(recent).one()
    if done >= limit:
        raise TooMany(say, retry_after=max(1, int((oldest + window - now).total_seconds())))
    db.session.add(Attempt(kind=kind, subject=keyed, at=now))
    db.session.flush()


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
