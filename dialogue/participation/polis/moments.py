"""The files' two forms of a moment: milliseconds since 1970, and a local time as text.

The text is that of the machine that exported; only the milliseconds count. To write the same
text back, it is enough to remember in which form and zone it was written, and since when.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

# "Tue Aug 30 17:21:58 WIB 2016" and "Tue Aug 30 2016 10:21:58 GMT+0000 (Coordinated …)".
_FORMS = (
    re.compile(
        r"[A-Z][a-z]{2} (?P<month>[A-Z][a-z]{2}) (?P<day>\d{2}) "
        r"(?P<hour>\d{2}):(?P<minute>\d{2}):(?P<second>\d{2}) (?P<zone>[^ {}]{1,10}) "
        r"(?P<year>\d{4})"
    ),
    re.compile(
        r"[A-Z][a-z]{2} (?P<month>[A-Z][a-z]{2}) (?P<day>\d{2}) (?P<year>\d{4}) "
        r"(?P<hour>\d{2}):(?P<minute>\d{2}):(?P<second>\d{2}) (?P<zone>[^{}]{1,60})"
    ),
)
_QUARTER = 900  # seconds: every zone is a whole number of quarters from UTC

Zone = tuple[str, int]  # the form with {…} for the numbers, seconds east of UTC
UTC_ZONE: Zone = ("{weekday} {month} {day} {time} UTC {year}", 0)


def at(milliseconds: int) -> datetime:
    """Return the moment, aware, in UTC."""
    return _EPOCH + timedelta(milliseconds=milliseconds)


def milliseconds_of(moment: datetime) -> int:
    """Return the milliseconds since 1970."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


@lru_cache(maxsize=4096)
def zone_of(second: int, local: str) -> Zone | None:
    """Return form and zone in which `local` says the unix time `second`; None if it does not."""
    for form in _FORMS:
        parts = form.fullmatch(local)
        if parts is None or parts["month"] not in _MONTHS:
            continue
        try:
            said = datetime(
                int(parts["year"]),
                _MONTHS.index(parts["month"]) + 1,
                int(parts["day"]),
                int(parts["hour"]),
                int(parts["minute"]),
                int(parts["second"]),
                tzinfo=UTC,
            )
        except ValueError:
            return None
        east = int(said.timestamp()) - second
        year_last = form is _FORMS[0]
        shape = (
            f"{{weekday}} {{month}} {{day}} {{time}} {parts['zone']} {{year}}"
            if year_last
            else f"{{weekday}} {{month}} {{day}} {{year}} {{time}} {parts['zone']}"
        )
        zone = (shape, east)
        if east % _QUARTER or abs(east) > 15 * 3600 or local_time(second, zone) != local:
            return None
        return zone
    return None


@lru_cache(maxsize=4096)
def local_time(second: int, zone: Zone) -> str:
    """Return the text of a moment, the inverse of `zone_of`."""
    shape, east = zone
    said = _EPOCH + timedelta(seconds=second + east)
    return shape.format(
        weekday=_DAYS[said.weekday()],
        month=_MONTHS[said.month - 1],
        day=f"{said.day:02}",
        time=f"{said.hour:02}:{said.minute:02}:{said.second:02}",
        year=f"{said.year:04}",
    )


def changes(moments: Iterable[tuple[int, Zone]]) -> list[list[int | str]]:
    """Return when the zone changes: [milliseconds, form, seconds east] in order of time."""
    found: list[list[int | str]] = []
    for milliseconds, (shape, east) in sorted(moments):
        if not found or found[-1][1:] != [shape, east]:
            found.append([milliseconds, shape, east])
    return found


class Calendar:
    """Gives each moment its text, as `changes` remembers it; in UTC when nothing is remembered."""

    def __init__(self, remembered: list[list[int | str]]):
        self._since = [int(row[0]) for row in remembered]
        self._zones = [(str(row[1]), int(row[2])) for row in remembered]

    def text(self, milliseconds: int) -> str:
        """Return the local time of a moment."""
        place = bisect_right(self._since, milliseconds) - 1
        zone = self._zones[max(place, 0)] if self._zones else UTC_ZONE
        return local_time(milliseconds // 1000, zone)
