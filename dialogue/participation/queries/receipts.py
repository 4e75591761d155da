"""What a tracking number leads to: how a contribution stands, and never its words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, select

from dialogue.kernel.db import db
from dialogue.participation.models import (
    Contribution,
    Participant,
    Revision,
    RevisionState,
)


@dataclass(frozen=True)
class Receipt:
    """How a contribution stands."""

    id: int
    tracking: str
    kind: str
    dialogue_id: int
    idea_id: int | None
    state: str
    listed: bool
    received_at: datetime
    published_at: datetime | None
    edited_at: datetime | None
    edit_waits: bool


def by_number(tracking: str) -> Receipt | None:
    """Return the receipt with this number, whoever asks."""
    return _one(Contribution.tracking == tracking)


def of_own(user_id: int, contribution_id: int) -> Receipt | None:
    """Return the receipt of something that the person wrote."""
    return _one(Contribution.id == contribution_id, Participant.user_id == user_id)


def _one(*conditions: ColumnElement[bool]) -> Receipt | None:
    waits = (
        select(Revision.id)
        .where(
            Revision.contribution_id == Contribution.id,
            Revision.state == RevisionState.WAITING,
        )
        .exists()
    )
    query: Select[*tuple[Any, ...]] = (
        select(
            Contribution.id,
            Contribution.tracking,
            Contribution.kind,
            Contribution.dialogue_id,
            Contribution.idea_id,
            Contribution.state,
            Contribution.listed,
            Contribution.created_at,
            Contribution.published_at,
            Contribution.edited_at,
            waits,
        )
        .join(Participant, Participant.id == Contribution.participant_id)
        .where(*conditions)
    )
    row = db.session.execute(query).first()
    return Receipt(*row) if row else None
