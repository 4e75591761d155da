"""Asking a moderator to look at something public, and what becomes of it.

One person has one flag on one idea or comment. Flags put a text out of sight only where the
dialogue says so, and only until a moderator has looked.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import select, update

from dialogue.accounts import limits
from dialogue.accounts.models import User
from dialogue.dialogues.models import Dialogue
from dialogue.kernel.db import db
from dialogue.kernel.errors import Conflict, NotFound
from dialogue.kernel.outbox import publish
from dialogue.kernel.settings import setting
from dialogue.participation.commands import holding, joining, publication, restrictions
from dialogue.participation.events import ContributionFlagged, FlagsDecided, FlagsReopened
from dialogue.participation.lifecycle import State
from dialogue.participation.models import Contribution, Flag, FlagOutcome, Kind
from dialogue.participation.queries import flags
from dialogue.participation.queries.flag_weights import open_weight
from dialogue.participation.restrictions import Right
from dialogue.participation.schemas import FlagInput


def flag(
    *, dialogue: Dialogue, contribution_id: int, user: User, given: FlagInput, now: datetime
) -> Flag:
    """Ask a moderator to look at a contribution; return the person's flag on it.

    A second one changes nothing while the first is open or once it was decided; one that was
    taken back stands again. Publishes ContributionFlagged for a flag that is new or stands
    again. Raises NotFound (nothing that the public can read here), Conflict (one's own words),
    TooMany, Forbidden (suspended).
    """
    contribution = _locked(dialogue.id, contribution_id)
    person = joining.participant_for(dialogue_id=dialogue.id, user=user, now=now)
    restrictions.must_be_free(person.id, Right.FLAG, now)
    if contribution.participant_id == person.id:
        raise Conflict(_("You wrote this yourself. You can change or withdraw it."))
    found = flags.flag_of(participant_id=person.id, contribution_id=contribution_id)
    if found is not None and (found.withdrawn_at is None or found.decided_at is not None):
        return found
    if not flags.is_public_now(contribution_id):
        raise NotFound("")
    limits.count(
        "flag",
        f"user:{user.id}",
        limit=setting("FLAGS_PER_DAY"),
        window=timedelta(days=1),
        now=now,
        say=_(
            "You have reported a lot today. Moderators look at those first;"
            " you can report more tomorrow."
        ),
    )
    if found is None:
        found = Flag(participant_id=person.id, contribution_id=contribution_id)
        db.session.add(found)
    found.revision_id = contribution.published_revision_id or 0
    found.reason, found.note = given.reason, given.note
    found.at, found.withdrawn_at = now, None
    db.session.flush()
    publish(ContributionFlagged(found.id))
    if _has_reached(dialogue.flag_threshold, contribution):
        holding.hold(contribution, now)
        found.hid = True
        db.session.flush()
    return found


def take_back(
    *, dialogue: Dialogue, contribution_id: int, participant_id: int | None, now: datetime
) -> None:
    """Take one's own open flag back. What it has put out of sight stays there until a moderator
    has looked. Raises NotFound (no such flag), Conflict (decided already)."""
    publication.locked(contribution_id)
    found = flags.flag_of(participant_id=participant_id, contribution_id=contribution_id)
    if found is None:
        raise NotFound("")
    if found.decided_at is not None:
        raise Conflict(_("A moderator has looked at this already."))
    found.withdrawn_at = found.withdrawn_at or now
    found.note = ""


def decide_flags(*, contribution_id: int, outcome: FlagOutcome, now: datetime) -> tuple[int, ...]:
    """Give every open flag on a contribution its outcome, in the transaction of the decision that
    answers them; return their ids (for `reopen_flags`, should the decision be taken back).

    KEPT brings back what flags alone had put out of sight. Publishes FlagsDecided when there was
    any flag.
    """
    contribution = publication.locked(contribution_id)
    rows = db.session.execute(
        select(Flag.id, Flag.hid).where(
            Flag.contribution_id == contribution_id,
            Flag.decided_at.is_(None),
            Flag.withdrawn_at.is_(None) | Flag.hid.is_(True),
        )
    ).all()
    if not rows:
        return ()
    found = tuple(sorted(row.id for row in rows))
    db.session.execute(
        update(Flag).where(Flag.id.in_(found)).values(outcome=outcome, decided_at=now)
    )
    if outcome is FlagOutcome.KEPT and any(row.hid for row in rows):
        holding.release(contribution, State.PUBLISHED, now)
    publish(FlagsDecided(contribution_id, found))
    return found


def reopen_flags(*, flag_ids: tuple[int, ...], now: datetime) -> None:
    """Take the outcome of these flags back, with the decision that gave it; what they had put out
    of sight is out of sight again. Publishes FlagsReopened."""
    rows = db.session.scalars(select(Flag).where(Flag.id.in_(flag_ids))).all()
    for row in rows:
        row.outcome = row.decided_at = None
    db.session.flush()
    for row in rows:
        contribution = publication.locked(row.contribution_id)
        if row.hid and contribution.listed:
            holding.hold(contribution, now)
    if rows:
        publish(FlagsReopened(rows[0].contribution_id, flag_ids))


def _has_reached(threshold: int, contribution: Contribution) -> bool:
    if not threshold or not contribution.listed:
        return False
    # Flags of people who were wrong before weigh less; a hair below whole is rounding, not doubt.
    return open_weight(contribution.id) > threshold - 0.001


def _locked(dialogue_id: int, contribution_id: int) -> Contribution:
    """Lock a contribution of this dialogue, and after it a comment's idea: hiding changes both, and
    becoming a participant locks the dialogue, which comes last everywhere."""
    contribution = publication.locked(contribution_id)
    if contribution.dialogue_id != dialogue_id:
        raise NotFound("")
    if contribution.kind == Kind.COMMENT:
        publication.locked(contribution.idea_id or 0)
    return contribution
