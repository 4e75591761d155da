"""One's own drafts; there is no way to ask for anybody else's."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from dialogue.kernel.db import db
from dialogue.participation.drafts import Draft


def drafts_of(user_id: int) -> Sequence[Draft]:
    """Return what a person is still writing, the last saved first."""
    return db.session.scalars(
        select(Draft)
        .where(Draft.user_id == user_id, Draft.sent_at.is_(None))
        .order_by(Draft.saved_at.desc(), Draft.id.desc())
    ).all()


def draft_of(user_id: int, draft_id: int) -> Draft | None:
    """Return one's own draft; None for anybody else's, as for one that is not there."""
    return db.session.scalars(
        select(Draft).where(Draft.id == draft_id, Draft.user_id == user_id, Draft.sent_at.is_(None))
    ).first()
