"""What the public may read: the one query that every public representation starts from."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, exists, select

from dialogue.dialogues.models import Act, Dialogue, Phase
from dialogue.participation.models import Contribution


def is_listed() -> ColumnElement[bool]:
    """The condition on a contribution of a dialogue that the reader may see.

    `listed` is true exactly when there is a published revision and a visible state; the database
    refuses anything else.
    """
    return Contribution.listed.is_(True)


def visible_contributions(now: datetime) -> Select[int]:
    """Return the ids of what everybody may read at `now`, over all dialogues."""
    announced = exists().where(
        and_(Phase.dialogue_id == Dialogue.id, Phase.act == Act.ANNOUNCE, Phase.opens_at <= now)
    )
    return (
        select(Contribution.id)
        .join(Dialogue, Dialogue.id == Contribution.dialogue_id)
        .where(is_listed(), Dialogue.private.is_(False), announced)
    )
