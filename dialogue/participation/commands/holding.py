"""Out of sight until a moderator has looked: what enough people flagged, what is disowned. And
back, exactly as it stood, when the moderators find nothing wrong with it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from dialogue.kernel.db import db
from dialogue.participation import lifecycle
from dialogue.participation.commands import publication
from dialogue.participation.lifecycle import TRANSITIONS, State, Verb
from dialogue.participation.models import Contribution, Revision


def hold(contribution: Contribution, now: datetime) -> State:
    """Put a locked contribution out of sight and return how it stood; what nobody could see
    anyway stays as it is. Publishes ContributionUnlisted when it was listed."""
    before = State(contribution.state)
    if (before, Verb.HIDE) in TRANSITIONS:
        state = lifecycle.after(before, Verb.HIDE)
        publication.unlist(contribution, now)
        contribution.state = state
        contribution.version += 1
        db.session.flush()
    return before


def release(contribution: Contribution, before: State, now: datetime) -> None:
    """Let a locked contribution that is still held stand as it stood before."""
    if contribution.state != State.HIDDEN or before is State.HIDDEN:
        return
    wording = contribution.published_revision_id or db.session.scalar(
        select(Revision.id)
        .where(Revision.contribution_id == contribution.id)
        .order_by(Revision.number.desc())
        .limit(1)
    )
    if wording is None:
        return
    publication.stand_as(
        contribution_id=contribution.id,
        revision_id=wording,
        before=publication.Standing(
            before, contribution.published_revision_id, contribution.edited_at
        ),
        now=now,
    )
