"""What participation holds about a person: how it is handed out, and how it goes.

Votes stay and are counted: once the participant has no account behind it, nobody can tell whose
they were. Published words stay or go, as the person chooses; what was never published goes.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.orm import aliased

from dialogue.accounts.personal import FORMER
from dialogue.dialogues.models import Dialogue
from dialogue.kernel import ids, personal
from dialogue.kernel.db import db
from dialogue.kernel.personal import Leaving, Person, Row
from dialogue.participation.commands import publication
from dialogue.participation.drafts import Draft
from dialogue.participation.fingerprints import fingerprint
from dialogue.participation.lifecycle import SHOWN_STATES, State
from dialogue.participation.models import (
    Contribution,
    Flag,
    Helpful,
    Participant,
    Restriction,
    Revision,
    RevisionState,
    SealedText,
    Vote,
)
from dialogue.participation.queries.visibility import is_worded

_READ = (RevisionState.PUBLISHED, RevisionState.SUPERSEDED)  # the public reads them, or has


def participants(person: Person) -> Sequence[Row]:
    """The dialogues a person takes part in, and under which name."""
    mine = Participant.id.in_(person.participants)
    only = ("dialogue_id", "public_name", "kind", "created_at")
    return personal.rows(Participant, mine, only=only)


def erase_participants(leaving: Leaving) -> bool:
    """Cut participants off from the account; comes after everything that is found by them."""
    for participant in db.session.scalars(
        select(Participant).where(Participant.id.in_(leaving.person.participants))
    ):
        participant.user_id = None
        participant.public_name = FORMER
        participant.name_folded = f"former:{participant.id}"  # no name that people choose has ":"
    # Copies of pages that show the name are out of date.
    theirs = select(Participant.dialogue_id).where(Participant.id.in_(leaving.person.participants))
    db.session.execute(
        update(Dialogue).where(Dialogue.id.in_(theirs)).values(version=Dialogue.version + 1)
    )
    return False


def contributions(person: Person) -> Sequence[Row]:
    """Ideas and comments, and how they stand."""
    only = ("id", "dialogue_id", "kind", "idea_id", "reply_to_id", "state", "tracking")
    times = ("created_at", "published_at", "edited_at")
    mine = Contribution.participant_id.in_(person.participants)
    return personal.rows(Contribution, mine, only=(*only, *times))


def erase_contributions(leaving: Leaving) -> bool:
    """Take the words of one contribution away that has some to lose; True while there may be more.

    One at a time: a contribution's row is locked with its idea's and its dialogue's, and others
    wait for those. Publishes ContributionUnlisted where the public could read it. Its receipt
    leads nowhere any more.
    """
    mine = Contribution.participant_id.in_(leaving.person.participants)
    going = select(Revision.contribution_id).where(
        Revision.contribution_id == Contribution.id, _goes(leaving.words_go)
    )
    found = db.session.scalar(
        select(Contribution.id).where(mine, going.exists()).order_by(Contribution.id).limit(1)
    )
    if found is None:
        _forget_receipts(leaving)
        return False
    contribution = publication.locked(found)
    is_shown = contribution.published_revision_id and contribution.state in SHOWN_STATES
    if leaving.words_go or not is_shown:
        publication.unlist(contribution, leaving.now)
        if contribution.merged_into_id is None:  # its votes go on counting where it was merged
            contribution.state = State.WITHDRAWN
    contribution.version += 1
    db.session.execute(
        update(Revision)
        .where(Revision.contribution_id == found, _goes(leaving.words_go))
        .values(title="", source="", html="", plain="", sha256=fingerprint("", ""))
    )
    waiting = (Revision.contribution_id == found, Revision.state == RevisionState.WAITING)
    db.session.execute(update(Revision).where(*waiting).values(state=RevisionState.SUPERSEDED))
    return True


def erase_sealed_texts(leaving: Leaving) -> bool:
    """Destroy the originals of what moderators hid in the person's words."""
    mine = select(Contribution.id).where(
        Contribution.participant_id.in_(leaving.person.participants)
    )
    db.session.execute(delete(SealedText).where(SealedText.contribution_id.in_(mine)))
    return False


def wordings(person: Person) -> Sequence[Row]:
    """Every wording of every contribution, published or not."""
    only = ("contribution_id", "number", "state", "title", "source", "language", "created_at")
    mine = select(Contribution.id).where(Contribution.participant_id.in_(person.participants))
    return personal.rows(Revision, Revision.contribution_id.in_(mine), only=only)


def votes(person: Person) -> Sequence[Row]:
    """How the person voted."""
    mine = Vote.participant_id.in_(person.participants)
    return personal.rows(Vote, mine, only=("idea_id", "choice", "at"))


def helpful(person: Person) -> Sequence[Row]:
    """Which comments the person found helpful."""
    mine = Helpful.participant_id.in_(person.participants)
    return personal.rows(Helpful, mine, only=("comment_id", "at"))


def steps(person: Person) -> Sequence[Row]:
    """The steps that moderators took about the person, as they were told."""
    mine = Restriction.participant_id.in_(person.participants)
    only = ("dialogue_id", "step", "reason_code", "note", "from_at", "until_at", "lifted_at")
    return personal.rows(Restriction, mine, only=only)


def erase_step_notes(leaving: Leaving) -> bool:
    """Empty what moderators wrote to the person about a step: it may repeat their words."""
    mine = Restriction.participant_id.in_(leaving.person.participants)
    db.session.execute(update(Restriction).where(mine).values(note=""))
    return False


def drafts(person: Person) -> Sequence[Row]:
    """What the person is still writing."""
    only = ("dialogue_id", "kind", "idea_id", "title", "body", "topic", "created_at", "saved_at")
    mine = (Draft.user_id == person.user_id, Draft.sent_at.is_(None))
    return personal.rows(Draft, *mine, only=only)


def erase_drafts(leaving: Leaving) -> bool:
    """Remove what the person was still writing."""
    db.session.execute(delete(Draft).where(Draft.user_id == leaving.person.user_id))
    return False


def flags(person: Person) -> Sequence[Row]:
    """What the person reported to the moderators, and why."""
    mine = Flag.participant_id.in_(person.participants)
    only = ("contribution_id", "reason", "note", "at", "withdrawn_at", "outcome", "decided_at")
    return personal.rows(Flag, mine, only=only)


def erase_flags(leaving: Leaving) -> bool:
    """Empty what the person told the moderators; that somebody did stays, as with votes."""
    mine = Flag.participant_id.in_(leaving.person.participants)
    db.session.execute(update(Flag).where(mine).values(note=""))
    return False


def _goes(words_go: bool) -> ColumnElement[bool]:
    """Which wordings lose their words: all, or those that the public does not read."""
    if words_go:
        return is_worded()
    itself = aliased(Contribution)
    never_shown = (
        select(itself.id)
        .where(
            itself.id == Revision.contribution_id,
            or_(
                itself.published_revision_id.is_(None),
                itself.state.not_in(sorted(SHOWN_STATES)),
            ),
        )
        .correlate(Revision)
    )
    return is_worded() & or_(Revision.state.not_in(_READ), never_shown.exists())


def _forget_receipts(leaving: Leaving) -> None:
    mine = Contribution.participant_id.in_(leaving.person.participants)
    for found in db.session.scalars(select(Contribution.id).where(mine)).all():
        db.session.execute(
            update(Contribution)
            .where(Contribution.id == found)
            .values(tracking=ids.tracking_number())
        )
