"""Writes the files of a finished report again: without words that were taken back, and with what a
person changed in a draft.

Pages and downloads look themselves whether everything quoted is still public, at every request; so
nothing depends on how soon this runs. It may run at any time and by many at once: files go into a
folder of their own, and only who finds the document that it read takes its place.
"""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import structlog

from dialogue.kernel import clock, ids
from dialogue.kernel.db import db, transaction
from dialogue.kernel.errors import Gone
from dialogue.reports import editions, hand, model, queries, showing
from dialogue.reports.commands import publishing
from dialogue.reports.folder import files_folder
from dialogue.reports.job import write_files
from dialogue.reports.models import Report, ReportState
from dialogue.reports.parts.crew import Alone

LEFT_AFTER = 3600  # seconds; no report is made for so long

log = structlog.get_logger()


def renew(report_id: int) -> bool:
    """Bring the files of a report up to date; tell whether this call did."""
    report = queries.report_by_id(report_id)
    if report is None or report.state != ReportState.DONE:
        return False
    try:
        before = showing.document_of(report)
    except Gone:
        log.warning("report.files_missing", report=report.reference)
        return False
    draft = queries.draft_of(report_id)
    changes = draft.changes if draft is not None else 0
    behind = draft is not None and draft.written < changes
    after = _brought_up_to_date(before, report)
    if after["sha256"] == before["sha256"] and not behind:
        return False
    earlier = {Path(file.path).parent for file in report.files}
    folder = Path("reports") / str(report_id) / f"renewed-{ids.token()[:12]}"
    db.session.commit()  # no read transaction stays open while files are written
    try:
        files = write_files(after, report, folder, Alone())
        with transaction():
            taken = publishing.replace_files(
                report_id=report_id,
                before=before["sha256"],
                written=changes,
                files=files,
                document=after,
                now=clock.now(),
            )
    except BaseException:
        _remove(folder)
        raise
    if not taken:
        _remove(folder)
        return False
    for old in earlier:
        _remove(old)
    log.info("report.renewed", report=report.reference, edition=after["edition"]["number"])
    return True


def renew_quoting(contribution_id: int) -> int:
    """Renew every report that quotes a contribution; return how many were renewed."""
    return sum(renew(report_id) for report_id in queries.quoting(contribution_id))


def sweep() -> int:
    """Renew what is behind; return how many were renewed. Safe to repeat.

    Files that belong to no report any more go, too: a worker may have died before it removed them.
    """
    renewed = sum(renew(report_id) for report_id in queries.to_be_renewed())
    _remove_left_over()
    return renewed


def _brought_up_to_date(before: model.Model, report: Report) -> model.Model:
    after = before
    if report.published_at is None:
        edits = queries.edits_of(report.id)
        replayed = hand.replay(before, edits, queries.counter(before))
        after = model.seal({**before, "hand": hand.for_document(replayed)})
    gone = queries.quoted_now(after).taken_back
    if not gone:
        return after
    if report.published_at is None:
        return model.seal(editions.without(after, gone))
    return editions.following(after, gone)


def _remove(folder: Path) -> None:
    shutil.rmtree(files_folder() / folder, ignore_errors=True)


def _remove_left_over() -> None:
    """Remove folders without a file on record, unless somebody may still be writing there."""
    kept = {files_folder() / Path(path).parent for path in queries.file_paths()}
    before = time.time() - LEFT_AFTER
    for folder in (files_folder() / "reports").glob("*/*"):
        if folder not in kept and folder.stat().st_mtime < before:
            shutil.rmtree(folder, ignore_errors=True)
