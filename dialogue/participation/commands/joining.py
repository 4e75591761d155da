"""Becoming a participant: with the first act in a dialogue."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from dialogue.accounts.models import User
from dialogue.dialogues.models import Dialogue
from dialogue.kernel import text
from dialogue.kernel.db import db
from dialogue.participation.models import Participant


def participant_for(*, dialogue_id: int, user: User, now: datetime) -> Participant:
    """Return the person's participant in this dialogue, made now when this is their first act.

    The public name is the account's display name; a number is added when it is taken here.
    """
    found = _existing(dialogue_id, user.id)
    if found is not None:
        return found
    base = user.display_name
    for attempt in range(1, 100):
        name = base if attempt == 1 else f"{base} {attempt}"
        try:
            with db.session.begin_nested():
                participant = Participant(
                    dialogue_id=dialogue_id,
                    user_id=user.id,
                    public_name=name,
                    name_folded=text.fold(name),
                    created_at=now,
                )
                db.session.add(participant)
        except IntegrityError:
            # The same person in another tab, or the name is taken.
            found = _existing(dialogue_id, user.id)
            if found is not None:
                return found
            continue
        db.session.execute(
            update(Dialogue)
            .where(Dialogue.id == dialogue_id)
            .values(people_active=Dialogue.people_active + 1)
        )
        return participant
    raise LookupError(f"No free name like {base!r} in dialogue {dialogue_id}.")


def _existing(dialogue_id: int, user_id: int) -> Participant | None:
    return db.session.scalars(
        select(Participant).where(
            Participant.dialogue_id == dialogue_id, Participant.user_id == user_id
        )
    ).first()
