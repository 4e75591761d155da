"""Makes one report: claim, count, group, write files, finish; whatever happens it ends.

The numbers come from `build`, the files from `render`, others help by `parts.sharing`; here is
only the work around them. Files go into a folder of the attempt, whole and flushed, before their
rows and the state change in one transaction: killed at any point, the report has all files or none.
"""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import structlog
from flask import current_app

from dialogue.kernel import clock, ids
from dialogue.kernel.db import db, transaction
from dialogue.kernel.errors import Gone
from dialogue.kernel.storage import write_atomically
from dialogue.reports import build, diff, editions, hand, model, queries, reading, reasons, showing
from dialogue.reports.commands import hand as by_hand
from dialogue.reports.commands import making
from dialogue.reports.commands.publishing import MadeFile
from dialogue.reports.folder import files_folder
from dialogue.reports.heartbeat import Heartbeat
from dialogue.reports.models import Report
from dialogue.reports.parts import sharing
from dialogue.reports.parts.crew import Crew
from dialogue.reports.parts.sharing import Shared
from dialogue.reports.reasons import LeaseLost
from dialogue.reports.render import formats
from dialogue.reports.render.kinds import FORMATS
from dialogue.reports.steps import BEGINS_AT, Step, percent_of

log = structlog.get_logger()


def run(report_id: int) -> bool:
    """Make the report if it is to be had; tell whether this call finished it."""
    holder = ids.token()
    config = current_app.config
    lease = timedelta(seconds=config["LEASE_SECONDS"])
    with transaction():
        report = making.claim(
            report_id=report_id,
            holder=holder,
            lease=lease,
            attempts=config["REPORT_ATTEMPTS"],
            at_once=config["REPORTS_AT_ONCE"],
            now=clock.now(),
        )
    if report is None:
        return False
    log.info("report.claimed", report=report.reference)
    _remove_earlier_attempts(report)
    attempt = _Attempt(report_id, holder, Path("reports") / str(report_id) / str(report.attempts))

    def renew() -> bool:
        return making.renew(report_id=report_id, holder=holder, lease=lease, now=clock.now())

    with Heartbeat(renew, lease):
        try:
            return attempt.make(report)
        except LeaseLost:
            log.warning("report.lease_lost", report=report.reference)
            db.session.rollback()
            attempt.remove_files()
            return False
        except Exception as problem:
            log.exception("report.failed", report=report.reference)
            db.session.rollback()
            attempt.remove_files()
            with transaction():
                making.fail(
                    report_id=report_id,
                    holder=holder,
                    reason=reasons.sentence(problem),
                    now=clock.now(),
                )
            return False
        finally:
            if queries.has_ended(report_id):
                sharing.remove_work(report_id)


def help_out(report_id: int) -> int:
    """Carry out parts of a report that another worker makes; return how many. Safe to repeat."""
    return sharing.help_out(report_id)


def sweep() -> tuple[int, int]:
    """Send on what waits too long and end what cannot be made; safe to repeat."""
    config = current_app.config
    with transaction():
        result = making.sweep(
            attempts=config["REPORT_ATTEMPTS"],
            silent_after=timedelta(seconds=2 * config["RESEND_SECONDS"]),
            minutes=config["REPORT_MINUTES"],
            now=clock.now(),
        )
    sharing.remove_work_of_ended()
    return result


@dataclass
class _Attempt:
    """One try of one worker, with a folder of its own."""

    report_id: int
    holder: str
    folder: Path  # below the files folder
    step: Step = Step.COUNTING

    def make(self, report: Report) -> bool:
        self.move_on(Step.COUNTING)
        dialogue = queries.dialogue_of(report)
        snapshot = reading.read_snapshot(dialogue, report.cut_off_at)
        crew = Shared(self.report_id, self.holder, self.come_on)
        document = build.build(snapshot, self.move_on, crew)
        document, kept = _with_what_came_before(document, report)
        gone = queries.quoted_now(document).taken_back
        if gone:  # while it was being made
            document = model.seal(editions.without(document, gone))
        self.move_on(Step.MAKING_FILES)
        files = write_files(document, report, self.folder, crew)
        with transaction():
            done = making.finish(
                report_id=self.report_id,
                holder=self.holder,
                files=files,
                document=document,
                now=clock.now(),
            )
            if done:
                by_hand.keep(report_id=self.report_id, edits=kept)
        if not done:
            raise LeaseLost
        log.info("report.done", report=report.reference)
        return True

    def move_on(self, step: Step) -> None:
        """Begin a step."""
        self.step = step
        self._tell(BEGINS_AT[step])

    def come_on(self, stage: str, done: int, of: int) -> None:
        """Tell how far the present step is."""
        self._tell(percent_of(stage, done, of))

    def _tell(self, percent: int) -> None:
        with transaction():
            held = making.move_on(
                report_id=self.report_id, holder=self.holder, step=self.step, percent=percent
            )
        if not held:
            raise LeaseLost

    def remove_files(self) -> None:
        shutil.rmtree(files_folder() / self.folder, ignore_errors=True)


def write_files(document: model.Model, report: Report, folder: Path, crew: Crew) -> list[MadeFile]:
    """Write a document in every format, whole and flushed, below `folder`; the `crew` renders.
    Raises OSError and CannotRender; what was written until then stays there."""
    written, site = model.to_bytes(document), current_app.config["SITE_NAME"]
    contents = crew.begin(
        formats.render_document,
        [(written, kind, report.number, site) for kind in FORMATS],
        seconds=0.4 + len(written) * 2.5e-6,
    )()
    files = []
    for kind, content in zip(FORMATS, contents, strict=True):
        path = folder / f"report.{kind}"
        write_atomically(files_folder() / path, content)
        digest = hashlib.sha256(content).hexdigest()
        files.append(MadeFile(kind, str(path), len(content), digest))
    return files


def _with_what_came_before(
    document: model.Model, report: Report
) -> tuple[model.Model, list[hand.Edit]]:
    """Return a document with what changed since the report before and with what people had changed
    in that one, as far as it fits; and those changes."""
    earlier = queries.report_before(report)
    if earlier is None:
        return document, []
    try:
        before = showing.document_of(earlier)
    except Gone:
        return document, []
    edits = hand.carried(before, queries.edits_of(earlier.id), document)
    kept = hand.replay(document, edits, queries.counter(document))
    changes = diff.compare(before, document, earlier.number)
    shown = hand.for_document(kept)
    return model.seal({**document, "hand": shown, "changes": changes}), kept


def _remove_earlier_attempts(report: Report) -> None:
    """Remove what a killed worker left, but for the parts that were done: they are used again."""
    folder = files_folder() / "reports" / str(report.id)
    for leftover in folder.glob("*") if folder.is_dir() else ():
        if leftover.name != sharing.WORK:
            shutil.rmtree(leftover, ignore_errors=True)
