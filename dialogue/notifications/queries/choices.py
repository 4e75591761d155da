"""How people want to be told by mail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, select

from dialogue.kernel.db import db
from dialogue.notifications.models import Kind, MailChoice, Rhythm, When

COLUMNS = (
    MailChoice.replies,
    MailChoice.decisions,
    MailChoice.news,
    MailChoice.dates,
    MailChoice.rhythm,
    MailChoice.time_zone,
    MailChoice.follow_commented,
)
_FIELDS = {
    Kind.REPLY: "replies",
    Kind.DECISION: "decisions",
    Kind.NEWS: "news",
    Kind.DATES: "dates",
}


@dataclass(frozen=True)
class Choices:
    """What a person chose; the defaults are those of somebody who never chose."""

    replies: When = When.AT_ONCE
    decisions: When = When.AT_ONCE
    news: When = When.SUMMARY
    dates: When = When.SUMMARY
    rhythm: Rhythm = Rhythm.DAILY
    time_zone: str = ""
    follow_commented: bool = False

    def when(self, kind: Kind) -> When:
        """Return when notices of a kind come by mail."""
        found: When = getattr(self, field_of(kind))
        return found

    def rhythm_of(self, kind: Kind) -> Rhythm:
        """Return the rhythm in which a kind is summed up: who wants to know of it at once, or of a
        date, is not made to wait for a week."""
        hurried = self.when(kind) is When.AT_ONCE or kind is Kind.DATES
        return Rhythm.DAILY if hurried else self.rhythm

    def zone(self, dialogue_zone: str) -> ZoneInfo:
        """Return the reader's time zone; who named none is taken to live where the dialogue is."""
        return ZoneInfo(self.time_zone or dialogue_zone)


def field_of(kind: Kind) -> str:
    """Return the name under which the choice for a kind is kept."""
    return _FIELDS[kind]


def from_row(values: Row[*tuple[Any, ...]] | tuple[Any, ...]) -> Choices:
    """Return the choices in the COLUMNS of an outer join; the defaults where there is no row."""
    replies, decisions, news, dates, rhythm, time_zone, follow_commented = values
    if replies is None:
        return Choices()
    return Choices(
        When(replies),
        When(decisions),
        When(news),
        When(dates),
        Rhythm(rhythm),
        time_zone,
        follow_commented,
    )


def choices_of(user_id: int) -> Choices:
    """Return what a person chose."""
    row = db.session.execute(select(*COLUMNS).where(MailChoice.user_id == user_id)).first()
    return from_row(tuple(row)) if row else Choices()
