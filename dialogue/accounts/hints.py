"""Hints that an account is a robot's, or one of many that one person has.

A hint is shown to the moderators beside what the account sends. Nobody is refused, counted less or
deleted for one: a library has one network, and people share mailboxes. Only the trap, a field that
no person sees, has what is sent wait for a moderator where it would be public at once.
"""

from __future__ import annotations

import tomllib
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import or_, select
from sqlalchemy.dialects import postgresql, sqlite

from dialogue.accounts import limits
from dialogue.accounts.models import AccountHint, Hint, User
from dialogue.kernel.db import db, dialect
from dialogue.kernel.settings import setting

_DISPOSABLE = frozenset(
    tomllib.loads((Path(__file__).parent / "disposable.toml").read_text())["hosts"]
)


def note(user_id: int, hint: Hint, *, now: datetime) -> None:
    """Record a hint about an account in the current transaction; twice is once, the newer time
    counts."""
    insert = sqlite.insert if dialect() == "sqlite" else postgresql.insert
    row = insert(AccountHint).values(user_id=user_id, hint=hint, at=now)
    db.session.execute(
        row.on_conflict_do_update(index_elements=["user_id", "hint"], set_={"at": now})
    )


def look(user: User, *, network: str, now: datetime) -> list[Hint]:
    """Return what points to many accounts of one person when this one is begun."""
    begun = limits.counted("create", network, window=timedelta(hours=1), now=now)
    local, _at, host = user.email_folded.rpartition("@")
    found = {
        Hint.NETWORK: begun >= setting("ACCOUNTS_ALIKE"),
        Hint.DISPOSABLE: host in _DISPOSABLE,
        Hint.MAILBOX: _has_twin(user.id, local, host),
    }
    return [hint for hint, holds in found.items() if holds]


def of(user_id: int | None) -> list[Hint]:
    """Return the hints about an account, in the order of their names."""
    rows = db.session.scalars(select(AccountHint.hint).where(AccountHint.user_id == user_id))
    return sorted(Hint(hint) for hint in rows)


def is_trapped(user_id: int | None) -> bool:
    """Tell whether the account fell into the trap."""
    return Hint.TRAP in of(user_id)


def _has_twin(user_id: int, local: str, host: str) -> bool:
    """Tell whether another account's address differs only in what stands after a plus."""
    base = local.partition("+")[0]
    twin = select(User.id).where(
        User.id != user_id,
        or_(
            User.email_folded == f"{base}@{host}",
            # "," is the next character after "+".
            User.email_folded.between(f"{base}+", f"{base},")
            & User.email_folded.endswith(f"@{host}", autoescape=True),
        ),
    )
    return db.session.scalar(twin.limit(1)) is not None
