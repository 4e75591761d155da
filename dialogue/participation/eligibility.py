"""May this person vote here, now? Told beside the buttons before anybody tries, and asked again by
the command when somebody does. Pure questions, no database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from flask_babel import lazy_gettext as _l

from dialogue.dialogues import schedule
from dialogue.dialogues.models import Act, Dialogue, VoteKind
from dialogue.participation.models import Choice


class Standing(StrEnum):
    """What a person who would like to vote is told."""

    MAY = "may"
    NO_VOTES = "no_votes"
    NOT_YET = "not_yet"
    PAUSED = "paused"
    CLOSED = "closed"
    ARCHIVED = "archived"
    RESTRICTED = "restricted"  # moderators have suspended this person
    LOCKED = "locked"  # this idea alone


REFUSALS = {
    Standing.NO_VOTES: _l("This dialogue takes no votes: ideas and comments only."),
    Standing.NOT_YET: _l("Voting has not opened yet. Your vote was not counted."),
    Standing.PAUSED: _l("Voting is paused now. Your vote was not counted."),
    Standing.CLOSED: _l("Voting is closed. Your vote was not counted."),
    Standing.ARCHIVED: _l("This dialogue is archived. Your vote was not counted."),
    Standing.RESTRICTED: _l("You cannot vote here now. Your activity page says why."),
    Standing.LOCKED: _l("A moderator has locked this idea. Your vote was not counted."),
}

_CHOICES = {
    VoteKind.THREE: (Choice.AGREE, Choice.DISAGREE, Choice.PASS),
    VoteKind.AGREE: (Choice.AGREE,),
    VoteKind.NONE: (),
}


@dataclass(frozen=True)
class Eligibility:
    """How a person stands with a dialogue's votes; `moment`: until when, from when, since when."""

    standing: Standing
    moment: datetime | None = None
    reason: str = ""  # of a pause, as the public is told

    @property
    def may(self) -> bool:
        """Tell whether a vote would be taken now (signed out: once the person has signed in)."""
        return self.standing is Standing.MAY


def choices(dialogue: Dialogue) -> tuple[Choice, ...]:
    """Return what people can say to an idea of this dialogue."""
    return _CHOICES[VoteKind(dialogue.vote_kind)]


def of_voter(
    dialogue: Dialogue,
    now: datetime,
    *,
    barred_until: datetime | None = None,
    locked: bool = False,
) -> Eligibility:
    """Return how somebody who would like to vote in this dialogue stands at `now`.

    `barred_until`: moderators have suspended the person; `locked`: it is about a locked idea.
    """
    closes = schedule.closes_at(dialogue, Act.VOTE)
    if not choices(dialogue):
        return Eligibility(Standing.NO_VOTES)
    if schedule.is_open(dialogue, Act.VOTE, now):
        if barred_until is not None:
            return Eligibility(Standing.RESTRICTED, barred_until)
        if locked:
            return Eligibility(Standing.LOCKED)
        return Eligibility(Standing.MAY, closes)
    if dialogue.archived_at is not None:
        return Eligibility(Standing.ARCHIVED, dialogue.archived_at)
    if closes is not None and closes <= now:
        return Eligibility(Standing.CLOSED, closes)
    phase = dialogue.phase(Act.VOTE)
    if phase is None or phase.opens_at is None or phase.opens_at > now:
        return Eligibility(Standing.NOT_YET, phase.opens_at if phase else None)
    pause = next((pause for pause in dialogue.pauses if pause.from_at <= now), None)
    return Eligibility(
        Standing.PAUSED, pause.until_at if pause else None, pause.reason if pause else ""
    )
