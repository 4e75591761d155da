"""The five steps of a report, as officers see them while it is made."""

from __future__ import annotations

from enum import IntEnum

from flask_babel import lazy_gettext as _l


class Step(IntEnum):
    """Where a report is; 0 is before the first."""

    WAITING = 0
    COUNTING = 1
    GROUPING_VOTES = 2
    GROUPING_THEMES = 3
    CHOOSING_QUOTES = 4
    MAKING_FILES = 5


NAMES = {
    Step.WAITING: _l("Waiting for a free worker"),
    Step.COUNTING: _l("Counting"),
    Step.GROUPING_VOTES: _l("Grouping votes"),
    Step.GROUPING_THEMES: _l("Grouping themes"),
    Step.CHOOSING_QUOTES: _l("Choosing quotes"),
    Step.MAKING_FILES: _l("Making files"),
}

# Percent done when a step begins.
BEGINS_AT = {
    Step.WAITING: 0,
    Step.COUNTING: 2,
    Step.GROUPING_VOTES: 12,
    Step.GROUPING_THEMES: 35,
    Step.CHOOSING_QUOTES: 70,
    Step.MAKING_FILES: 75,
}

# And when it ends: where the next one begins; the last percent is for the end.
ENDS_AT = {step: BEGINS_AT.get(Step(step + 1), 99) for step in list(Step)[:-1]} | {
    Step.MAKING_FILES: 99
}
