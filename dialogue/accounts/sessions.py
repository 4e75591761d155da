"""Signed-in browsers, as rows on the server: a cookie that was copied dies with its row.

The signed cookie holds a random token; `load` finds its row by digest on each request. Staff
sessions end after a time of idleness, all sessions at an absolute age.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from flask import current_app, has_request_context, request, session
from flask_login import UserMixin, login_user, logout_user
from sqlalchemy import ColumnElement, bindparam, func, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import joinedload

from dialogue.accounts import devices
from dialogue.accounts.models import AccountSession, Grant, Role, User
from dialogue.kernel import clock, ids
from dialogue.kernel.db import DatabaseBusy, db, rows_changed, transaction
from dialogue.kernel.errors import NotFound

_SEEN_PATIENCE = 1.0  # seconds: reading never waits longer for a turn to write
_SEEN_EVERY = timedelta(minutes=1)  # how exact "idle" of staff is; each renewal is a write


# What the parts above want to know of a person on every page, by name: columns of the statement
# that finds the session, so that nobody asks once more.
_beside: dict[str, Callable[[], ColumnElement[Any]]] = {}


def tell_beside(name: str, column: Callable[[], ColumnElement[Any]]) -> None:
    """Let `SignedIn.beside[name]` hold a column that is correlated to AccountSession."""
    _beside[name] = column


class SignedIn(UserMixin):
    """The person of this request: the account's fields, and the session's token as identity."""

    def __init__(
        self,
        user: User,
        token: str,
        session_id: int,
        proved_at: datetime | None,
        beside: Mapping[str, Any],
    ):
        self._token = token
        self.beside = beside
        self.user = user
        self.session_id = session_id
        self.proved_at = proved_at
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
    statement = _loading(tuple(_beside))
    found = db.session.execute(statement, {"digest": ids.digest(token)}).unique().first()
    if found is None:
        return None
    row, beside = found[0], dict(zip(_beside, found[1:], strict=True))
    if row.revoked_at or row.expires_at <= now:
        return None
    if row.user.disabled_at or row.user.confirmed_at is None:
        return None
    staff = is_staff(row.user, now)
    if staff:
        idle = timedelta(minutes=current_app.config["STAFF_IDLE_MINUTES"])
        if idle and now - row.seen_at > idle:
            return None
    # Of others the day is known, for the list of their own devices, and nothing finer.
    if now - row.seen_at > _SEEN_EVERY if staff else now.date() > row.seen_at.date():
        row = _seen(row, now)
    return SignedIn(row.user, token, row.id, row.proved_at, beside)


@cache
def _loading(beside: tuple[str, ...]) -> Any:
    """Return the statement of every request, made once: the row, its person with their grants, and
    what is asked for beside it."""
    columns = [_beside[name]().label(name) for name in beside]
    return (
        select(AccountSession, *columns)
        .where(AccountSession.digest == bindparam("digest"))
        .options(joinedload(AccountSession.user, innerjoin=True).joinedload(User.grants))
    )


def _seen(row: AccountSession, now: datetime) -> AccountSession:
    session_id = row.id
    # While the database takes no writes the person stays in, also on the page that says so.
    with suppress(DatabaseBusy, OperationalError), transaction(patience=_SEEN_PATIENCE):
        db.session.execute(
            update(AccountSession).where(AccountSession.id == session_id).values(seen_at=now)
        )
    return db.session.get_one(AccountSession, session_id)


def is_staff(user: User, now: datetime) -> bool:
    """Tell whether a person holds any role at `now`."""
    return any(grant.holds(now) for grant in user.grants)


def desk_of(user: User, now: datetime) -> str:
    """Return where a person works by the roles they hold at `now`; empty for participants."""
    roles = {grant.role for grant in user.grants if grant.holds(now)}
    if roles & {Role.MODERATOR, Role.ADMIN}:
        return "/mod/queue"
    return "/agency/" if roles else ""


def start(user: User, *, now: datetime) -> str:
    """Open a session in the current transaction and return its token. The person has just shown
    who they are."""
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
            device=devices.named(request.user_agent.string) if has_request_context() else "",
            proved_at=now,
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


def has_proved(person: SignedIn, now: datetime) -> bool:
    """Tell whether a person has shown who they are in this session a short while ago."""
    while_ago = timedelta(minutes=current_app.config["PROOF_MINUTES"])
    return person.proved_at is not None and now - person.proved_at < while_ago


def prove(session_id: int, *, now: datetime) -> str:
    """Record that a person has shown again who they are, and return the session's new token: one
    that was copied before has not shown anything."""
    token = ids.token()
    db.session.execute(
        update(AccountSession)
        .where(AccountSession.id == session_id)
        .values(proved_at=now, digest=ids.digest(token))
    )
    return token


def of(user_id: int, now: datetime) -> Sequence[AccountSession]:
    """Return the open sessions of a person, newest first."""
    return db.session.scalars(
        select(AccountSession)
        .where(
            AccountSession.user_id == user_id,
            AccountSession.revoked_at.is_(None),
            AccountSession.expires_at > now,
        )
        .order_by(AccountSession.id.desc())
    ).all()


def end_one(session_id: int, *, user_id: int, now: datetime) -> None:
    """End one session of a person; raises NotFound for somebody else's."""
    ended = rows_changed(
        update(AccountSession)
        .where(AccountSession.id == session_id, AccountSession.user_id == user_id)
        .values(revoked_at=func.coalesce(AccountSession.revoked_at, now))
    )
    if not ended:
        raise NotFound("")


def end(token: str, *, now: datetime) -> None:
    """End one session, in the current transaction."""
    db.session.execute(
        update(AccountSession)
        .where(AccountSession.digest == ids.digest(token), AccountSession.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def end_all(user_id: int, *, now: datetime, but: int | None = None) -> None:
    """End every session of a person, in the current transaction (password, role, disabling);
    `but` is one that stays."""
    db.session.execute(
        update(AccountSession)
        .where(
            AccountSession.user_id == user_id,
            AccountSession.revoked_at.is_(None),
            AccountSession.id != (but or 0),
        )
        .values(revoked_at=now)
    )


def leave() -> None:
    """Empty the browser's cookie."""
    logout_user()
    session.clear()
