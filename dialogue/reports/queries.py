"""Every question about reports that pages, jobs and other parts ask."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from dialogue.dialogues.models import Dialogue
from dialogue.kernel.db import db
from dialogue.reports.models import Report, ReportState

ACTIVE_STATES = (ReportState.QUEUED, ReportState.RUNNING)


def report_by_id(report_id: int) -> Report | None:
    """Return a report; None when there is none."""
    return db.session.get(Report, report_id)


def report_by_number(dialogue_id: int, number: int) -> Report | None:
    """Return a dialogue's report by its number."""
    return db.session.scalars(
        select(Report).where(Report.dialogue_id == dialogue_id, Report.number == number)
    ).first()


def active_report(dialogue_id: int) -> Report | None:
    """Return the report that is being made; None when none is."""
    return db.session.scalars(
        select(Report)
        .where(Report.dialogue_id == dialogue_id, Report.state.in_(ACTIVE_STATES))
        .order_by(Report.id)
    ).first()


def finished_reports(dialogue_id: int, *, drafts: bool) -> Sequence[Report]:
    """Return the finished reports, newest first; the public sees published ones only."""
    query = select(Report).where(
        Report.dialogue_id == dialogue_id, Report.state == ReportState.DONE
    )
    if not drafts:
        query = query.where(Report.published_at.is_not(None))
    return db.session.scalars(query.order_by(Report.number.desc())).all()


def failed_since_last_done(dialogue_id: int) -> Report | None:
    """Return the newest report when it has failed: staff pages offer to try again."""
    newest = db.session.scalars(
        select(Report).where(Report.dialogue_id == dialogue_id).order_by(Report.id.desc()).limit(1)
    ).first()
    return newest if newest is not None and newest.state == ReportState.FAILED else None


def dialogue_of(report: Report) -> Dialogue:
    """Return the dialogue that a report is about."""
    return db.session.get_one(Dialogue, report.dialogue_id)


def unfinished_reports() -> Sequence[Report]:
    """Return what the sweep looks at, oldest first."""
    return db.session.scalars(
        select(Report).where(Report.state.in_(ACTIVE_STATES)).order_by(Report.id)
    ).all()
