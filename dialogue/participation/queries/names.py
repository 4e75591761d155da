"""Under which names a person appears, for that person alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import exists, select

from dialogue.dialogues.models import Dialogue
from dialogue.kernel.db import db
from dialogue.participation.models import Contribution, Participant


@dataclass(frozen=True)
class OwnName:
    """A person's name in one dialogue; `is_read`: something of theirs stands under it."""

    dialogue_id: int
    slug: str
    name: str
    is_read: bool


def names_of(user_id: int) -> Sequence[OwnName]:
    """Return the names of a person in the order in which they joined."""
    read = exists().where(Contribution.participant_id == Participant.id, Contribution.listed)
    rows = db.session.execute(
        select(Participant.dialogue_id, Dialogue.slug, Participant.public_name, read)
        .join(Dialogue, Dialogue.id == Participant.dialogue_id)
        .where(Participant.user_id == user_id)
        .order_by(Participant.id)
    )
    return [OwnName(*row) for row in rows]
