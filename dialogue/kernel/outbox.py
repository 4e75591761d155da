"""The transactional outbox: what happened is written in the same transaction as the change.

`publish(event)` writes one OutboxEvent and, for each reaction that `wiring.py` names, one
OutboxDelivery. The relay hands deliveries to the broker after the commit; the task marks its
delivery done; whatever is not done in time is sent again. So a rolled-back change tells nothing,
and a broker that is down or forgets a message loses nothing: the broker is only a wake-up call.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from flask import current_app, g, has_request_context
from sqlalchemy import ForeignKey, Index, delete, func, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from dialogue.kernel import clock
from dialogue.kernel.db import Json, Model, UtcDateTime, db, in_transaction, transaction

Reactions = Mapping[type, tuple[str, ...]]
Send = Callable[[str, dict[str, Any], dict[str, Any]], None]  # task name, fields, headers

GIVE_UP_AFTER = 50  # attempts; then the delivery stays as a dead letter that `doctor` shows


class OutboxEvent(Model):
    """Something that happened: a name from the slices' events and its primitive fields."""

    __tablename__ = "outbox_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    fields: Mapped[dict[str, Any]] = mapped_column(Json)
    request_id: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class OutboxDelivery(Model):
    """One reaction to one event; the record that the reaction is still owed or done."""

    __tablename__ = "outbox_delivery"
    __table_args__ = (Index("ix_outbox_delivery_open", "done_at", "send_after"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("outbox_event.id"), index=True)
    task: Mapped[str]
    send_after: Mapped[datetime] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error: Mapped[str] = mapped_column(default="")


# Rows of the tables themselves, not objects: every act writes some, and nobody reads them here.
_EVENT = insert(OutboxEvent.__table__).returning(OutboxEvent.__table__.c.id)
_DELIVERY = insert(OutboxDelivery.__table__)


def configure(app: Any, reactions: Reactions) -> None:
    """Give the outbox the table of reactions (from `wiring.py`); done by `create_app`."""
    app.extensions["outbox"] = reactions


def publish(event: Any) -> None:
    """Record that `event` (a frozen dataclass of primitives) happened, with what it sets off.

    Must be called inside `transaction()`; raises RuntimeError otherwise.
    """
    if not in_transaction():
        raise RuntimeError("publish() belongs inside transaction().")
    at = clock.now()
    reactions: Reactions = current_app.extensions["outbox"]
    if type(event) not in reactions:
        raise LookupError(f"{type(event).__name__} is not listed in wiring.REACTIONS.")
    event_id = db.session.execute(
        _EVENT,
        {
            "name": type(event).__name__,
            "fields": dataclasses.asdict(event),
            "request_id": g.get("request_id", "") if has_request_context() else "",
            "at": at,
        },
    ).scalar_one()
    if tasks := reactions[type(event)]:
        db.session.execute(
            _DELIVERY,
            [{"event_id": event_id, "task": task, "send_after": at} for task in tasks],
        )


def relay(send: Send, *, resend_after: timedelta, limit: int = 200) -> int:
    """Hand what is due to the broker; return how many deliveries were sent.

    A delivery is marked as sent before it goes out (its next turn is `resend_after` later), so
    that two relays do not send the same one at once; one that is lost on the way comes again.
    What the broker does not take is due at once and no attempt is counted: a broker may be away
    for days. The error is raised again.
    """
    at = clock.now()
    due = (
        select(OutboxDelivery.id)
        .where(
            OutboxDelivery.done_at.is_(None),
            OutboxDelivery.send_after <= at,
            OutboxDelivery.attempts < GIVE_UP_AFTER,
        )
        .order_by(OutboxDelivery.id)
        .limit(limit)
    )
    waiting = db.session.scalars(due).all()
    db.session.commit()
    if not waiting:
        return 0
    with transaction():
        claimed = db.session.execute(
            update(OutboxDelivery)
            .where(
                OutboxDelivery.id.in_(waiting),
                OutboxDelivery.done_at.is_(None),
                OutboxDelivery.send_after <= at,
            )
            .values(send_after=at + resend_after, attempts=OutboxDelivery.attempts + 1)
            .returning(OutboxDelivery.id)
        ).scalars()
        rows = db.session.execute(
            select(
                OutboxDelivery.id, OutboxDelivery.task, OutboxEvent.fields, OutboxEvent.request_id
            )
            .join(OutboxEvent, OutboxEvent.id == OutboxDelivery.event_id)
            .where(OutboxDelivery.id.in_(list(claimed)))
            .order_by(OutboxDelivery.id)
        ).all()
    for place, (delivery, task, fields, request_id) in enumerate(rows):
        try:
            send(task, fields, {"delivery": delivery, "request_id": request_id})
        except Exception:
            _take_back([row.id for row in rows[place:]])
            raise
    return len(rows)


def _take_back(deliveries: list[int]) -> None:
    """Make deliveries due again as if they had not been tried."""
    with transaction():
        db.session.execute(
            update(OutboxDelivery)
            .where(OutboxDelivery.id.in_(deliveries))
            .values(send_after=clock.now(), attempts=OutboxDelivery.attempts - 1)
        )


def mark_done(delivery: int) -> None:
    """Record that a delivery's task has run to its end; safe to repeat."""
    with transaction():
        db.session.execute(
            update(OutboxDelivery)
            .where(OutboxDelivery.id == delivery, OutboxDelivery.done_at.is_(None))
            .values(done_at=clock.now(), error="")
        )


def mark_failed(delivery: int, error: str) -> None:
    """Record why a delivery's task failed; the next try comes later each time, an hour at most."""
    with transaction():
        row = db.session.get(OutboxDelivery, delivery, with_for_update=True)
        if row is not None and row.done_at is None:
            row.error = error[:500]
            row.send_after = clock.now() + timedelta(
                seconds=min(5 * 2 ** min(row.attempts, 10), 3600)
            )


def oldest_waiting(now: datetime) -> timedelta:
    """Return how long the oldest unfinished delivery has waited; zero when none does."""
    at = db.session.scalar(
        select(func.min(OutboxEvent.at))
        .join(OutboxDelivery, OutboxDelivery.event_id == OutboxEvent.id)
        .where(OutboxDelivery.done_at.is_(None))
    )
    return now - at if at else timedelta()


def forget_finished(before: datetime) -> int:
    """Delete events whose every delivery was done before `before`; return how many."""
    with transaction():
        unfinished = select(OutboxDelivery.event_id).where(
            (OutboxDelivery.done_at.is_(None)) | (OutboxDelivery.done_at >= before)
        )
        old = db.session.scalars(
            select(OutboxEvent.id).where(OutboxEvent.at < before, OutboxEvent.id.not_in(unfinished))
        ).all()
        for start in range(0, len(old), 500):
            part = old[start : start + 500]
            db.session.execute(delete(OutboxDelivery).where(OutboxDelivery.event_id.in_(part)))
            db.session.execute(delete(OutboxEvent).where(OutboxEvent.id.in_(part)))
    return len(old)
