"""The wordings of a text that the public has read, and no other ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from dialogue.kernel.db import db
from dialogue.participation.models import Contribution, Revision, RevisionState

PAGE = 10


@dataclass(frozen=True)
class Wording:
    """One wording, as it reads now: words that were hidden since have left it."""

    number: int
    title: str
    source: str
    language: str
    published_at: datetime


def public_wordings(contribution_id: int, *, before: int | None = None) -> Sequence[Wording]:
    """Return at most PAGE + 1 wordings that were public, newest first; the last one is there to
    compare with. What waits, was refused, or was replaced before publication is not among them.

    The caller has made sure that the public may read the contribution.
    """
    query = (
        select(
            Revision.number,
            Revision.title,
            Revision.source,
            Revision.language,
            Revision.published_at,
        )
        .join(Contribution, Contribution.id == Revision.contribution_id)
        .where(
            Revision.contribution_id == contribution_id,
            Revision.published_at.is_not(None),
            Revision.state.in_((RevisionState.PUBLISHED, RevisionState.SUPERSEDED)),
            Contribution.published_revision_id.is_not(None),
        )
        .order_by(Revision.number.desc())
        .limit(PAGE + 1)
    )
    if before is not None:
        query = query.where(Revision.number < before)
    rows: Sequence[Row[*tuple[Any, ...]]] = db.session.execute(query).all()
    return [Wording(*row) for row in rows]
