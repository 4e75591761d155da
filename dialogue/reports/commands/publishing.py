"""What the public gets of a report: its files, its publication, its editions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import delete, select, update

from dialogue.dialogues.models import Dialogue, Results, VoteKind
from dialogue.dialogues.schedule import DialogueState, results_open, state_of
from dialogue.kernel import audit
from dialogue.kernel.db import db, rows_changed
from dialogue.kernel.errors import Conflict, NotFound
from dialogue.kernel.outbox import publish
from dialogue.reports import editions
from dialogue.reports.events import ReportChanged, ReportPublished
from dialogue.reports.model import Model
from dialogue.reports.models import (
    Report,
    ReportDraft,
    ReportEdition,
    ReportFile,
    ReportQuotation,
    ReportState,
)
from dialogue.reports.sections.quotes import quotations


@dataclass(frozen=True)
class MadeFile:
    """A whole file on the disk, `path` below the files folder."""

    format: str
    path: str
    size: int
    sha256: str


def publish_report(*, report: Report, actor_id: int | None, now: datetime) -> bool:
    """Open a finished report to the public; nothing in it changes from then on.

    While its files lack something that a person changed, it is published with them, when they are
    whole: then this returns False. Raises NotFound when it is not finished, Conflict while the
    dialogue keeps results until the close; publishing twice changes nothing. Publishes
    ReportPublished or ReportChanged.
    """
    if report.state != ReportState.DONE:
        raise NotFound("")
    if report.published_at is not None:
        return True
    if not _may_show_results(report, now):
        raise Conflict(
            _(
                "This dialogue shows results when voting has closed. Publish the report after"
                " that; until then staff can read it."
            )
        )
    draft = db.session.get(ReportDraft, report.id, populate_existing=True)
    if draft is not None and draft.written < draft.changes:
        draft.publish_asked_by_id, draft.publish_asked_at = actor_id, now
        publish(ReportChanged(report.id))
        return False
    changed = rows_changed(
        update(Report)
        .where(Report.id == report.id, Report.published_at.is_(None))
        .values(published_at=now)
    )
    if changed:
        audit.record(
            actor_id,
            audit.Act.REPORT_PUBLISHED,
            f"report:{report.id}",
            {"sha256": report.sha256},
            now=now,
        )
        _say_reported(report.dialogue_id, now)
        publish(ReportPublished(report.id))
    return True


def replace_files(
    *,
    report_id: int,
    before: str,
    written: int,
    files: Sequence[MadeFile],
    document: Model,
    now: datetime,
) -> bool:
    """Put files in the place of those of the document `before`; False when that is not there now.

    `written`: how many of a person's changes the files hold. A new edition is recorded with both
    digests; a report whose publication was asked for is public from now on.
    """
    report = db.session.scalars(
        select(Report)
        .where(Report.id == report_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if report.state != ReportState.DONE or report.sha256 != before:
        return False
    report.sha256 = document["sha256"]
    db.session.execute(delete(ReportFile).where(ReportFile.report_id == report_id))
    db.session.expire(report, ["files"])
    record_files(report_id=report_id, files=files)
    number = record_edition(report_id=report_id, document=document, now=now)
    if number > 1:
        audit.record(
            None,
            audit.Act.REPORT_EDITION,
            f"report:{report_id}",
            {"edition": number, "before": before, "sha256": document["sha256"]},
            now=now,
        )
    record_quotations(report_id=report_id, document=document)
    db.session.get_one(Dialogue, report.dialogue_id).version += 1
    draft = db.session.get(ReportDraft, report_id, populate_existing=True)
    if draft is not None:
        draft.written = written
        is_due = draft.publish_asked_at is not None and _may_show_results(report, now)
        if is_due and written == draft.changes:
            publish_report(report=report, actor_id=draft.publish_asked_by_id, now=now)
    return True


def _may_show_results(report: Report, now: datetime) -> bool:
    """A report is full of results: where they wait for the close, so does it."""
    dialogue = db.session.get_one(Dialogue, report.dialogue_id)
    waits = dialogue.results == Results.AFTER_CLOSE and dialogue.vote_kind != VoteKind.NONE
    return not waits or results_open(dialogue, now)


def record_files(*, report_id: int, files: Sequence[MadeFile]) -> None:
    """Record files that are whole on the disk."""
    db.session.add_all(
        ReportFile(
            report_id=report_id,
            format=file.format,
            path=file.path,
            size=file.size,
            sha256=file.sha256,
        )
        for file in files
    )


def record_edition(*, report_id: int, document: Model, now: datetime) -> int:
    """Record the edition that a document is, and return its number."""
    number: int = document["edition"]["number"]
    found = db.session.scalars(
        select(ReportEdition).where(
            ReportEdition.report_id == report_id, ReportEdition.number == number
        )
    ).first() or ReportEdition(report_id=report_id, number=number)
    found.sha256 = document["sha256"]
    found.numbers_sha256 = editions.numbers_digest(document)
    found.taken_back = len(document["edition"]["taken_back"])
    found.written_at = now
    db.session.add(found)
    return number


def record_quotations(*, report_id: int, document: Model) -> None:
    """Record whom a document quotes, so that what is taken back finds it."""
    db.session.execute(delete(ReportQuotation).where(ReportQuotation.report_id == report_id))
    quoted = {q["contribution"] for _path, q in quotations(document) if q["text"] is not None}
    db.session.add_all(
        ReportQuotation(report_id=report_id, contribution_id=contribution)
        for contribution in sorted(quoted)
    )


def _say_reported(dialogue_id: int, now: datetime) -> None:
    """Move a closed dialogue on to "Reported"; while it is open, a report is one on the way."""
    dialogue = db.session.get_one(Dialogue, dialogue_id)
    if dialogue.reported_at is None and state_of(dialogue, now) is DialogueState.CLOSED:
        dialogue.reported_at = now
    dialogue.version += 1
