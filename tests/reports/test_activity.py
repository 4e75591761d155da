"""The chart of activity: what a bar stands for, and the day on which most happened."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from dialogue.reports.render.activity import Activity
from dialogue.reports.render.geometry import DAYS_WIDTH, day_chart

FIRST = date(2026, 11, 3)


def days(*votes: int, apart: int = 1, comments: dict[int, int] | None = None) -> Activity:
    """Days with so many votes each, `apart` days apart; `comments` by place."""
    rows: list[dict[str, Any]] = [
        {
            "day": (FIRST + timedelta(apart * place)).isoformat(),
            "votes": number,
            "comments": list(range((comments or {}).get(place, 0))),
            "ideas": [],
        }
        for place, number in enumerate(votes)
    ]
    return Activity(rows)


class TestBars:
    @pytest.mark.parametrize(
        ("apart", "unit", "column", "bars"),
        [
            (1, "Activity by day", "Day", 3),
            (60, "Activity by week", "Week from", 18),
            (400, "Activity by month", "Month", 27),
        ],
    )
    def test_are_days_weeks_or_months(self, apart: int, unit: str, column: str, bars: int) -> None:
        activity = days(5, 9, 1, apart=apart)
        assert (activity.unit, activity.column) == (unit, column)
        assert len(activity.bars) == bars
        assert sum(bar.votes for bar in activity.bars) == 15

    def test_of_nothing_are_none(self) -> None:
        assert days().bars == []
        assert days().unit == "Activity by day"


class TestBusiestDay:
    def test_is_said_counted_and_marked(self) -> None:
        activity = days(5, 1234, 20, comments={2: 3})
        assert activity.sentences == (
            "The day with most votes was November 4, 2026: 1,234 of 1,259."
            " The day with most comments was November 5, 2026: 3 of 3."
        )
        assert activity.label.endswith(activity.sentences)
        assert activity.rows == [
            ("Votes", "Nov\u00a04,\u00a02026", "1,234"),
            ("Comments", "Nov\u00a05,\u00a02026", "3"),
        ]
        assert activity.note == (1, "Nov\u00a04,\u00a02026: day with most votes")

    def test_is_the_first_of_equal_ones(self) -> None:
        assert days(7, 9, 9).peaks[0].day == FIRST + timedelta(1)

    def test_stands_in_the_bar_that_holds_it(self) -> None:
        activity = days(5, 9, 1, apart=60)
        place, _words = activity.note or (0, "")
        assert activity.bars[place].votes == 9

    def test_is_not_said_where_there_is_one_day_or_none(self) -> None:
        for activity in (days(), days(12)):
            assert (activity.peaks, activity.sentences, activity.note) == ([], "", None)

    @pytest.mark.parametrize("busiest", [0, 30])
    def test_is_drawn_within_the_chart(self, busiest: int) -> None:
        activity = days(*(9 if place == busiest else 1 for place in range(31)))
        drawn = day_chart(activity.bars, activity.names, activity.note)
        assert drawn is not None
        assert drawn.note is not None
        length = 7 * len(drawn.note.text)
        ends = drawn.note.x + (length if drawn.note.anchor == "start" else -length)
        assert 0 <= ends <= DAYS_WIDTH
        assert all(x + 4 * len(text) <= DAYS_WIDTH for x, text in drawn.ticks)
