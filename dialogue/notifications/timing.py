"""When a mail may go out: pure rules, no database.

At once means: as soon as what it tells of cannot be taken back any more. A summary is written in
the morning of its reader, every day or every Monday; what can still be taken back then, or happens
in the last minutes before it, waits for the next, so that a late row never makes a second mail of
the same morning.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from dialogue.notifications.models import Rhythm

UNHURRIED = timedelta(minutes=5)  # for rows that come late
_MARGIN = timedelta(seconds=10)  # between the last moment of an undo and the mail


def after_undo(at: datetime, undo_minutes: int) -> datetime:
    """Return when something that happened at `at` cannot be taken back any more."""
    return at + timedelta(minutes=undo_minutes) + _MARGIN if undo_minutes else at


def next_summary(at: datetime, *, rhythm: Rhythm, zone: ZoneInfo, hour: int) -> datetime:
    """Return when the summary is written that tells of what is final at `at`."""
    since = (at + UNHURRIED).astimezone(zone)
    day = since.date()
    while True:
        # Made anew for each day: the hour stays what the clock on the wall shows.
        morning = datetime.combine(day, time(hour), zone)
        if morning > since and (rhythm is Rhythm.DAILY or day.weekday() == 0):
            return morning.astimezone(at.tzinfo)
        day += timedelta(days=1)
