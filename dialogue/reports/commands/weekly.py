"""Reports that are made every week without being asked for, mailed as a link."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from dialogue.accounts.models import User
from dialogue.dialogues.models import Dialogue
from dialogue.kernel import audit
from dialogue.kernel.db import db
from dialogue.reports import queries
from dialogue.reports.commands import making
from dialogue.reports.models import ReportSchedule

EVERY = timedelta(days=7)


def make_weekly(*, dialogue: Dialogue, actor_id: int, now: datetime) -> None:
    """Have a report made every week from now on, the first one in a week; the mail goes to
    `actor_id`. Asking again changes nothing."""
    if queries.weekly_of(dialogue.id) is not None:
        return
    db.session.add(
        ReportSchedule(
            dialogue_id=dialogue.id, asked_by_id=actor_id, since=now, next_at=now + EVERY
        )
    )
    audit.record(
        actor_id, audit.Act.REPORT_SCHEDULED, f"dialogue:{dialogue.id}", {"every": "week"}, now=now
    )


def stop_weekly(*, dialogue: Dialogue, actor_id: int | None, now: datetime) -> None:
    """Make no more weekly reports; stopping again changes nothing."""
    schedule = queries.weekly_of(dialogue.id)
    if schedule is None:
        return
    db.session.delete(schedule)
    audit.record(
        actor_id, audit.Act.REPORT_SCHEDULED, f"dialogue:{dialogue.id}", {"every": "never"}, now=now
    )


def request_due(*, now: datetime) -> int:
    """Ask for the weekly reports whose time has come; return how many. Safe to repeat.

    A dialogue in which nothing was said since its last report is left out this week. Where the
    person who asked for it has left, no more are made.
    """
    asked = 0
    due = db.session.scalars(
        select(ReportSchedule)
        .where(ReportSchedule.next_at <= now)
        .order_by(ReportSchedule.dialogue_id)
        .with_for_update(skip_locked=True)
    ).all()
    for schedule in due:
        dialogue = db.session.get_one(Dialogue, schedule.dialogue_id)
        officer = db.session.get(User, schedule.asked_by_id)
        if officer is None or officer.disabled_at is not None:
            stop_weekly(dialogue=dialogue, actor_id=None, now=now)
            continue
        while schedule.next_at <= now:
            schedule.next_at += EVERY
        if queries.has_news(dialogue):
            making.request_report(dialogue=dialogue, actor_id=schedule.asked_by_id, now=now)
            asked += 1
    return asked
