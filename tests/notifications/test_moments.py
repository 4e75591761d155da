"""Followers are told of the moments of a dialogue, once each, and addresses of the opening."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from dialogue.dialogues.models import Act, Extension, Phase
from dialogue.kernel import clock
from dialogue.kernel.db import db
from dialogue.notifications.commands import moments, openings
from dialogue.notifications.models import Event, OpeningRequest, When
from dialogue.reports.models import Report, ReportState
from tests.cast import Cast
from tests.notifications.conftest import DAY, Telling
from tests.parts.mailbox import Mailbox

NEW = "new@people.example"
WINDOWS = (Act.IDEA, Act.COMMENT, Act.VOTE)


def look(telling: Telling, now: datetime | None = None) -> int:
    """What the periodic task does."""
    with telling.inside():
        return moments.tell_moments(now=now or clock.now())


def opens(cast: Cast, at: datetime) -> None:
    with cast.writing():
        db.session.execute(
            update(Phase)
            .where(Phase.dialogue_id == cast.dialogue, Phase.act.in_(WINDOWS))
            .values(opens_at=at)
        )


def events(telling: Telling, name: str = "ola") -> list[str]:
    return [row.event for row in telling.notices(name)]


class TestFollowers:
    @pytest.fixture(autouse=True)
    def follower(self, telling: Telling) -> None:
        telling.follow("ola")

    def test_are_told_once_when_it_opens_in_that_hour(self, cast: Cast, telling: Telling) -> None:
        opens(cast, clock.now() + timedelta(hours=1))
        assert look(telling) == 0
        later = clock.now() + timedelta(hours=2)
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda _: look(telling, later), range(8)))
        assert events(telling) == [Event.OPENED]
        telling.write(timedelta(hours=3))
        (found,) = telling.mails("ola")
        assert found.subject == "[Outreach] Open now"
        assert "http://127.0.0.1:8000/d/outreach\n" in found.text

    def test_are_told_two_days_before_it_closes_and_when_it_has(
        self, cast: Cast, telling: Telling
    ) -> None:
        closes = cast.close(ago=-timedelta(days=10))
        look(telling, closes - timedelta(hours=49))
        assert events(telling) == []
        for hours in (48, 47, 24, 1):
            look(telling, closes - timedelta(hours=hours))
        assert events(telling) == [Event.CLOSING]
        look(telling, closes)
        look(telling, closes + DAY)
        assert events(telling) == [Event.CLOSING, Event.CLOSED]
        telling.write(20 * DAY)
        text = telling.mails("ola")[0].text
        assert "“Outreach” closes on " in text
        assert "“Outreach” is closed. We are reading what you sent." in text

    def test_are_told_again_of_another_close(self, cast: Cast, telling: Telling) -> None:
        closes = cast.close(ago=-timedelta(days=10))
        look(telling, closes - DAY)
        cast.close(ago=-timedelta(days=20))
        look(telling, closes)
        assert events(telling) == [Event.CLOSING], "it has not closed after all"
        look(telling, closes + 9 * DAY)
        assert events(telling) == [Event.CLOSING, Event.CLOSING]

    def test_are_told_why_it_takes_longer(self, cast: Cast, telling: Telling) -> None:
        now = clock.now()
        with cast.writing():
            db.session.add(
                Extension(
                    dialogue_id=cast.dialogue,
                    closed_before_at=now + 3 * DAY,
                    closes_at=now + 9 * DAY,
                    reason="The storm kept\nmany people offline.",
                    at=now,
                )
            )
        look(telling)
        look(telling)
        assert events(telling) == [Event.EXTENDED]
        telling.write()
        text = telling.mails("ola")[0].text
        assert "Why: The storm kept many people offline." in text
        assert "“Outreach” now closes on " in text

    def test_are_told_of_a_published_report(self, cast: Cast, telling: Telling) -> None:
        now = clock.now()
        with cast.writing():
            for number, published in ((1, now), (2, None)):
                db.session.add(
                    Report(
                        dialogue_id=cast.dialogue,
                        number=number,
                        state=ReportState.DONE,
                        cut_off_at=now,
                        requested_at=now,
                        finished_at=now,
                        published_at=published,
                    )
                )
        look(telling)
        assert events(telling) == [Event.REPORT_PUBLISHED]
        telling.write()
        assert "http://127.0.0.1:8000/d/outreach/reports/1\n" in telling.mails("ola")[0].text

    def test_hear_nothing_of_old_news_or_of_what_is_not_public(
        self, cast: Cast, telling: Telling
    ) -> None:
        opens(cast, clock.now() - timedelta(days=20))
        cast.close(ago=timedelta(days=8))
        assert look(telling) == 0
        cast.close(ago=timedelta(days=1))
        cast.change(private=True)
        assert look(telling) == 0
        assert events(telling) == []

    def test_hear_nothing_by_mail_once_it_is_private(self, cast: Cast, telling: Telling) -> None:
        cast.close(ago=timedelta(days=1))
        assert look(telling) == 1
        cast.change(private=True)
        telling.write()
        assert telling.mails() == []

    def test_wait_no_week_for_a_date(self, cast: Cast, telling: Telling) -> None:
        telling.choose("ola", rhythm="weekly")
        cast.close(ago=timedelta(days=1))
        look(telling)
        mail_at = telling.notices("ola")[0].mail_at
        assert mail_at is not None
        assert mail_at - clock.now() < timedelta(days=1, minutes=10)

    def test_who_want_no_dates_get_none(self, cast: Cast, telling: Telling) -> None:
        telling.choose("ola", dates=When.NEVER)
        opens(cast, clock.now() - timedelta(minutes=1))
        look(telling)
        assert telling.write() == 0


class TestAddressesThatAsked:
    def ask(self, cast: Cast, email: str, *, confirmed: bool = True) -> None:
        with cast.writing():
            db.session.add(
                OpeningRequest(
                    dialogue_id=cast.dialogue,
                    email=email,
                    email_folded=email,
                    language="en",
                    token=email.ljust(43, "x"),
                    asked_at=clock.now(),
                    confirmed_at=clock.now() if confirmed else None,
                )
            )

    def left(self, cast: Cast) -> list[str]:
        return cast.read(lambda: list(db.session.scalars(select(OpeningRequest.email))))

    def test_get_one_mail_when_it_opens_and_are_forgotten(
        self, cast: Cast, telling: Telling, mailbox: Mailbox
    ) -> None:
        opens(cast, clock.now() + timedelta(hours=1))
        self.ask(cast, NEW)
        self.ask(cast, "silent@people.example", confirmed=False)
        look(telling)
        assert telling.mails() == []
        later = clock.now() + timedelta(hours=2)
        for _ in range(5):
            look(telling, later)
        telling.send(mailbox.url)
        assert [str(found["To"]) for found in mailbox.mails] == [NEW]
        assert "“Outreach” is open." in mailbox.mails[0].get_content()
        assert self.left(cast) == ["silent@people.example"]

    @pytest.mark.sqlite_only
    def test_hear_nothing_of_a_sensitive_matter(self, cast: Cast, telling: Telling) -> None:
        cast.change(sensitive=True)
        self.ask(cast, NEW)
        look(telling)
        (found,) = telling.mails()
        for word in ("utreach", "rafficking", "workers"):
            assert word not in (found.subject + found.text).replace("Update from", "")

    @pytest.mark.sqlite_only
    def test_are_forgotten_when_it_closed_before_or_nobody_confirmed(
        self, cast: Cast, telling: Telling
    ) -> None:
        cast.close()
        self.ask(cast, NEW)
        look(telling)
        assert telling.mails() == []
        assert self.left(cast) == []
        self.ask(cast, NEW, confirmed=False)
        with cast.writing():
            openings.forget(before=clock.now() + timedelta(minutes=1))
        assert self.left(cast) == []
