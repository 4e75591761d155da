"""What a person changes in a draft: each change is a row, signed, and can be taken back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from dialogue.accounts.models import User
from dialogue.kernel import audit
from dialogue.kernel.db import db
from dialogue.kernel.errors import Conflict, NotFound
from dialogue.kernel.outbox import publish
from dialogue.reports import hand, queries
from dialogue.reports.events import ReportChanged
from dialogue.reports.model import Model
from dialogue.reports.models import EditKind, Report, ReportDraft, ReportEdit, ReportState


def change(
    *,
    report: Report,
    document: Model,
    kind: EditKind,
    target: str,
    value: dict[str, Any],
    actor: User,
    now: datetime,
) -> ReportEdit:
    """Change something in a draft. `document`: the report's. Publishes ReportChanged.

    A name for what has one, and a foreword where there is one, take the place of the earlier. The
    same change twice is one. Raises NotFound when the report has no such thing, Conflict when the
    report is public.
    """
    _still_a_draft(report)
    rows = _standing(report.id)
    edit = ReportEdit(
        report_id=report.id,
        kind=kind,
        target=target,
        value=_stored(kind, value),
        by_id=actor.id,
        by_name=actor.display_name,
        at=now,
    )
    for row in rows:
        if (row.kind, row.target, row.value) == (edit.kind, edit.target, edit.value):
            return row
        replaces = kind in {EditKind.NAME, EditKind.FOREWORD}
        if replaces and (row.kind, row.target) == (kind, target):
            row.undone_at, row.undone_by_id = now, actor.id
    standing = [row for row in rows if row.undone_at is None]
    wanted = queries.as_edits([*standing, edit])
    fitting = hand.replay(document, wanted, queries.counter(document))
    if not fitting or fitting[-1]["kind"] != kind or fitting[-1]["target"] != target:
        raise NotFound("")
    db.session.add(edit)
    db.session.flush()
    _changed(report, actor, f"{kind}", now)
    return edit


def take_back(*, report: Report, edit_id: int, actor: User, now: datetime) -> None:
    """Take a change back; once is enough. Publishes ReportChanged.

    Raises NotFound for a change of another report, Conflict when the report is public.
    """
    _still_a_draft(report)
    row = db.session.get(ReportEdit, edit_id, populate_existing=True)
    if row is None or row.report_id != report.id:
        raise NotFound("")
    if row.undone_at is None:
        row.undone_at, row.undone_by_id = now, actor.id
        _changed(report, actor, "take_back", now)


def keep(*, report_id: int, edits: Sequence[hand.Edit]) -> None:
    """Record the changes of the report before that are kept on this one; its files hold them."""
    for edit in edits:
        row = db.session.get(ReportEdit, edit["row"]) if edit.get("row") else None
        if row is not None:
            db.session.add(
                ReportEdit(
                    report_id=report_id,
                    kind=edit["kind"],
                    target=edit["target"],
                    value=_stored(EditKind(edit["kind"]), edit["value"]),
                    by_id=row.by_id,
                    by_name=row.by_name,
                    at=row.at,
                    kept_from_id=row.id,
                )
            )


def _stored(kind: EditKind, value: dict[str, Any]) -> dict[str, Any]:
    """Return the value as its row holds it: a quotation without its words, which are read from
    where they stand, so that a redaction leaves no copy here."""
    if kind is not EditKind.PICK:
        return value
    quotation = value["quotation"]
    digest = queries.digest_of(quotation["text"]) if quotation["text"] is not None else ""
    return {"quotation": {**quotation, "text": None}, "sha256": digest}


def _still_a_draft(report: Report) -> None:
    """Lock the report: what one person changes, another sees before they change it."""
    db.session.scalars(
        select(Report)
        .where(Report.id == report.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if report.state != ReportState.DONE:
        raise NotFound("")
    if report.published_at is not None:
        raise Conflict(_("This report is public. Nothing in it changes any more."))


def _standing(report_id: int) -> Sequence[ReportEdit]:
    return db.session.scalars(
        select(ReportEdit)
        .where(ReportEdit.report_id == report_id, ReportEdit.undone_at.is_(None))
        .order_by(ReportEdit.id)
        .execution_options(populate_existing=True)
    ).all()


def _changed(report: Report, actor: User, what: str, now: datetime) -> None:
    draft = db.session.get(ReportDraft, report.id, populate_existing=True)
    if draft is None:
        draft = ReportDraft(report_id=report.id, changes=0, written=0)
        db.session.add(draft)
    draft.changes += 1
    draft.publish_asked_at = draft.publish_asked_by_id = None  # what was asked for has changed
    audit.record(actor.id, audit.Act.REPORT_CHANGED, f"report:{report.id}", {"what": what}, now=now)
    publish(ReportChanged(report.id))
