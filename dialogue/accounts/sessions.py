"""Signed-in browsers, as rows on the server: a cookie that was copied dies with its row.

The signed cookie holds a random token; `load` finds its row by digest on each request. Staff
sessions end after a time of idleness, all sessions at an absolute age.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

from flask import current_app, session
from flask_login import UserMixin, login_user, logout_user
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from dialogue.accounts.models import AccountSession, Grant, User
from dialogue.kernel import clock, ids
from dialogue.kernel.db import DatabaseBusy, db, transaction

_SEEN_EVERY = timedelta(minutes=1)  # how exact "idle" is; each renewal is a write


class SignedIn(UserMixin):
    """The person of this request: the account's fields, and the session's token as identity."""

    def __init__(self, user: User, token: str, session_id: int):
        self._token = token
        self.user = user
        self.session_id = session_id
        self.id = user.id

    @property
    def name(self) -> str:
        """Return the display name."""
        return self.user.display_name

    @property
    def email(self) -> str:
        """Return the address."""
        return self.user.email

    @property
    def grants(self) -> list[Grant]:
        """Return the grants of roles, ended ones too."""
        return self.user.grants

    def get_id(self) -> str:
        """Return what the cookie holds."""
        return self._token


def load(token: str) -> SignedIn | None:
    """Return the person behind a session token; None when the session has ended."""
    now = clock.now()
    row = db.session.scalars(
        select(AccountSession).where(AccountSession.digest == ids.digest(token))
    ).first()
    if row is None or row.revoked_at or row.expires_at <= now:
        return None
    if row.user.disabled_at or row.user.confirmed_at is None:
        return None
    if is_staff(row.user, now):
        idle = timedelta(minutes=current_app.config["STAFF_IDLE_MINUTES"])
        if idle and now - row.seen_at > idle:
            return None
        if now - row.seen_at > _SEEN_EVERY:
            session_id = row.id
            # While the database takes no writes the person stays in, also on the page that says so.
            with suppress(DatabaseBusy, OperationalError), transaction():
                db.session.execute(
                    update(AccountSession)
                    .where(AccountSession.id == session_id)
                    .values(seen_at=now)
                )
            row = db.session.get_one(AccountSession, session_id)
    return SignedIn(row.user, token, row.id)


def is_staff(user: User, now: datetime) -> bool:
    """Tell whether a person holds any role at `now`."""
    return any(grant.holds(now) for grant in user.grants)


def start(user: User, *, now: datetime) -> str:
    """Open a session in the current transaction and return its token."""
    config = current_app.config
    life = (
        timedelta(hours=config["STAFF_SESSION_HOURS"])
        if is_staff(user, now)
        else timedelta(days=config["SESSION_DAYS"])
    )
    token = ids.token()
    db.session.add(
        AccountSession(
            digest=ids.digest(token),
            user_id=user.id,
            created_at=now,
            seen_at=now,
            expires_at=now + life,
        )
    )
    db.session.flush()
    return token


def enter(token: str) -> None:
    """Put a new session's token into the browser's cookie; whatever it held before is gone."""
    session.clear()
    person = load(token)
    if person is not None:
        login_user(person)


def end(token: str, *, now: datetime) -> None:
    """End one session, in the current transaction."""
    db.session.execute(
        update(AccountSession)
        .where(AccountSession.digest == ids.digest(token), AccountSession.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def end_all(user_id: int, *, now: datetime) -> None:
    """End every session of a person, in the current transaction (password, role, disabling)."""
    db.session.execute(
        update(AccountSession)
        .where(AccountSession.user_id == user_id, AccountSession.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def leave() -> None:
    """Empty the browser's cookie."""
    logout_user()
    session.clear()
