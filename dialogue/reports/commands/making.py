"""The making of a report: asked for, claimed by a worker, moved on, ended.

The row is the job. A worker claims it with one UPDATE, holds it by a lease that its heartbeat
renews, and may only finish what it still holds: a worker that was silent too long finds its
claim gone and changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import func, or_, select, update

from dialogue.dialogues.models import Dialogue
from dialogue.kernel import audit
from dialogue.kernel.db import db, rows_changed
from dialogue.kernel.errors import Conflict
from dialogue.kernel.outbox import publish
from dialogue.reports import queries
from dialogue.reports.commands import parts, publishing
from dialogue.reports.commands.publishing import MadeFile
from dialogue.reports.events import ReportFinished, ReportRequested
from dialogue.reports.model import Model
from dialogue.reports.models import Report, ReportRun, ReportState
from dialogue.reports.queries import ACTIVE_STATES
from dialogue.reports.steps import BEGINS_AT, Step


def request_report(*, dialogue: Dialogue, actor_id: int | None, now: datetime) -> Report:
    """Ask for a report of everything up to `now`. Publishes ReportRequested.

    One report of a dialogue is made at a time: while one is, that one is returned.
    """
    # The dialogue's row is the lock, so that two requests at once lead to the same report.
    db.session.execute(select(Dialogue.id).where(Dialogue.id == dialogue.id).with_for_update())
    active = db.session.scalars(
        select(Report).where(Report.dialogue_id == dialogue.id, Report.state.in_(ACTIVE_STATES))
    ).first()
    if active is not None:
        return active
    last = db.session.scalar(
        select(func.max(Report.number)).where(Report.dialogue_id == dialogue.id)
    )
    report = Report(
        dialogue_id=dialogue.id,
        number=(last or 0) + 1,
        state=ReportState.QUEUED,
        cut_off_at=now,
        requested_by_id=actor_id,
        requested_at=now,
    )
    db.session.add(report)
    db.session.flush()
    audit.record(actor_id, audit.Act.REPORT_REQUESTED, f"report:{report.id}", now=now)
    publish(ReportRequested(report.id))
    return report


def claim(
    *,
    report_id: int,
    holder: str,
    lease: timedelta,
    attempts: int,
    now: datetime,
    at_once: int | None = None,
) -> Report | None:
    """Take a waiting report, or one whose worker went silent; None when it is not to be had.

    None, too, while `at_once` others are being made: the end of one wakes the next.
    """
    if at_once is not None and queries.being_made(now, but=report_id) >= at_once:
        return None
    taken = rows_changed(
        update(Report)
        .where(
            Report.id == report_id,
            or_(
                Report.state == ReportState.QUEUED,
                (Report.state == ReportState.RUNNING) & (Report.lease_until < now),
            ),
            Report.attempts < attempts,
        )
        .values(
            state=ReportState.RUNNING,
            attempts=Report.attempts + 1,
            lease_holder=holder,
            lease_until=now + lease,
            step=Step.COUNTING,
            percent=BEGINS_AT[Step.COUNTING],
        )
    )
    if not taken:
        return None
    report = db.session.get_one(Report, report_id, populate_existing=True)
    _begin_run(report, now)
    return report


def renew(*, report_id: int, holder: str, lease: timedelta, now: datetime) -> bool:
    """Prolong the lease; False when it is no longer `holder`'s."""
    return _change_held(report_id, holder, lease_until=now + lease)


def move_on(*, report_id: int, holder: str, step: Step, percent: int) -> bool:
    """Record how far the report is; False when it is no longer `holder`'s."""
    return _change_held(report_id, holder, step=int(step), percent=percent)


def finish(
    *,
    report_id: int,
    holder: str,
    files: Sequence[MadeFile],
    document: Model,
    now: datetime,
) -> bool:
    """Record the finished files of a document; False (and no change) when the report is not
    `holder`'s.

    Publishes ReportFinished. The files must be whole on the disk before this is called.
    """
    held = _change_held(
        report_id,
        holder,
        state=ReportState.DONE,
        percent=100,
        lease_until=None,
        lease_holder="",
        reason="",
        input_hash=document["input_sha256"],
        sha256=document["sha256"],
        finished_at=now,
    )
    if not held:
        return False
    publishing.record_files(report_id=report_id, files=files)
    publishing.record_edition(report_id=report_id, document=document, now=now)
    publishing.record_quotations(report_id=report_id, document=document)
    parts.forget(report_id)
    _end_run(report_id, now)
    _wake_next()
    audit.record(
        None, audit.Act.REPORT_FINISHED, f"report:{report_id}", {"outcome": "done"}, now=now
    )
    publish(ReportFinished(report_id))
    return True


def fail(*, report_id: int, holder: str, reason: str, now: datetime) -> bool:
    """End a report that cannot be made, with a sentence for the officer. Publishes ReportFinished.

    False (and no change) when the report is not `holder`'s.
    """
    if not _change_held(report_id, holder, **_failure(reason, now)):
        return False
    _tell_failure(report_id, now)
    return True


def sweep(
    *, attempts: int, silent_after: timedelta, minutes: int, now: datetime
) -> tuple[int, int]:
    """Look after reports that nobody works on; return how many were sent again and ended.

    One whose worker went silent waits for another; one that used up its attempts, or was not
    finished within `minutes` of the request, has failed. Publishes ReportRequested or
    ReportFinished for each.
    """
    again = ended = 0
    rows = db.session.scalars(
        select(Report)
        .where(Report.state.in_(ACTIVE_STATES))
        .order_by(Report.id)
        .with_for_update(skip_locked=True)
    ).all()
    for report in rows:
        silent = report.state == ReportState.RUNNING and (
            report.lease_until is None or report.lease_until < now
        )
        overdue = report.requested_at + timedelta(minutes=minutes) < now
        waits = report.state == ReportState.QUEUED and report.requested_at + silent_after < now
        if overdue or (silent and report.attempts >= attempts):
            reason = (
                _("It was not finished within %(n)s minutes.", n=minutes)
                if overdue
                else _("The work was interrupted %(n)s times.", n=report.attempts)
            )
            for name, value in _failure(reason, now).items():
                setattr(report, name, value)
            _tell_failure(report.id, now)
            ended += 1
        elif silent or waits:
            report.state = ReportState.QUEUED
            report.step = Step.WAITING
            report.lease_until = None
            report.lease_holder = ""
            publish(ReportRequested(report.id))
            again += 1
    return again, ended


def cancel(*, report: Report, actor_id: int, now: datetime) -> None:
    """Stop a report that is being made; its worker finds the claim gone at the next step.

    Raises Conflict when it has ended already.
    """
    stopped = rows_changed(
        update(Report)
        .where(Report.id == report.id, Report.state.in_(ACTIVE_STATES))
        .values(state=ReportState.CANCELLED, lease_until=None, lease_holder="", finished_at=now)
    )
    if not stopped:
        raise Conflict(_("This report has ended already."))
    parts.forget(report.id)
    audit.record(
        actor_id,
        audit.Act.REPORT_FINISHED,
        f"report:{report.id}",
        {"outcome": "cancelled"},
        now=now,
    )
    _wake_next()


def _wake_next() -> None:
    """Call a worker to the report that has waited longest. Publishes ReportRequested."""
    waiting = queries.longest_waiting()
    if waiting is not None:
        publish(ReportRequested(waiting))


def _begin_run(report: Report, now: datetime) -> None:
    """Note when the work begins and how much there is: later estimates rest on it."""
    dialogue = db.session.get_one(Dialogue, report.dialogue_id)
    run = db.session.get(ReportRun, report.id) or ReportRun(report_id=report.id)
    run.contributions = dialogue.ideas_published + dialogue.comments_published
    run.votes = dialogue.votes_cast
    run.started_at, run.seconds = now, None
    db.session.add(run)


def _end_run(report_id: int, now: datetime) -> None:
    run = db.session.get(ReportRun, report_id)
    if run is not None:
        run.seconds = max((now - run.started_at).total_seconds(), 0.0)


def _change_held(report_id: int, holder: str, **values: object) -> bool:
    changed = rows_changed(
        update(Report)
        .where(
            Report.id == report_id,
            Report.state == ReportState.RUNNING,
            Report.lease_holder == holder,
        )
        .values(**values)
    )
    return bool(changed)


def _failure(reason: str, now: datetime) -> dict[str, object]:
    return {
        "state": ReportState.FAILED,
        "reason": reason,
        "lease_until": None,
        "lease_holder": "",
        "finished_at": now,
    }


def _tell_failure(report_id: int, now: datetime) -> None:
    parts.forget(report_id)
    audit.record(
        None, audit.Act.REPORT_FINISHED, f"report:{report_id}", {"outcome": "failed"}, now=now
    )
    publish(ReportFinished(report_id))
    _wake_next()
