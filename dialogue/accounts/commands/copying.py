"""Copies of everything held about a person: asked for, made by the worker, gone after a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import delete, or_, select, update

from dialogue.accounts import limits
from dialogue.accounts.events import CopyRequested
from dialogue.accounts.models import DataCopy, JobState, User
from dialogue.kernel import ids
from dialogue.kernel.db import db, rows_changed
from dialogue.kernel.outbox import publish
from dialogue.kernel.settings import setting

FOLDER = "copies"  # in the instance folder
LEASE = timedelta(minutes=5)  # a copy takes seconds
_ATTEMPTS = 3
_A_DAY = 3


def request(*, user: User, now: datetime) -> DataCopy:
    """Ask for a copy. While one is being made that is the one. Publishes CopyRequested.

    Raises TooMany after three in a day.
    """
    waiting = select(DataCopy).where(
        DataCopy.user_id == user.id, DataCopy.state == JobState.WAITING
    )
    found = db.session.scalars(waiting).first()
    if found is not None:
        return found
    limits.count(
        "copy",
        f"user:{user.id}",
        limit=_A_DAY,
        window=timedelta(days=1),
        now=now,
        say=_("You have asked for several copies today. You can ask again tomorrow."),
    )
    copy = DataCopy(
        user_id=user.id,
        asked_at=now,
        expires_at=now + timedelta(hours=setting("COPY_HOURS")),
        path=f"{FOLDER}/{ids.token()}.zip",
    )
    db.session.add(copy)
    db.session.flush()
    publish(CopyRequested(copy.id))
    return copy


def of(user_id: int, now: datetime) -> Sequence[DataCopy]:
    """Return a person's copies that can still be had or are being made, newest first."""
    return db.session.scalars(
        select(DataCopy)
        .where(DataCopy.user_id == user_id, DataCopy.expires_at > now)
        .order_by(DataCopy.id.desc())
    ).all()


def claim(copy_id: int, *, now: datetime) -> bool:
    """Take the work on; False while another worker is at it, or when it has ended. After three
    tries it has failed."""
    mine = (
        DataCopy.id == copy_id,
        DataCopy.state == JobState.WAITING,
        or_(DataCopy.lease_until.is_(None), DataCopy.lease_until < now),
    )
    db.session.execute(
        update(DataCopy)
        .where(*mine, DataCopy.attempts >= _ATTEMPTS)
        .values(state=JobState.FAILED, lease_until=None)
    )
    return bool(
        rows_changed(
            update(DataCopy)
            .where(*mine)
            .values(lease_until=now + LEASE, attempts=DataCopy.attempts + 1)
        )
    )


def finish(copy_id: int, *, size: int, now: datetime) -> bool:
    """Record that the file is whole; False when the person has left meanwhile."""
    return bool(
        rows_changed(
            update(DataCopy)
            .where(DataCopy.id == copy_id)
            .values(state=JobState.DONE, made_at=now, size=size, lease_until=None)
        )
    )


def left_behind(now: datetime) -> list[int]:
    """Return the copies that no worker is at, though they are not made."""
    return list(
        db.session.scalars(
            select(DataCopy.id).where(
                DataCopy.state == JobState.WAITING,
                DataCopy.asked_at < now - LEASE,
                or_(DataCopy.lease_until.is_(None), DataCopy.lease_until < now),
            )
        )
    )


def forget_old(now: datetime) -> set[str]:
    """Delete the rows of copies whose time is over; return the paths that rows still name."""
    db.session.execute(delete(DataCopy).where(DataCopy.expires_at <= now))
    return set(db.session.scalars(select(DataCopy.path)))
