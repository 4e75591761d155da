"""Addresses that want one mail when a dialogue opens."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from dialogue.kernel.db import db
from dialogue.notifications.models import OpeningRequest


def by_token(token: str) -> OpeningRequest | None:
    """Return the request that a mailed link stands for."""
    return db.session.scalars(select(OpeningRequest).where(OpeningRequest.token == token)).first()


def confirmed_for(dialogue_id: int, limit: int) -> Sequence[OpeningRequest]:
    """Return the requests for a dialogue whose owners have confirmed them."""
    return db.session.scalars(
        select(OpeningRequest)
        .where(OpeningRequest.dialogue_id == dialogue_id, OpeningRequest.confirmed_at.is_not(None))
        .order_by(OpeningRequest.id)
        .limit(limit)
    ).all()


def dialogues_asked_for() -> Sequence[int]:
    """Return the dialogues of which somebody wants to hear."""
    query = select(OpeningRequest.dialogue_id).where(OpeningRequest.confirmed_at.is_not(None))
    return db.session.scalars(query.distinct()).all()
