"""Whether a new wording is public at once or waits: by what the dialogue has decided."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import exists, func, select

from dialogue.accounts import hints
from dialogue.dialogues.models import Dialogue, Moderation
from dialogue.kernel.db import db
from dialogue.participation.commands import publication
from dialogue.participation.lifecycle import State
from dialogue.participation.models import Contribution, Participant, Revision, RevisionState

# What somebody wrote is doubted from here on, wherever first contributions are read.
_DOUBTED = (State.REJECTED, State.HIDDEN, State.BINNED)
_REFUSED = (RevisionState.REJECTED, RevisionState.RETURNED)

Stops = Callable[[Dialogue, str, str], bool]  # (dialogue, title, html)
_screens: list[Stops] = []


def screen_with(stops: Stops) -> None:
    """Have `stops` say which wordings wait where rules decide. The screens stand in a slice above
    this one; the composition root names them."""
    if stops not in _screens:
        _screens.append(stops)


def show_if_it_may(
    dialogue: Dialogue, contribution: Contribution, revision: Revision, now: datetime
) -> None:
    """Publish a wording that was just submitted, unless it waits for a moderator here.

    In each case it stands in the queue: a moderator reads it before or after.
    """
    if may_show_at_once(dialogue, contribution, revision):
        publication.publish_revision(
            contribution_id=contribution.id, revision_id=revision.id, now=now
        )


def may_show_at_once(dialogue: Dialogue, contribution: Contribution, revision: Revision) -> bool:
    """Tell whether the dialogue lets this wording appear before anybody has read it.

    What a moderator has refused once is read again before it appears, whatever the policy; so is
    what comes from an account that filled in a field which no person sees.
    """
    if dialogue.moderation == Moderation.BEFORE or _was_refused(contribution.id):
        return False
    author = db.session.get_one(Participant, contribution.participant_id)
    if hints.is_trapped(author.user_id):
        return False
    match Moderation(dialogue.moderation):
        case Moderation.AFTER:
            return True
        case Moderation.FIRST:
            return _is_known(contribution)
        case Moderation.RULES:
            # Without a screen nothing has been looked for, so nothing may pass.
            return bool(_screens) and not any(
                stops(dialogue, revision.title, revision.html) for stops in _screens
            )
    return False


def _was_refused(contribution_id: int) -> bool:
    return bool(
        db.session.scalar(
            select(Revision.id)
            .where(
                Revision.contribution_id == contribution_id,
                Revision.state.in_(_REFUSED),
            )
            .limit(1)
        )
    )


def _is_known(contribution: Contribution) -> bool:
    """Tell whether something of this person was published here, and nothing was refused."""
    mine = Contribution.participant_id == contribution.participant_id
    refused_wording = (
        exists()
        .where(
            Revision.contribution_id == Contribution.id, Revision.state == RevisionState.REJECTED
        )
        .correlate(Contribution)
    )
    published, doubted = db.session.execute(
        select(
            func.count(Contribution.published_at),
            func.count().filter(Contribution.state.in_(_DOUBTED) | refused_wording),
        ).where(mine)
    ).one()
    return bool(published) and not doubted
