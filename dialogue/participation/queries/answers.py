"""Whether others have answered something: then a note of it stays when its author takes it back."""

from __future__ import annotations

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import aliased

from dialogue.kernel.db import db
from dialogue.participation.models import Contribution, Kind, Vote


def is_answered(contribution: Contribution) -> bool:
    """Tell whether somebody else voted on an idea, or commented on it, or replied to a comment."""
    if contribution.kind == Kind.IDEA:
        return has_votes_of_others(contribution) or contribution.comments > 0
    reply = aliased(Contribution)
    answers = exists().where(
        or_(reply.root_id == contribution.id, reply.reply_to_id == contribution.id),
        reply.idea_id == contribution.idea_id,
        reply.id != contribution.id,
        reply.listed.is_(True),
    )
    return bool(db.session.scalar(select(answers)))


def has_votes_of_others(idea: Contribution) -> bool:
    """Tell whether anybody but its author voted on an idea."""
    of_others = exists().where(Vote.idea_id == idea.id, Vote.participant_id != idea.participant_id)
    return bool(db.session.scalar(select(of_others)))
