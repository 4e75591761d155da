"""Signs of life that /readyz looks at: when scheduler and worker were last heard of."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from dialogue.kernel.db import Model, UtcDateTime, db, transaction


class Heartbeat(Model):
    """When a part was last heard of."""

    __tablename__ = "heartbeat"

    name: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


def beat(name: str, now: datetime) -> None:
    """Record that `name` lives."""
    with transaction():
        db.session.merge(Heartbeat(name=name, at=now))


def last_beat(name: str) -> datetime | None:
    """Return when `name` was last heard of."""
    row = db.session.get(Heartbeat, name)
    return row.at if row else None
