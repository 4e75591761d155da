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

# Percent done when a step begins: as reports on ten and on a hundred thousand contributions spend
# their time, in the middle.
BEGINS_AT = {
    Step.WAITING: 0,
    Step.COUNTING: 1,
    Step.GROUPING_VOTES: 6,
    Step.GROUPING_THEMES: 14,
    Step.CHOOSING_QUOTES: 35,
    Step.MAKING_FILES: 70,
}

# From where to where the percents go while the parts of a stage (parts/works.py) are awaited.
STAGES = {
    "count_votes": (6, 10),
    "agreement_of_sample": (10, 14),
    "find_campaigns": (14, 20),
    "themes_of": (20, 35),
    "describe_scope": (35, 60),
    "render_document": (70, 99),
}


def percent_of(stage: str, done: int, of: int) -> int:
    """Return how far a report is when so many parts of a stage are done."""
    first, last = STAGES[stage]
    return first + (last - first) * done // max(of, 1)
