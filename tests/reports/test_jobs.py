"""A report as a job: asked for once, made once, ended always, whoever dies on the way."""

from __future__ import annotations

import errno
import threading
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text

from dialogue.accounts.models import User
from dialogue.dialogues.models import Dialogue
from dialogue.kernel import audit
from dialogue.kernel.db import db, transaction
from dialogue.kernel.errors import Conflict, NotFound
from dialogue.kernel.outbox import OutboxEvent
from dialogue.reports import job, queries
from dialogue.reports.commands import making, publishing
from dialogue.reports.folder import files_folder
from dialogue.reports.models import Report, ReportState
from dialogue.reports.render.kinds import FORMATS
from dialogue.reports.steps import Step
from tests.reports.conversation import hold, officer

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
LEASE = timedelta(seconds=60)


@pytest.fixture
def dialogue(context: Flask) -> Dialogue:
    return hold(people=["aaaadddd"] * 6)


@pytest.fixture
def actor(context: Flask) -> User:
    return officer()


def ask(dialogue: Dialogue, actor: User, now: datetime = NOW) -> Report:
    with transaction():
        return making.request_report(dialogue=dialogue, actor_id=actor.id, now=now)


def take(report: Report, holder: str, now: datetime = NOW) -> Report | None:
    with transaction():
        return making.claim(report_id=report.id, holder=holder, lease=LEASE, attempts=3, now=now)


def look_after(now: datetime) -> tuple[int, int]:
    with transaction():
        return making.sweep(attempts=3, silent_after=timedelta(seconds=120), minutes=15, now=now)


def state(report: Report) -> str:
    db.session.expire_all()
    return db.session.get_one(Report, report.id).state


def events(name: str) -> list[int]:
    rows = db.session.scalars(select(OutboxEvent).where(OutboxEvent.name == name))
    return [row.fields["report_id"] for row in rows]


class TestAsk:
    def test_queues_a_numbered_report(self, dialogue: Dialogue, actor: User) -> None:
        report = ask(dialogue, actor)
        assert (report.number, report.state, report.cut_off_at) == (1, "queued", NOW)
        assert events("ReportRequested") == [report.id]

    def test_leads_to_the_one_that_is_being_made(self, dialogue: Dialogue, actor: User) -> None:
        first = ask(dialogue, actor)
        assert ask(dialogue, actor).id == first.id
        take(first, "worker")
        assert ask(dialogue, actor).id == first.id
        assert events("ReportRequested") == [first.id]

    def test_at_once_by_many_makes_one(self, app: Flask, dialogue: Dialogue, actor: User) -> None:
        dialogue_id, actor_id, found = dialogue.id, actor.id, []
        db.session.remove()

        def request() -> None:
            with app.app_context(), transaction():
                wanted = db.session.get_one(Dialogue, dialogue_id)
                found.append(making.request_report(dialogue=wanted, actor_id=actor_id, now=NOW).id)

        threads = [threading.Thread(target=request) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(found) == 8
        assert len(set(found)) == 1


class TestClaim:
    def test_gives_the_report_to_one(self, dialogue: Dialogue, actor: User) -> None:
        report = ask(dialogue, actor)
        assert take(report, "one") is not None
        assert take(report, "two") is None

    def test_passes_on_when_the_first_fell_silent(self, dialogue: Dialogue, actor: User) -> None:
        report = ask(dialogue, actor)
        take(report, "one")
        later = take(report, "two", NOW + LEASE + timedelta(seconds=1))
        assert later is not None
        assert (later.attempts, later.lease_holder) == (2, "two")

    def test_ends_after_three(self, dialogue: Dialogue, actor: User) -> None:
        report = ask(dialogue, actor)
        for n in range(3):
            assert take(report, f"worker {n}", NOW + n * 2 * LEASE) is not None
        assert take(report, "fourth", NOW + 6 * LEASE) is None

    def test_lost_is_lost(self, dialogue: Dialogue, actor: User) -> None:
        report = ask(dialogue, actor)
        take(report, "one")
        take(report, "two", NOW + 2 * LEASE)
        with transaction():
            assert not making.renew(
                report_id=report.id, holder="one", lease=LEASE, now=NOW + 2 * LEASE
            )
            assert not making.move_on(
                report_id=report.id, holder="one", step=Step.MAKING_FILES, percent=75
            )
            assert not making.finish(
                report_id=report.id,
                holder="one",
                files=[publishing.MadeFile("json", "x", 1, "0")],
                document={"input_sha256": "", "sha256": ""},
                now=NOW,
            )
            assert not making.fail(report_id=report.id, holder="one", reason="x", now=NOW)
        db.session.expire_all()
        kept = db.session.get_one(Report, report.id)
        assert (kept.state, kept.step, kept.files) == ("running", Step.COUNTING, [])


class TestSweep:
    def test_sends_a_silent_one_again(self, dialogue: Dialogue, actor: User) -> None:
        report = ask(dialogue, actor)
        take(report, "one")
        assert look_after(NOW + LEASE / 2) == (0, 0)
        assert look_after(NOW + LEASE * 1.1) == (1, 0)
        assert state(report) == ReportState.QUEUED
        assert events("ReportRequested") == [report.id, report.id]

    def test_sends_one_again_that_nobody_took(self, dialogue: Dialogue, actor: User) -> None:
        report = ask(dialogue, actor)
        assert look_after(NOW + timedelta(seconds=60)) == (0, 0)
        assert look_after(NOW + timedelta(seconds=121)) == (1, 0)
        assert state(report) == ReportState.QUEUED

    def test_ends_one_that_was_interrupted_too_often(self, dialogue: Dialogue, actor: User) -> None:
        report = ask(dialogue, actor)
        for n in range(3):
            take(report, f"worker {n}", NOW + n * 2 * LEASE)
        assert look_after(NOW + 7 * LEASE) == (0, 1)
        assert state(report) == ReportState.FAILED
        assert "interrupted 3 times" in db.session.get_one(Report, report.id).reason
        assert events("ReportFinished") == [report.id]

    def test_ends_what_takes_longer_than_promised(self, dialogue: Dialogue, actor: User) -> None:
        report = ask(dialogue, actor)
        take(report, "stuck", NOW + timedelta(minutes=14))
        assert look_after(NOW + timedelta(minutes=15, seconds=1)) == (0, 1)
        assert "within 15 minutes" in db.session.get_one(Report, report.id).reason


class TestRun:
    def test_makes_every_file_and_tells_of_it(self, dialogue: Dialogue, actor: User) -> None:
        report = ask(dialogue, actor, datetime.now(UTC))
        assert job.run(report.id)
        db.session.expire_all()
        done = db.session.get_one(Report, report.id)
        assert (done.state, done.percent, done.attempts) == (ReportState.DONE, 100, 1)
        assert {file.format for file in done.files} == set(FORMATS)
        for file in done.files:
            assert (files_folder() / file.path).stat().st_size == file.size
        assert events("ReportFinished") == [report.id]
        assert audit.verify() == []

    def test_repeated_changes_nothing(self, dialogue: Dialogue, actor: User) -> None:
        report = ask(dialogue, actor, datetime.now(UTC))
        assert job.run(report.id)
        before = {path: path.read_bytes() for path in files_folder().rglob("report.*")}
        assert not job.run(report.id)
        assert {path: path.read_bytes() for path in files_folder().rglob("report.*")} == before
        assert events("ReportFinished") == [report.id]

    def test_by_ten_at_once_makes_one(self, app: Flask, dialogue: Dialogue, actor: User) -> None:
        report_id = ask(dialogue, actor, datetime.now(UTC)).id
        db.session.remove()
        made = []

        def run() -> None:
            with app.app_context():
                made.append(job.run(report_id))

        threads = [threading.Thread(target=run) for _ in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(made) == [False] * 9 + [True]
        assert len(events("ReportFinished")) == 1

    def test_fails_with_a_reason_and_leaves_no_file(
        self, dialogue: Dialogue, actor: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A full disk is the one thing that cannot be had for real here."""
        report = ask(dialogue, actor, datetime.now(UTC))

        def full(descriptor: int) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr("dialogue.kernel.storage.os.fsync", full)
        assert not job.run(report.id)
        failed = db.session.get_one(Report, report.id, populate_existing=True)
        assert failed.state == ReportState.FAILED
        assert failed.reason == "There is no space left on the server's disk."
        assert not [path for path in files_folder().rglob("*") if path.is_file()]
        assert events("ReportFinished") == [report.id]

    def test_removes_what_a_killed_worker_left(self, dialogue: Dialogue, actor: User) -> None:
        report = ask(dialogue, actor, datetime.now(UTC))
        left = files_folder() / "reports" / str(report.id) / "9"
        left.mkdir(parents=True)
        (left / ".part-x").write_text("half")
        assert job.run(report.id)
        assert not left.exists()

    def test_stops_when_it_was_cancelled(
        self, dialogue: Dialogue, actor: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        report = ask(dialogue, actor, datetime.now(UTC))
        read = job.reading.read_snapshot

        def read_slowly(*given: object) -> object:
            with transaction():
                making.cancel(
                    report=db.session.get_one(Report, report.id), actor_id=actor.id, now=NOW
                )
            return read(*given)

        monkeypatch.setattr(job.reading, "read_snapshot", read_slowly)
        assert not job.run(report.id)
        assert state(report) == ReportState.CANCELLED
        assert not [path for path in files_folder().rglob("*") if path.is_file()]


class TestEnd:
    def test_cancelled_makes_room_for_another(self, dialogue: Dialogue, actor: User) -> None:
        report = ask(dialogue, actor)
        with transaction():
            making.cancel(report=report, actor_id=actor.id, now=NOW)
        assert ask(dialogue, actor).number == 2

    def test_cannot_be_cancelled_twice(self, dialogue: Dialogue, actor: User) -> None:
        report = ask(dialogue, actor)
        with transaction():
            making.cancel(report=report, actor_id=actor.id, now=NOW)
        with pytest.raises(Conflict), transaction():
            making.cancel(report=report, actor_id=actor.id, now=NOW)

    def test_published_once_stays_as_it_is(self, dialogue: Dialogue, actor: User) -> None:
        report = ask(dialogue, actor, datetime.now(UTC))
        job.run(report.id)
        for moment in (NOW, NOW + timedelta(days=1)):
            with transaction():
                done = db.session.get_one(Report, report.id, populate_existing=True)
                publishing.publish_report(report=done, actor_id=actor.id, now=moment)
        db.session.expire_all()
        assert db.session.get_one(Report, report.id).published_at == NOW
        acts = db.session.scalars(select(audit.AuditEntry.act)).all()
        assert acts.count(audit.Act.REPORT_PUBLISHED) == 1

    def test_unfinished_cannot_be_published(self, dialogue: Dialogue, actor: User) -> None:
        report = ask(dialogue, actor)
        with pytest.raises(NotFound), transaction():
            publishing.publish_report(report=report, actor_id=actor.id, now=NOW)

    def test_is_listed_to_the_public_when_published(self, dialogue: Dialogue, actor: User) -> None:
        report = ask(dialogue, actor, datetime.now(UTC))
        job.run(report.id)
        assert queries.finished_reports(dialogue.id, drafts=False) == []
        assert len(queries.finished_reports(dialogue.id, drafts=True)) == 1


def test_the_database_keeps_one_active_report_of_a_dialogue(
    dialogue: Dialogue, actor: User
) -> None:
    ask(dialogue, actor)
    with pytest.raises(Exception, match=r"uq_report_active|UNIQUE"), transaction():
        db.session.execute(
            text(
                "INSERT INTO report (dialogue_id, number, state, step, percent, attempts,"
                " lease_holder, reason, cut_off_at, input_hash, sha256, requested_at)"
                " SELECT dialogue_id, 9, 'queued', 0, 0, 0, '', '', cut_off_at, '', '',"
                " requested_at FROM report"
            )
        )
