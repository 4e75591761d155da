"""What a signed-out person began (a vote, an idea, a comment), kept until they have signed in.

Only the browser in which an act began may carry it through a sign-in: its cookie says so. Without
that, a link with a token in it would make whoever signs in by it vote or write as somebody else
likes.

Accounts does not know what the acts are: the parts above register a handler for each kind, and
the face calls `resume` after the sign-in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import session
from flask_babel import gettext as _
from sqlalchemy import select, update

from dialogue.accounts import limits
from dialogue.accounts.models import Intent, User
from dialogue.kernel import ids
from dialogue.kernel.db import db, rows_changed, transaction
from dialogue.kernel.settings import setting

KEEP = timedelta(hours=24)
_BEGUN = "begun"  # in the cookie: the acts begun in this browser, by the first part of the digest
_PART = 16
_MOST = 8  # in as many tabs


@dataclass(frozen=True)
class Outcome:
    """What became of a kept act: where to go and what to say there."""

    url: str
    message: str
    done: bool = True


Handler = Callable[[dict[str, Any], User, datetime], Outcome]
WORDS = "words"  # sent after the session had ended, to a page for signed-in people: given back


def _give_back(payload: dict[str, Any], user: User, now: datetime) -> Outcome:
    message = _("You were signed out before you sent this. Nothing was sent.")
    return Outcome(payload["next"], message, done=False)


_handlers: dict[str, Handler] = {WORDS: _give_back}


def register(kind: str, handler: Handler) -> None:
    """Name the function that carries out a kind of act, in a transaction of its own."""
    _handlers[kind] = handler


def keep(kind: str, payload: dict[str, Any], *, network: str, now: datetime) -> str:
    """Store an act in the current transaction and return the token that stands for it, in this
    browser.

    Raises TooMany when very much was kept for this network within an hour.
    """
    limits.count(
        "intent",
        network,
        limit=setting("ACCOUNTS_PER_HOUR") * 5,
        window=timedelta(hours=1),
        now=now,
        say=_("A lot was sent from your network. Please sign in first, then send it again."),
    )
    token = ids.token()
    digest = ids.digest(token)
    db.session.add(Intent(digest=digest, kind=kind, payload=payload, created_at=now))
    session[_BEGUN] = [*session.get(_BEGUN, []), digest[:_PART]][-_MOST:]
    return token


def digest_of(token: str) -> str:
    """Return the digest of an act that began in this browser; empty for every other token."""
    digest = ids.digest(token) if token else ""
    return digest if digest[:_PART] in session.get(_BEGUN, []) else ""


def by_digest(digest: str, now: datetime) -> Intent | None:
    """Return a kept act; None when it is unknown, too old or already carried out."""
    if not digest:
        return None
    return db.session.scalars(
        select(Intent).where(
            Intent.digest == digest, Intent.used_at.is_(None), Intent.created_at > now - KEEP
        )
    ).first()


def resume(intent: Intent, user: User, now: datetime) -> Outcome | None:
    """Carry a kept act out for a person who has just signed in; None for an unknown kind, or when
    it was carried out already. An act that fails stays kept, with its text."""
    handler = _handlers.get(intent.kind)
    intent_id, payload = intent.id, dict(intent.payload)
    if handler is None:
        return None
    with transaction():
        taken = rows_changed(
            update(Intent)
            .where(Intent.id == intent_id, Intent.used_at.is_(None))
            .values(used_at=now, user_id=user.id)
        )
    if not taken:
        return None
    try:
        outcome = handler(payload, user, now)
    except Exception:
        _release(intent_id)
        raise
    if not outcome.done:
        _release(intent_id)
        return outcome
    with transaction():  # its words have arrived: they need not lie here too
        db.session.execute(update(Intent).where(Intent.id == intent_id).values(payload={}))
    return outcome


def _release(intent_id: int) -> None:
    """Keep an act that could not be carried out: its words are still there to be given back."""
    db.session.rollback()
    with transaction():
        db.session.execute(update(Intent).where(Intent.id == intent_id).values(used_at=None))


def texts(intent: Intent) -> list[str]:
    """Return the words a person typed in a kept act, to give them back."""
    if intent.kind == WORDS:
        return list(intent.payload["texts"])
    return [intent.payload[name] for name in ("title", "body") if intent.payload.get(name)]
