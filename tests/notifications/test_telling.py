"""What authors are told, when, and what a mail must not say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from dialogue.accounts.models import User
from dialogue.kernel import clock, mail
from dialogue.kernel.db import db, transaction
from dialogue.kernel.mail import MailMessage
from dialogue.moderation.models import Outcome
from dialogue.notifications import tasks
from dialogue.participation.models import Participant
from dialogue.reports.models import Report, ReportState
from tests.moderation.world import World, build


@pytest.fixture
def world(app: Flask) -> World:
    return build(app)


def mails(world: World) -> list[MailMessage]:
    with world.context():
        return list(db.session.scalars(select(MailMessage).order_by(MailMessage.id)))


def tell(world: World, decision: int) -> None:
    with world.context():
        tasks.tell_decision(decision)


def send(world: World, after: timedelta) -> int:
    with world.context():
        url = world.app.config["MAIL_URL"]
        return mail.send_due(url, "no-reply@here.example", "Here", clock.now() + after)


class TestTellDecision:
    def test_tells_the_author_that_an_idea_is_published(self, world: World) -> None:
        contribution, _ = world.submit("Check recruiters before the visa")
        tell(world, world.decide(contribution))
        (told,) = mails(world)
        assert told.to == "ana@people.example"
        assert told.subject == "[Outreach] Your idea is published"
        assert "Check recruiters before the visa" in told.text
        link = f"http://127.0.0.1:8000/d/outreach/ideas/{contribution}-check-recruiters-before-the-visa"
        assert f"\n{link}\n" in told.text

    def test_tells_the_reason_the_sentence_and_the_authors_own_text(self, world: World) -> None:
        contribution, _ = world.submit("Best offer", "Buy <b>now</b> & *save*")
        decision = world.decide(
            contribution, Outcome.REJECTED, reason="spam", note="Write it without the link."
        )
        tell(world, decision)
        (told,) = mails(world)
        assert told.subject == "[Outreach] Your idea was not published"
        for words in (
            "Reason: Advertising or spam",
            "Our rule about this: Advertising or spam.",
            "Write it without the link.",
            "Best offer",
            "Buy <b>now</b> & *save*",
        ):
            assert words in told.text

    def test_tells_of_a_comment_by_an_address_that_leads_there(self, world: World) -> None:
        idea, _ = world.submit()
        world.decide(idea)
        comment, _ = world.comment(idea, "A comment")
        tell(world, world.decide(comment))
        (told,) = mails(world)
        assert told.subject == "[Outreach] Your comment is published"
        assert f"http://127.0.0.1:8000/c/{comment}\n" in told.text

    @pytest.mark.parametrize("outcome", [Outcome.APPROVED, Outcome.REJECTED])
    def test_says_nothing_in_a_sensitive_dialogue(self, world: World, outcome: Outcome) -> None:
        world.set(sensitive=True)
        contribution, _ = world.submit("Canary title", "Canary words")
        tell(world, world.decide(contribution, outcome, reason="spam", note="Canary note"))
        (told,) = mails(world)
        assert told.subject == "Update from National Dialogues"
        assert "http://127.0.0.1:8000/me\n" in told.text
        for secret in ("anary", "utreach", "dvertising", "rafficking", "published", "idea"):
            assert secret not in told.subject + told.text

    def test_tells_once_however_often_it_runs(self, world: World) -> None:
        contribution, _ = world.submit()
        decision = world.decide(contribution)
        for _ in range(10):
            tell(world, decision)
        assert len(mails(world)) == 1

    def test_waits_until_the_decision_cannot_be_undone(self, world: World) -> None:
        contribution, _ = world.submit()
        tell(world, world.decide(contribution))
        assert send(world, timedelta(minutes=10)) == 0
        assert send(world, timedelta(minutes=11)) == 1
        assert send(world, timedelta(minutes=30)) == 0

    def test_waits_for_nothing_where_nothing_can_be_undone(self, world: World) -> None:
        world.app.config["UNDO_MINUTES"] = 0
        contribution, _ = world.submit()
        tell(world, world.decide(contribution))
        assert send(world, timedelta()) == 1

    def test_takes_the_language_of_the_account(self, world: World) -> None:
        contribution, _ = world.submit()
        with world.context(), transaction():
            db.session.get_one(User, world.ana).language = "es"
        tell(world, world.decide(contribution))
        assert len(mails(world)) == 1  # a language without a catalogue still gets its mail

    @pytest.mark.parametrize("gone", ["disabled", "erased"])
    def test_writes_to_nobody_who_has_left(self, world: World, gone: str) -> None:
        contribution, _ = world.submit()
        decision = world.decide(contribution)
        with world.context(), transaction():
            if gone == "disabled":
                db.session.get_one(User, world.ana).disabled_at = clock.now()
            else:
                person = db.session.scalars(select(Participant)).one()
                person.user_id = None
        tell(world, decision)
        assert mails(world) == []

    def test_ignores_what_does_not_exist(self, world: World) -> None:
        tell(world, 999_999)
        assert mails(world) == []


class TestUndoTakesBack:
    def test_the_mail_that_waits(self, world: World) -> None:
        contribution, _ = world.submit()
        decision = world.decide(contribution)
        tell(world, decision)
        world.undo(decision)
        assert mails(world) == []

    def test_the_mail_that_was_not_written_yet(self, world: World) -> None:
        contribution, _ = world.submit()
        decision = world.decide(contribution)
        undone = world.undo(decision)
        tell(world, decision)
        tell(world, undone)
        assert mails(world) == []

    def test_no_other_mail(self, world: World) -> None:
        kept = []
        for number in range(1, 12):  # decision 1 must not take decisions 10 and 11 along
            contribution, _ = world.submit(f"Idea {number}")
            decision = world.decide(contribution)
            tell(world, decision)
            kept.append(decision)
        world.undo(kept[0])
        for _ in range(10):
            with world.context():
                tasks.take_back(kept[0])
        assert [told.key for told in mails(world)] == [f"decision:{one}:author" for one in kept[1:]]

    def test_but_keeps_the_mail_of_the_decision_after_it(self, world: World) -> None:
        contribution, _ = world.submit()
        first = world.decide(contribution)
        world.undo(first)
        second = world.decide(contribution, Outcome.REJECTED, reason="spam")
        tell(world, second)
        with world.context():
            tasks.take_back(first)
            tasks.take_back(second)  # nobody has undone this one
        assert len(mails(world)) == 1


class TestTellReport:
    @pytest.fixture
    def ended(self, world: World) -> Callable[..., int]:
        def make(**values: Any) -> int:
            with world.context(), transaction():
                report = Report(
                    dialogue_id=world.dialogue,
                    number=1,
                    cut_off_at=clock.now(),
                    requested_by_id=world.lee,
                    requested_at=clock.now(),
                    **values,
                )
                db.session.add(report)
                db.session.flush()
                return report.id

        return make

    def test_says_that_it_is_ready(self, world: World, ended: Callable[..., int]) -> None:
        report = ended(state=ReportState.DONE, finished_at=clock.now())
        with world.context():
            for _ in range(10):
                tasks.tell_report(report)
        (told,) = mails(world)
        assert (told.to, told.subject) == ("lee@people.example", "Your report is ready")
        assert f"http://127.0.0.1:8000/agency/jobs/{report}\n" in told.text

    def test_says_why_it_failed(self, world: World, ended: Callable[..., int]) -> None:
        report = ended(state=ReportState.FAILED, reason="No space is left.", attempts=3)
        with world.context():
            tasks.tell_report(report)
        (told,) = mails(world)
        assert told.subject == "Your report could not be made"
        assert "No space is left." in told.text
        assert f"Reference: report-{report}-3" in told.text

    def test_waits_for_the_end(self, world: World, ended: Callable[..., int]) -> None:
        report = ended(state=ReportState.RUNNING)
        with world.context():
            tasks.tell_report(report)
        assert mails(world) == []
