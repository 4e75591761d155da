"""Deleting an account: closed at once, erased by the worker, with a certificate at the end."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import or_, select, update

from dialogue.accounts import letters, sessions
from dialogue.accounts.commands import accounts, codes
from dialogue.accounts.events import DepartureBegun
from dialogue.accounts.models import AddressChange, Departure, JobState, User
from dialogue.kernel import ids, mail
from dialogue.kernel.db import db, rows_changed
from dialogue.kernel.outbox import publish

LEASE = timedelta(seconds=60)  # renewed with each step of the erasure


def begin(*, user: User, words_go: bool, now: datetime) -> Departure:
    """Close an account for good: nobody can sign in to it or act by it from now on. The caller has
    made sure by a fresh code that the owner of the mailbox asks.

    Roles end, on record. Publishes DepartureBegun. Raises Conflict for the last administrator.
    """
    for grant in [grant for grant in user.grants if grant.holds(now)]:
        accounts.end_role(grant_id=grant.id, actor_id=user.id, now=now)
    user.disabled_at = now
    sessions.end_all(user.id, now=now)
    codes.kill_all(user.id, now=now)
    db.session.execute(
        update(AddressChange)
        .where(AddressChange.user_id == user.id)
        .values(undo_until=now, expires_at=now)
    )
    departure = Departure(
        reference=ids.tracking_number(), user_id=user.id, words_go=words_go, asked_at=now
    )
    db.session.add(departure)
    db.session.flush()
    letter = letters.farewell(departure.reference, words_go=words_go)
    key = f"{mail.FAREWELL}{departure.reference}"
    mail.queue(user.email, letter.subject, letter.text, key=key, now=now)
    publish(DepartureBegun(departure.id))
    return departure


def claim(departure_id: int, *, now: datetime) -> bool:
    """Take the work on, or go on with it; False while another worker is at it, or when it is
    done."""
    return bool(
        rows_changed(
            update(Departure)
            .where(
                Departure.id == departure_id,
                Departure.state == JobState.WAITING,
                or_(Departure.lease_until.is_(None), Departure.lease_until < now),
            )
            .values(lease_until=now + LEASE, attempts=Departure.attempts + 1)
        )
    )


def renew(departure_id: int, *, now: datetime) -> None:
    """Say that the work goes on."""
    db.session.execute(
        update(Departure).where(Departure.id == departure_id).values(lease_until=now + LEASE)
    )


def certify(departure_id: int, *, now: datetime) -> None:
    """Record that all is gone, and forget who it was."""
    db.session.execute(
        update(Departure)
        .where(Departure.id == departure_id)
        .values(state=JobState.DONE, done_at=now, user_id=None, lease_until=None)
    )


def by_reference(reference: str) -> Departure | None:
    """Return the certificate with this number."""
    return db.session.scalars(select(Departure).where(Departure.reference == reference)).first()


def left_behind(now: datetime) -> list[int]:
    """Return the departures that no worker is at, though they are not done."""
    unattended = or_(Departure.lease_until.is_(None), Departure.lease_until < now)
    settled = Departure.asked_at < now - LEASE
    waiting = select(Departure.id).where(Departure.state == JobState.WAITING, unattended, settled)
    return list(db.session.scalars(waiting.order_by(Departure.id)))
