"""What happened when: the bars of the chart of activity, and the days on which most happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from babel.dates import format_skeleton
from flask_babel import get_locale
from flask_babel import gettext as _

from dialogue.reports.render.numerals import long_day, number, short_day

MOST_BARS = 62


@dataclass(frozen=True)
class Bar:
    """One stretch of time in the chart of activity."""

    first: date
    label: str  # under the chart
    name: str  # in the table
    votes: int
    comments: int
    ideas: int


@dataclass(frozen=True)
class Peak:
    """The day on which most of one kind happened; of equal days the first. `field`: of a Bar."""

    field: str
    name: str
    day: date
    number: int
    total: int


class Activity:
    """Reads the section `activity` of a document: a row for each day with something in it."""

    def __init__(self, rows: Sequence[dict[str, Any]]) -> None:
        self._rows = rows

    @property
    def bars(self) -> list[Bar]:
        """Return the activity by day; by week or month where days would be too many."""
        days = {date.fromisoformat(row["day"]): row for row in self._rows}
        starts, locale = self._starts, get_locale() or "en"
        by_month = _stretch(starts) == "month"
        bars = []
        for place, first in enumerate(starts):
            beyond = starts[place + 1] if place + 1 < len(starts) else date.max
            rows = [row for day, row in days.items() if first <= day < beyond]
            bars.append(
                Bar(
                    first,
                    str(format_skeleton("yMMM" if by_month else "MMMd", first, locale=locale)),
                    str(format_skeleton("yMMM" if by_month else "yMMMd", first, locale=locale)),
                    sum(row["votes"] for row in rows),
                    sum(len(row["comments"]) for row in rows),
                    sum(len(row["ideas"]) for row in rows),
                )
            )
        return bars

    @property
    def unit(self) -> str:
        """Return what a bar stands for, as the heading says it."""
        return {
            "day": _("Activity by day"),
            "week": _("Activity by week"),
            "month": _("Activity by month"),
        }[_stretch(self._starts)]

    @property
    def column(self) -> str:
        """Return what heads the column of stretches of time."""
        return {"day": _("Day"), "week": _("Week from"), "month": _("Month")}[
            _stretch(self._starts)
        ]

    @property
    def _starts(self) -> list[date]:
        """Return the first day of each bar."""
        days = [date.fromisoformat(row["day"]) for row in self._rows]
        return _starts(min(days), max(days)) if days else []

    @property
    def names(self) -> list[tuple[str, str]]:
        """Return what the chart of activity shows: field of a Bar, and its name."""
        return [("votes", _("Votes")), ("comments", _("Comments")), ("ideas", _("Ideas"))]

    @property
    def peaks(self) -> list[Peak]:
        """Return the busiest day of each kind of activity; none where all happened on one day."""
        rows = self._rows
        if len(rows) < 2:
            return []
        found = []
        for field, name in self.names:
            numbers = [row[field] if field == "votes" else len(row[field]) for row in rows]
            if most := max(numbers):
                day = date.fromisoformat(rows[numbers.index(most)]["day"])
                found.append(Peak(field, name, day, most, sum(numbers)))
        return found

    @property
    def sentences(self) -> str:
        """Return the busiest days in sentences; "" without any."""
        sentences = {
            "votes": _("The day with most votes was %(day)s: %(n)s of %(all)s."),
            "comments": _("The day with most comments was %(day)s: %(n)s of %(all)s."),
            "ideas": _("The day with most ideas was %(day)s: %(n)s of %(all)s."),
        }
        return " ".join(
            sentences[peak.field]
            % {
                "day": long_day(peak.day.isoformat()),
                "n": number(peak.number),
                "all": number(peak.total),
            }
            for peak in self.peaks
        )

    @property
    def rows(self) -> list[tuple[str, str, str]]:
        """Return kind, day and number of the busiest days."""
        return [(peak.name, short_day(peak.day), number(peak.number)) for peak in self.peaks]

    @property
    def note(self) -> tuple[int, str] | None:
        """Return what the chart says over which bar: the busiest day of the first kind shown."""
        if not self.peaks or len(self.bars) < 2:
            return None
        peak = self.peaks[0]
        place = max(n for n, bar in enumerate(self.bars) if bar.first <= peak.day)
        words = {
            "votes": _("%(day)s: day with most votes", day=short_day(peak.day)),
            "comments": _("%(day)s: day with most comments", day=short_day(peak.day)),
            "ideas": _("%(day)s: day with most ideas", day=short_day(peak.day)),
        }
        return place, words[peak.field]

    @property
    def label(self) -> str:
        """Return the sentence of the chart of activity."""
        label = _("%(title)s: votes, comments and ideas, each on its own scale", title=self.unit)
        return f"{label}. {self.sentences}".rstrip()


def _stretch(starts: Sequence[date]) -> str:
    """Return how long a bar is: a day, a week or a month."""
    if len(starts) < 2:
        return "day"
    days = (starts[1] - starts[0]).days
    return "day" if days == 1 else "week" if days == 7 else "month"


def _starts(first: date, last: date) -> list[date]:
    days = (last - first).days + 1
    if days <= MOST_BARS:
        return [first + timedelta(n) for n in range(days)]
    if days <= 7 * MOST_BARS:
        monday = first - timedelta(first.weekday())
        return [monday + timedelta(7 * n) for n in range((last - monday).days // 7 + 1)]
    months, month = [], first.replace(day=1)
    while month <= last:
        months.append(month)
        month = (month + timedelta(32)).replace(day=1)
    return months
