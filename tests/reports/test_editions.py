"""Words that are taken back leave a report at once; its numbers stay; each edition is on record."""

from __future__ import annotations

import errno
import io
import threading
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import select, update

from dialogue.accounts.models import User
from dialogue.dialogues.models import Dialogue
from dialogue.kernel import audit
from dialogue.kernel.db import db, transaction
from dialogue.kernel.errors import DomainError
from dialogue.moderation.commands import decisions
from dialogue.moderation.commands.deeds import Wish
from dialogue.moderation.models import Outcome
from dialogue.participation.models import Contribution, Revision
from dialogue.participation.redaction import HiddenKind
from dialogue.reports import editions, job, model, queries, renewing, showing
from dialogue.reports.commands import making, publishing
from dialogue.reports.folder import files_folder
from dialogue.reports.models import Report, ReportEdition, ReportState
from dialogue.reports.verify import verify
from tests.reports.conversation import IDEAS, hold, officer

SECRET = "Call Rosa Delgado at the north gate before you sign anything"
LETTER = "Please keep the night bus to the fields running because crews end work after dark"


@pytest.fixture
def actor(context: Flask) -> User:
    return officer()


@pytest.fixture
def report(actor: User) -> Report:
    """A published report that quotes the secret as an idea and as an addition to a letter."""
    comments = [(0, n, LETTER) for n in range(6)] + [(0, 9, f"{LETTER}. {SECRET}.")]
    dialogue = hold(ideas=[SECRET, *IDEAS[1:]], comments=comments)
    made = make(dialogue.id, actor)
    with transaction():
        publishing.publish_report(report=made, actor_id=actor.id, now=datetime.now(UTC))
    return fresh(made.id)


def make(dialogue_id: int, actor: User) -> Report:
    with transaction():
        asked = making.request_report(
            dialogue=db.session.get_one(Dialogue, dialogue_id),
            actor_id=actor.id,
            now=datetime.now(UTC),
        )
    assert job.run(asked.id)
    return fresh(asked.id)


def fresh(report_id: int) -> Report:
    return db.session.get_one(Report, report_id, populate_existing=True)


def idea() -> Contribution:
    return db.session.scalars(
        select(Contribution).where(Contribution.kind == "idea").order_by(Contribution.id)
    ).first()


def hide(contribution: int, state: str = "hidden") -> None:
    with transaction():
        db.session.execute(
            update(Contribution)
            .where(Contribution.id == contribution)
            .values(state=state, listed=False, title="", slug="")
        )


def redact(contribution: int) -> None:
    """A moderator hides a name, in every wording."""
    with transaction():
        found = db.session.get_one(Contribution, contribution)
        decisions.decide_in_place(
            contribution_id=contribution,
            version=found.version,
            outcome=Outcome.REDACTED,
            reason_code="",
            note="",
            moderator=db.session.scalars(select(User)).one(),
            scope=None,
            now=datetime.now(UTC),
            wish=Wish(words=(("Rosa Delgado", HiddenKind.NAME),)),
        )


def everything(report: Report) -> bytes:
    """The bytes of every file of a report, packed ones unpacked."""
    found = b""
    for file in report.files:
        content = (files_folder() / file.path).read_bytes()
        found += content
        if zipfile.is_zipfile(io.BytesIO(content)):
            with zipfile.ZipFile(io.BytesIO(content)) as packed:
                found += b"".join(packed.read(name) for name in packed.namelist())
    return found


@pytest.mark.sqlite_only
class TestBeforeTheNextEdition:
    """There is no moment at which words that were taken back can still be read in a report."""

    def test_page_shows_a_placeholder(self, report: Report) -> None:
        hide(idea().id)
        given = showing.page_context(report, "pay")
        assert given["is_behind"]
        assert SECRET not in str(given["d"]["ideas"])

    def test_files_are_not_handed_out(self, report: Report) -> None:
        showing.say_when_behind(report)
        redact(idea().id)
        with pytest.raises(DomainError) as refusal:
            showing.say_when_behind(report)
        assert (refusal.value.status, refusal.value.retry_after) == (503, 60)

    def test_verify_says_what_is_stale_and_ends_with_3(self, report: Report) -> None:
        number = idea().id
        redact(number)
        verdict = verify(showing.document_of(report))
        assert verdict.exit_status == 3, verdict.problems
        (line,) = verdict.stale
        assert line.startswith(f"Contribution {number} is quoted at ideas[")
        assert line.endswith("but had words hidden by a moderator: a new edition is pending.")

    def test_a_word_changed_by_hand_is_no_edition(self, report: Report) -> None:
        with transaction():
            db.session.execute(
                update(Revision)
                .where(Revision.contribution_id == idea().id)
                .values(title=SECRET.replace("north", "south"))
            )
        verdict = verify(showing.document_of(report))
        assert verdict.exit_status == 1
        assert "reads “Call Rosa Delgado at the north gate" in verdict.problems[0]
        assert "the database has “Call Rosa Delgado at the south gate" in verdict.problems[0]


class TestNextEdition:
    def test_has_the_same_numbers_and_none_of_the_words(self, report: Report) -> None:
        first, before = report.sha256, showing.document_of(report)
        assert SECRET.encode() in everything(report)
        redact(idea().id)
        comment = db.session.scalars(
            select(Contribution.id).order_by(Contribution.id.desc()).limit(1)
        ).one()
        hide(comment, "withdrawn")
        assert renewing.renew(report.id)
        report = fresh(report.id)
        after = showing.document_of(report)
        assert SECRET.encode() not in everything(report)
        assert b"Rosa" not in everything(report)
        assert after["counts"] == before["counts"]
        assert editions.numbers_digest(after) == editions.numbers_digest(before)
        assert after["edition"] == {
            "number": 2,
            "earlier": [first],
            "taken_back": sorted([idea().id, comment]),
        }
        assert verify(after).exit_status == 0, verify(after)
        assert not showing.page_context(report, "pay")["is_behind"]

    @pytest.mark.sqlite_only
    def test_is_on_record_with_both_digests(self, report: Report) -> None:
        first = report.sha256
        hide(idea().id)
        renewing.renew(report.id)
        rows = queries.editions_of(report.id)
        assert [row.number for row in rows] == [1, 2]
        assert rows[0].sha256 == first
        assert rows[0].numbers_sha256 == rows[1].numbers_sha256
        entry = db.session.scalars(
            select(audit.AuditEntry).where(audit.AuditEntry.act == audit.Act.REPORT_EDITION)
        ).one()
        assert entry.codes["before"] == first
        assert entry.codes["sha256"] == rows[1].sha256

    @pytest.mark.sqlite_only
    def test_removes_the_earlier_files(self, report: Report) -> None:
        old = [files_folder() / file.path for file in report.files]
        hide(idea().id)
        renewing.renew(report.id)
        assert not any(path.exists() for path in old)
        kept = sorted(p for p in files_folder().rglob("*") if p.is_file())
        assert kept == sorted(files_folder() / file.path for file in fresh(report.id).files)

    @pytest.mark.sqlite_only
    def test_makes_the_earlier_one_stale(self, report: Report) -> None:
        before = showing.document_of(report)
        hide(idea().id)
        renewing.renew(report.id)
        verdict = verify(before)
        assert verdict.exit_status == 3
        assert verdict.stale[0].startswith("Edition 2 of this report was written on ")

    @pytest.mark.sqlite_only
    def test_that_was_made_up_does_not_hold(self, report: Report) -> None:
        forged = editions.following(showing.document_of(report), [idea().id])
        verdict = verify(forged)
        assert verdict.exit_status == 1
        assert "no such edition was written here" in verdict.problems[0]

    def test_is_written_once_by_many_at_once(self, app: Flask, report: Report) -> None:
        hide(idea().id)
        report_id, made = report.id, []
        db.session.remove()

        def run() -> None:
            with app.app_context():
                made.append(renewing.renew(report_id))

        threads = [threading.Thread(target=run) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(made)[-1]
        numbers = db.session.scalars(select(ReportEdition.number)).all()
        assert sorted(numbers) == [1, 2]
        assert verify(showing.document_of(fresh(report_id))).exit_status == 0

    @pytest.mark.sqlite_only
    @pytest.mark.parametrize("take_back", [hide, redact])
    def test_is_found_by_the_sweep(
        self, report: Report, take_back: Callable[[int], object]
    ) -> None:
        assert renewing.sweep() == 0
        take_back(idea().id)
        assert renewing.sweep() == 1
        assert renewing.sweep() == 0

    @pytest.mark.sqlite_only
    def test_on_a_full_disk_leaves_the_files_as_they_were(
        self, report: Report, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        hide(idea().id)
        before = {p: p.read_bytes() for p in files_folder().rglob("*") if p.is_file()}

        def full(_descriptor: int) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        with monkeypatch.context() as disk:
            disk.setattr("dialogue.kernel.storage.os.fsync", full)
            with pytest.raises(OSError, match="No space"):
                renewing.renew(report.id)
        assert {p: p.read_bytes() for p in files_folder().rglob("*") if p.is_file()} == before
        assert renewing.renew(report.id)


@pytest.mark.sqlite_only
class TestWhileItIsMade:
    def test_words_taken_back_stand_in_no_file(
        self, actor: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        dialogue = hold(ideas=[SECRET, *IDEAS[1:]])
        build = job.build.build

        def build_slowly(*given: object) -> model.Model:
            document = build(*given)
            redact(idea().id)
            return document

        with monkeypatch.context() as slow:
            slow.setattr(job.build, "build", build_slowly)
            report = make(dialogue.id, actor)
        assert report.state == ReportState.DONE
        assert SECRET.encode() not in everything(report)
        assert showing.document_of(report)["edition"]["taken_back"] == [idea().id]
        assert verify(showing.document_of(report)).exit_status == 0
