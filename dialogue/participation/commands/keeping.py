"""Keeping one's vote on an idea that was edited after it was given."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select

from dialogue.accounts.models import User
from dialogue.dialogues.models import Dialogue
from dialogue.kernel.db import db
from dialogue.kernel.errors import NotFound
from dialogue.participation.models import (
    Contribution,
    Kind,
    Participant,
    Revision,
    Vote,
    VoteWording,
)
from dialogue.participation.queries.visibility import is_listed


def keep_vote(
    *, dialogue: Dialogue, idea_id: int, revision: int, user: User, now: datetime
) -> None:
    """Record that the person's vote is about the wording with this number, the one they were asked
    about: should there be a newer one by now, they are asked again. Raises NotFound (no public
    idea here, no such wording of it, no vote of theirs)."""
    wording_id = (
        select(Revision.id)
        .where(
            Revision.contribution_id == idea_id,
            Revision.number == revision,
            Revision.published_at.is_not(None),
        )
        .scalar_subquery()
    )
    row = db.session.execute(
        select(Vote.participant_id, wording_id)
        .join(Contribution, Contribution.id == Vote.idea_id)
        .join(Participant, Participant.id == Vote.participant_id)
        .where(
            Contribution.id == idea_id,
            Contribution.dialogue_id == dialogue.id,
            Contribution.kind == Kind.IDEA,
            is_listed(),
            Participant.user_id == user.id,
        )
        .with_for_update(of=Vote)
    ).first()
    if row is None or row[1] is None:
        raise NotFound("")
    person, wording = row
    mine = (VoteWording.idea_id == idea_id, VoteWording.participant_id == person)
    db.session.execute(delete(VoteWording).where(*mine))
    db.session.add(VoteWording(idea_id=idea_id, participant_id=person, revision_id=wording, at=now))
    db.session.flush()
