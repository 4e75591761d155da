"""The parts of a report that is being made: laid out by its maker, taken by whoever finds time.

A part is held by a lease, like the report itself. Whoever was silent too long finds the part gone
and changes nothing; a part that fails is tried again, a few times, then the report fails with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import and_, delete, func, or_, select, update

from dialogue.kernel.db import db, rows_changed
from dialogue.kernel.outbox import publish
from dialogue.reports.events import PartsLaidOut
from dialogue.reports.models import PartState, Report, ReportPart, ReportState


def lay_out(
    *,
    report_id: int,
    holder: str,
    stage: str,
    given: Sequence[str],
    helpers: int,
    now: datetime,
) -> bool:
    """Lay out the parts of a stage; False (and no change) when the report is not `holder`'s.

    Parts that are there from an earlier attempt stay as they are when they are given the same:
    what is done is done. Publishes PartsLaidOut for each of the `helpers` that find something.
    """
    held = select(Report.id).where(
        Report.id == report_id,
        Report.state == ReportState.RUNNING,
        Report.lease_holder == holder,
    )
    if db.session.scalar(held.with_for_update()) is None:
        return False
    earlier = {part.number: part for part in of_stage(report_id, stage)}
    if [earlier[number].given for number in sorted(earlier)] != list(given):
        db.session.execute(_delete(report_id).where(ReportPart.stage == stage))
        db.session.add_all(
            ReportPart(report_id=report_id, stage=stage, number=number, given=name, laid_out_at=now)
            for number, name in enumerate(given)
        )
    else:
        for part in earlier.values():
            if part.state == PartState.FAILED:
                part.state, part.attempts = PartState.OPEN, 0
    for _helper in range(min(helpers, len(given) - 1)):
        publish(PartsLaidOut(report_id))
    return True


def of_stage(report_id: int, stage: str) -> Sequence[ReportPart]:
    """Return the parts of a stage by number, as they are now."""
    return db.session.scalars(
        select(ReportPart)
        .where(ReportPart.report_id == report_id, ReportPart.stage == stage)
        .order_by(ReportPart.number)
        .execution_options(populate_existing=True)
    ).all()


def take(
    *,
    report_id: int,
    holder: str,
    lease: timedelta,
    tries: int,
    now: datetime,
    first: str = "",
    helpers: int | None = None,
) -> ReportPart | None:
    """Take a part that nobody holds, or whose holder went silent; None when there is none.

    Parts of the stage `first` are taken before others. With `helpers`: None, too, while so many
    others help already, and when the report is not being made.
    """
    if helpers is not None and not _may_help(report_id, helpers, now):
        return None
    to_be_had = and_(
        ReportPart.report_id == report_id,
        ReportPart.attempts < tries,
        or_(
            ReportPart.state == PartState.OPEN,
            and_(ReportPart.state == PartState.HELD, ReportPart.lease_until < now),
        ),
    )
    waiting = db.session.scalars(
        select(ReportPart.id)
        .where(to_be_had)
        .order_by(ReportPart.stage != first, ReportPart.id)
        .limit(8)
    ).all()
    for part_id in waiting:  # on PostgreSQL another may be quicker
        taken = rows_changed(
            update(ReportPart)
            .where(ReportPart.id == part_id, to_be_had)
            .values(
                state=PartState.HELD,
                attempts=ReportPart.attempts + 1,
                lease_holder=holder,
                lease_until=now + lease,
            )
        )
        if taken:
            return db.session.get_one(ReportPart, part_id, populate_existing=True)
    return None


def renew(*, part_id: int, holder: str, lease: timedelta, now: datetime) -> bool:
    """Prolong the lease; False when it is no longer `holder`'s."""
    return _change_held(part_id, holder, lease_until=now + lease)


def finish(*, part_id: int, holder: str, result: str) -> bool:
    """Record the result, whose files must be whole on the disk; False when it is not `holder`'s."""
    return _change_held(
        part_id, holder, state=PartState.DONE, result=result, lease_until=None, error=""
    )


def give_back(*, part_id: int, holder: str, error: str, final: bool) -> bool:
    """Record that an attempt failed: another may try, unless this is `final`."""
    state = PartState.FAILED if final else PartState.OPEN
    return _change_held(part_id, holder, state=state, error=error, lease_until=None)


def open_again(*, part_id: int) -> None:
    """Have a part done once more whose result cannot be read."""
    db.session.execute(
        update(ReportPart)
        .where(ReportPart.id == part_id, ReportPart.state == PartState.DONE)
        .values(state=PartState.OPEN, result="")
    )


def end_hopeless(*, report_id: int, tries: int, now: datetime) -> int:
    """End parts that nobody may try again; return how many."""
    return rows_changed(
        update(ReportPart)
        .where(
            ReportPart.report_id == report_id,
            ReportPart.attempts >= tries,
            or_(
                ReportPart.state == PartState.OPEN,
                and_(ReportPart.state == PartState.HELD, ReportPart.lease_until < now),
            ),
        )
        .values(
            state=PartState.FAILED,
            error=func.coalesce(
                func.nullif(ReportPart.error, ""),
                _("A part of the work was interrupted %(n)s times.", n=tries),
            ),
        )
    )


def call_helper(*, report_id: int) -> bool:
    """Call a worker to what is left of a report, if anything is. Publishes PartsLaidOut."""
    left = select(ReportPart.id).where(
        ReportPart.report_id == report_id, ReportPart.state == PartState.OPEN
    )
    if db.session.scalar(left.limit(1)) is None:
        return False
    publish(PartsLaidOut(report_id))
    return True


def forget(report_id: int) -> None:
    """Delete the parts of a report that has ended."""
    db.session.execute(_delete(report_id))


def _may_help(report_id: int, helpers: int, now: datetime) -> bool:
    maker = db.session.scalar(
        select(Report.lease_holder).where(
            Report.id == report_id, Report.state == ReportState.RUNNING
        )
    )
    if maker is None:
        return False
    helping = db.session.scalar(
        select(func.count())
        .select_from(ReportPart)
        .where(
            ReportPart.report_id == report_id,
            ReportPart.state == PartState.HELD,
            ReportPart.lease_until >= now,
            ReportPart.lease_holder != maker,
        )
    )
    return (helping or 0) < helpers


def _delete(report_id: int) -> Any:
    return delete(ReportPart).where(ReportPart.report_id == report_id)


def _change_held(part_id: int, holder: str, **values: object) -> bool:
    held = (
        ReportPart.id == part_id,
        ReportPart.state == PartState.HELD,
        ReportPart.lease_holder == holder,
    )
    return bool(rows_changed(update(ReportPart).where(*held).values(**values)))
