"""Reports of every week, what an estimate rests on, and turns: many reports at once wait for one
another."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from dialogue.accounts.models import User
from dialogue.dialogues.models import Dialogue
from dialogue.kernel.db import db, transaction
from dialogue.kernel.mail import MailMessage
from dialogue.kernel.outbox import OutboxEvent
from dialogue.notifications.commands import telling
from dialogue.reports import job, queries
from dialogue.reports.commands import making, weekly
from dialogue.reports.models import Report, ReportRun, ReportState
from tests.pages import Browser
from tests.reports.conversation import hold, officer

pytestmark = pytest.mark.sqlite_only
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
WEEK = timedelta(days=7)
LEASE = timedelta(seconds=60)


@pytest.fixture
def actor(context: Flask) -> User:
    return officer()


def talked_about(slug: str = "pay", votes: int = 48) -> Dialogue:
    dialogue = hold(slug, people=["aaaadddd"] * 6)
    with transaction():
        dialogue.ideas_published, dialogue.votes_cast = 8, votes
    return dialogue


def ask(dialogue: Dialogue, actor: User, now: datetime = NOW) -> Report:
    with transaction():
        return making.request_report(dialogue=dialogue, actor_id=actor.id, now=now)


def claim(report: Report, now: datetime = NOW) -> Report | None:
    with transaction():
        return making.claim(
            report_id=report.id, holder="one", lease=LEASE, attempts=3, now=now, at_once=1
        )


def due(now: datetime) -> int:
    with transaction():
        return weekly.request_due(now=now)


class TestWeekly:
    def test_is_asked_for_once_a_week_while_people_talk(self, context: Flask, actor: User) -> None:
        dialogue = talked_about()
        with transaction():
            weekly.make_weekly(dialogue=dialogue, actor_id=actor.id, now=NOW)
        assert due(NOW + timedelta(days=6)) == 0
        assert due(NOW + WEEK) == 1
        assert due(NOW + WEEK) == 0
        (report,) = db.session.scalars(select(Report)).all()
        assert report.requested_by_id == actor.id
        assert job.run(report.id)
        assert due(NOW + 2 * WEEK) == 0  # nothing was said since
        with transaction():
            dialogue.votes_cast += 1
        assert due(NOW + 3 * WEEK) == 1

    def test_is_mailed_as_a_link_only(self, context: Flask, actor: User) -> None:
        dialogue = talked_about()
        with transaction():
            dialogue.sensitive = True
            weekly.make_weekly(dialogue=dialogue, actor_id=actor.id, now=NOW)
        due(NOW + WEEK)
        report = db.session.scalars(select(Report)).one()
        assert job.run(report.id)
        with transaction():
            telling.tell_report(report_id=report.id, now=NOW)
        mail = db.session.scalars(select(MailMessage)).one()
        assert f"/agency/jobs/{report.id}" in mail.text
        assert "Fair pay" not in mail.subject + mail.text

    def test_ends_with_the_person_who_asked(self, context: Flask, actor: User) -> None:
        dialogue = talked_about()
        with transaction():
            weekly.make_weekly(dialogue=dialogue, actor_id=actor.id, now=NOW)
            db.session.execute(update(User).values(disabled_at=NOW))
        assert due(NOW + WEEK) == 0
        assert queries.weekly_of(dialogue.id) is None

    def test_is_switched_by_a_button(self, app: Flask) -> None:
        with app.app_context():
            talked_about()
            officer()
        browser = Browser(app)
        browser.sign_in("officer@example.gov")
        page, action = "/agency/d/pay/reports/new", "/agency/d/pay/reports/weekly"
        browser.send(browser.form(page, action=action))
        assert "A report is made every week, the next on" in browser.get(page).get_data(True)
        browser.send(browser.form(page, action=action))
        assert "Make a report every week" in browser.get(page).get_data(True)


class TestTurns:
    def test_one_is_made_and_the_next_is_woken(self, context: Flask, actor: User) -> None:
        first, second = ask(talked_about("one"), actor), ask(talked_about("two"), actor)
        assert claim(first) is not None
        assert claim(second) is None
        assert queries.waiting_before(second) == 1
        with transaction():
            assert making.fail(report_id=first.id, holder="one", reason="x", now=NOW)
        woken = db.session.scalars(
            select(OutboxEvent)
            .where(OutboxEvent.name == "ReportRequested")
            .order_by(OutboxEvent.id.desc())
        ).first()
        assert woken.fields == {"report_id": second.id}
        assert claim(second) is not None

    def test_a_silent_worker_holds_nobody_up(self, context: Flask, actor: User) -> None:
        first, second = ask(talked_about("one"), actor), ask(talked_about("two"), actor)
        claim(first)
        assert claim(second, NOW + 2 * LEASE) is not None


class TestEstimate:
    def ran(self, actor: User, slug: str, votes: int, seconds: float) -> None:
        report = ask(talked_about(slug, votes), actor)
        with transaction():
            db.session.add(
                ReportRun(
                    report_id=report.id,
                    contributions=8,
                    votes=votes,
                    started_at=NOW,
                    seconds=seconds,
                )
            )
            db.session.get_one(Report, report.id).state = ReportState.DONE

    def test_is_that_of_earlier_ones_of_the_size(self, context: Flask, actor: User) -> None:
        report = ask(talked_about("now", 1000), actor)
        claim(report)
        assert queries.seconds_expected(report) is None
        self.ran(actor, "small", 10, 2)
        self.ran(actor, "smaller", 0, 1)
        self.ran(actor, "like", 900, 40)
        assert queries.seconds_expected(report) is None  # one of the size says little
        self.ran(actor, "alike", 1100, 60)
        assert queries.seconds_expected(report) == 50

    @pytest.mark.parametrize(
        ("began", "line"),
        [
            (5, "About 40 seconds left."),
            (300, "It takes longer than earlier reports of this size."),
        ],
    )
    def test_is_said_while_it_is_known(self, app: Flask, began: int, line: str) -> None:
        with app.app_context():
            actor = officer()
            report = ask(talked_about("now", 1000), actor, datetime.now(UTC))
            claim(report, datetime.now(UTC))
            self.ran(actor, "like", 900, 40)
            self.ran(actor, "alike", 1100, 50)
            with transaction():
                run = db.session.get_one(ReportRun, report.id)
                run.started_at = datetime.now(UTC) - timedelta(seconds=began)
            job_url = f"/agency/jobs/{report.id}"
        browser = Browser(app)
        browser.sign_in("officer@example.gov")
        assert line in browser.get(job_url).get_data(True)
        told = browser.get(job_url, headers={"Accept": "application/json"}).get_json()
        assert told["left"] == line
