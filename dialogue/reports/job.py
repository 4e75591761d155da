"""Makes one report: claim, count, group, write files, finish; whatever happens it ends.

The numbers come from `build`, the files from `render`; here is only the work around them. Files
go into a folder of the attempt, whole and flushed, before their rows and the state change in one
transaction: killed at any point, the report has all files or none.
"""

from __future__ import annotations

import errno
import hashlib
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import structlog
from flask import Flask, current_app
from flask_babel import gettext as _
from sqlalchemy.exc import SQLAlchemyError

from dialogue.kernel import clock, ids
from dialogue.kernel.db import DatabaseBusy, db, transaction
from dialogue.kernel.errors import Gone
from dialogue.kernel.storage import write_atomically
from dialogue.reports import build, diff, editions, hand, model, queries, reading, showing
from dialogue.reports.commands import hand as by_hand
from dialogue.reports.commands import making
from dialogue.reports.commands.publishing import MadeFile
from dialogue.reports.folder import files_folder
from dialogue.reports.models import Report
from dialogue.reports.render.formats import render
from dialogue.reports.render.kinds import FORMATS, CannotRender, Circumstances
from dialogue.reports.steps import BEGINS_AT, Step

log = structlog.get_logger()


class LeaseLost(Exception):
    """Another worker has taken over, or the report was cancelled: stop, change nothing."""


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
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # for the thread
    with _Heartbeat(app, attempt, lease):
        try:
            return attempt.make(report)
        except LeaseLost:
            log.warning("report.lease_lost", report=report.reference)
            attempt.remove_files()
            return False
        except Exception as problem:
            log.exception("report.failed", report=report.reference)
            db.session.rollback()
            attempt.remove_files()
            with transaction():
                making.fail(
                    report_id=report_id, holder=holder, reason=_reason(problem), now=clock.now()
                )
            return False


def sweep() -> tuple[int, int]:
    """Send on what waits too long and end what cannot be made; safe to repeat."""
    config = current_app.config
    with transaction():
        return making.sweep(
            attempts=config["REPORT_ATTEMPTS"],
            silent_after=timedelta(seconds=2 * config["RESEND_SECONDS"]),
            minutes=config["REPORT_MINUTES"],
            now=clock.now(),
        )


@dataclass(frozen=True)
class _Attempt:
    """One try of one worker, with a folder of its own."""

    report_id: int
    holder: str
    folder: Path  # below the files folder

    def make(self, report: Report) -> bool:
        self.move_on(Step.COUNTING)
        dialogue = queries.dialogue_of(report)
        snapshot = reading.read_snapshot(dialogue, report.cut_off_at)
        document = build.build(snapshot, self.move_on)
        document, kept = _with_what_came_before(document, report)
        gone = queries.quoted_now(document).taken_back
        if gone:  # while it was being made
            document = model.seal(editions.without(document, gone))
        self.move_on(Step.MAKING_FILES)
        first, last = BEGINS_AT[Step.MAKING_FILES], 99

        def say(done: int, of: int) -> None:
            self.move_on(Step.MAKING_FILES, first + (last - first) * done // of)

        files = write_files(document, report, self.folder, say)
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

    def move_on(self, step: Step, percent: int | None = None) -> None:
        with transaction():
            held = making.move_on(
                report_id=self.report_id,
                holder=self.holder,
                step=step,
                percent=BEGINS_AT[step] if percent is None else percent,
            )
        if not held:
            raise LeaseLost

    def remove_files(self) -> None:
        shutil.rmtree(files_folder() / self.folder, ignore_errors=True)


def write_files(
    document: model.Model, report: Report, folder: Path, say: Callable[[int, int], None]
) -> list[MadeFile]:
    """Write a document in every format, whole and flushed, below `folder`; `say` hears how many of
    how many are done. Raises OSError and CannotRender; what was written until then stays there."""
    circumstances = Circumstances(number=report.number, site=current_app.config["SITE_NAME"])
    files = []
    for place, kind in enumerate(FORMATS):
        say(place, len(FORMATS))
        content = render(document, kind, circumstances)
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


class _Heartbeat(threading.Thread):
    """Renews the lease while the work goes on, in transactions of its own."""

    def __init__(self, app: Flask, attempt: _Attempt, lease: timedelta) -> None:
        super().__init__(name=f"heartbeat-{attempt.report_id}", daemon=True)
        self._app, self._attempt, self._lease = app, attempt, lease
        self._over = threading.Event()

    def __enter__(self) -> _Heartbeat:
        self.start()
        return self

    def __exit__(self, *_problem: object) -> None:
        self._over.set()
        self.join()

    def run(self) -> None:
        """Renew three times a lease; a database that is busy is asked again the next time."""
        while not self._over.wait(self._lease.total_seconds() / 3):
            try:
                with self._app.app_context(), transaction():
                    held = making.renew(
                        report_id=self._attempt.report_id,
                        holder=self._attempt.holder,
                        lease=self._lease,
                        now=clock.now(),
                    )
            except (SQLAlchemyError, DatabaseBusy) as problem:
                log.warning("report.heartbeat_missed", problem=type(problem).__name__)
                continue
            if not held:
                return


def _remove_earlier_attempts(report: Report) -> None:
    """Remove what a killed worker left; the one that has the lease writes elsewhere."""
    folder = files_folder() / "reports" / str(report.id)
    for leftover in folder.glob("*") if folder.is_dir() else ():
        shutil.rmtree(leftover, ignore_errors=True)


def _reason(problem: Exception) -> str:
    """Return what the officer reads; the log has the rest under the reference number."""
    if isinstance(problem, OSError) and problem.errno in (errno.ENOSPC, errno.EDQUOT):
        return _("There is no space left on the server's disk.")
    if isinstance(problem, CannotRender):
        return problem.sentence
    if isinstance(problem, SQLAlchemyError | DatabaseBusy):
        return _("The database did not answer.")
    if isinstance(problem, MemoryError):
        return _("The server's memory was not enough.")
    return _("Something went wrong that we did not foresee.")
