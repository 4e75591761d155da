"""What a participant may not do for a while, and the steps that lead there.

A restriction holds from its first to its last moment and ends by itself: whether it holds is asked
of its dates, never of a job that has to run. It is of one dialogue, as the participant is.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

from flask_babel import lazy_gettext as _l


class Step(StrEnum):
    """The ladder, from the mildest step to the strongest."""

    WARN = "warn"
    SLOW = "slow"
    MUTE = "mute"
    SUSPEND = "suspend"


class Right(StrEnum):
    """What a step may take."""

    WRITE = "write"
    VOTE = "vote"
    FLAG = "flag"


LADDER = tuple(Step)
TAKES: Mapping[Step, frozenset[Right]] = {
    Step.WARN: frozenset(),
    Step.SLOW: frozenset(),  # writing counts; see SLOW_PER_DAY
    Step.MUTE: frozenset({Right.WRITE}),
    Step.SUSPEND: frozenset(Right),
}
LONGEST = timedelta(days=365)
# How long the form proposes that a step lasts.
USUAL_DAYS: Mapping[Step, int] = {Step.SLOW: 7, Step.MUTE: 7, Step.SUSPEND: 30}
# A step counts for the next one this long after it has ended.
REMEMBERED = timedelta(days=180)

STEP_NAMES = {
    Step.WARN: _l("Warning"),
    Step.SLOW: _l("Slowed down"),
    Step.MUTE: _l("Muted"),
    Step.SUSPEND: _l("Suspended"),
}
STEP_MEANS = {
    Step.WARN: _l("The person is told the rule and nothing else changes."),
    Step.SLOW: _l("The person can send a few ideas and comments a day, until the end date."),
    Step.MUTE: _l("The person can read and vote, but not write, until the end date."),
    Step.SUSPEND: _l("The person can only read, until the end date."),
}


def strongest(steps: list[Step]) -> Step | None:
    """Return the strongest of these steps; None when there is none."""
    return max(steps, key=LADDER.index, default=None)


def next_step(earlier: list[Step]) -> Step:
    """Return the step that follows those that still count: one up, the last one again."""
    last = strongest(earlier)
    if last is None:
        return Step.WARN
    return LADDER[min(LADDER.index(last) + 1, len(LADDER) - 1)]
