"""What is open when. The state of a dialogue is computed from dated rows and the present moment;
no job opens or closes anything."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from flask_babel import lazy_gettext as _l

from dialogue.dialogues.models import Act, Dialogue, Results, VoteKind


class DialogueState(StrEnum):
    """Where a dialogue stands for the public."""

    DRAFT = "draft"
    ANNOUNCED = "announced"
    OPEN = "open"
    PAUSED = "paused"
    CLOSED = "closed"
    REPORTED = "reported"
    ANSWERED = "answered"
    ARCHIVED = "archived"


STATE_NAMES = {
    DialogueState.DRAFT: _l("Draft"),
    DialogueState.ANNOUNCED: _l("Announced"),
    DialogueState.OPEN: _l("Open"),
    DialogueState.PAUSED: _l("Paused"),
    DialogueState.CLOSED: _l("Closed (we are reading)"),
    DialogueState.REPORTED: _l("Reported"),
    DialogueState.ANSWERED: _l("Answered"),
    DialogueState.ARCHIVED: _l("Archived"),
}

WINDOWS = (Act.IDEA, Act.COMMENT, Act.VOTE)


def state_of(dialogue: Dialogue, now: datetime) -> DialogueState:
    """Return where `dialogue` stands at `now`."""
    announced = dialogue.phase(Act.ANNOUNCE)
    if announced is None or announced.opens_at is None or announced.opens_at > now:
        return DialogueState.DRAFT
    for moment, state in (
        (dialogue.archived_at, DialogueState.ARCHIVED),
        (dialogue.answered_at, DialogueState.ANSWERED),
        (dialogue.reported_at, DialogueState.REPORTED),
    ):
        if moment is not None and moment <= now and _all_closed(dialogue, now):
            return state
    if any(_within(dialogue, act, now) for act in WINDOWS):
        return DialogueState.PAUSED if paused(dialogue, now) else DialogueState.OPEN
    return DialogueState.CLOSED if _all_closed(dialogue, now) else DialogueState.ANNOUNCED


def is_public(dialogue: Dialogue, now: datetime) -> bool:
    """Tell whether everybody may read it."""
    return not dialogue.private and state_of(dialogue, now) is not DialogueState.DRAFT


def is_open(
    dialogue: Dialogue,
    act: Act,
    now: datetime,
    *,
    opened_at: datetime | None = None,
    grace: timedelta = timedelta(),
) -> bool:
    """Tell whether `act` is possible at `now`.

    A form that was shown while the act was open (`opened_at`) is accepted for `grace` after it
    closed: who was writing at the last minute is not turned away.
    """
    if paused(dialogue, now) or dialogue.archived_at is not None:
        return False
    if _within(dialogue, act, now):
        return True
    closes = closes_at(dialogue, act)
    return (
        opened_at is not None
        and closes is not None
        and _within(dialogue, act, opened_at)
        and closes <= now < closes + grace
    )


def closes_at(dialogue: Dialogue, act: Act) -> datetime | None:
    """Return when `act` ends; None when it never does or has no dates."""
    phase = dialogue.phase(act)
    return phase.closes_at if phase else None


def last_close(dialogue: Dialogue) -> datetime | None:
    """Return when the last of ideas, comments and votes closes."""
    closes = [closes_at(dialogue, act) for act in WINDOWS]
    return max((moment for moment in closes if moment is not None), default=None)


def first_opening(dialogue: Dialogue) -> datetime | None:
    """Return when the first of ideas, comments and votes opens."""
    phases = [dialogue.phase(act) for act in WINDOWS]
    return min(
        (phase.opens_at for phase in phases if phase and phase.opens_at is not None), default=None
    )


def next_moment(dialogue: Dialogue, now: datetime) -> datetime | None:
    """Return when dates next change what the dialogue's pages say; None when never again."""
    moments = [
        *(moment for phase in dialogue.phases for moment in (phase.opens_at, phase.closes_at)),
        *(moment for pause in dialogue.pauses for moment in (pause.from_at, pause.until_at)),
        *(dialogue.reported_at, dialogue.answered_at, dialogue.archived_at),
    ]
    return min((moment for moment in moments if moment is not None and moment > now), default=None)


def paused(dialogue: Dialogue, now: datetime) -> bool:
    """Tell whether a pause holds at `now`."""
    return any(
        pause.from_at <= now and (pause.until_at is None or now < pause.until_at)
        for pause in dialogue.pauses
    )


def results_open(dialogue: Dialogue, now: datetime) -> bool:
    """Tell whether everybody sees how people voted, whether or not they voted themselves."""
    closes = closes_at(dialogue, Act.VOTE)
    closed = closes is not None and closes <= now
    takes_votes = dialogue.vote_kind != VoteKind.NONE
    return takes_votes and (dialogue.results == Results.ALWAYS or closed)


def sees_results(dialogue: Dialogue, choice: str | None, now: datetime) -> bool:
    """Tell whether a person with this vote (or none) on an idea sees the idea's results."""
    return results_open(dialogue, now) or (
        dialogue.results == Results.AFTER_VOTE
        and dialogue.vote_kind != VoteKind.NONE
        and choice is not None
    )


def _within(dialogue: Dialogue, act: Act, now: datetime) -> bool:
    phase = dialogue.phase(act)
    return (
        phase is not None
        and phase.opens_at is not None
        and phase.opens_at <= now
        and (phase.closes_at is None or now < phase.closes_at)
    )


def _all_closed(dialogue: Dialogue, now: datetime) -> bool:
    phases = [phase for act in WINDOWS if (phase := dialogue.phase(act)) is not None]
    return bool(phases) and all(
        phase.closes_at is not None and phase.closes_at <= now for phase in phases
    )
