"""The audit record as staff read it: who did what, when, from which state to which, why."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, request, stream_with_context, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import ColumnElement, String, cast, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute
from werkzeug.wrappers import Response

from dialogue.accounts.access import staff
from dialogue.accounts.models import Role, User
from dialogue.accounts.queries import dialogue_ids_with_role
from dialogue.console.acts import name_of
from dialogue.console.people import role_names
from dialogue.dialogues.queries import dialogues_of
from dialogue.kernel import audit, clock, templating
from dialogue.kernel.audit import AuditEntry, AuditNote
from dialogue.kernel.db import db
from dialogue.kernel.routing import number
from dialogue.moderation.models import ModerationDecision
from dialogue.moderation.queries.authors import reason_labels
from dialogue.participation.lifecycle import STATE_NAMES, State
from dialogue.participation.models import Contribution
from dialogue.reports.models import Report
from dialogue.reports.render.cells import guard

blueprint = Blueprint("record", __name__, url_prefix="/mod")

PAGE = 50
_FILE_ROWS = 50_000  # of the CSV file; a longer period is asked for in parts
_AT_ONCE = 500
_STAFF = (Role.MODERATOR, Role.OFFICER)
COLUMNS = ("entry", "at", "who", "act", "about", "from", "to", "reason", "undo of", "details")


@dataclass(frozen=True)
class Filter:
    """What was asked for; what makes no sense asks for nothing."""

    act: str = ""
    who: str = ""  # "system", or a name
    dialogue: str = ""  # slug
    since: str = ""  # days, 2026-11-25
    until: str = ""

    def query(self) -> str:
        """Return it as a query string; empty for everything."""
        return urlencode({name: value for name, value in vars(self).items() if value})


@dataclass(frozen=True)
class Line:
    """An entry in words."""

    seq: int
    at: datetime
    who: str
    act: str
    about: str
    before: str
    after: str
    reason: str
    undo_of: str
    details: str
    note: str


@blueprint.get("/audit")
@staff(*_STAFF)
def show() -> str:
    """Show the record of the dialogues that this person works on, newest first."""
    now = clock.now()
    asked = _asked()
    before = number(request.args.get("after", "")) or 0
    lines = _lines(asked, now, before=before, limit=PAGE + 1)
    older = f"after={lines[PAGE - 1].seq}" if len(lines) > PAGE else ""
    query = asked.query()
    here = url_for("record.show")
    return render_template(
        "console/record.html",
        lines=lines[:PAGE],
        asked=asked,
        acts=sorted(
            ((str(act), name_of(act)) for act in audit.Act), key=lambda one: one[1].casefold()
        ),
        dialogues=[
            (found.slug, found.text(found.language).short_name)
            for found in dialogues_of(current_user, _STAFF, now)
        ],
        csv_url=url_for("record.file") + (f"?{query}" if query else ""),
        newer_url=f"{here}?{query}" if before else None,
        older_url=f"{here}?{'&'.join(part for part in (query, older) if part)}" if older else None,
    )


@blueprint.get("/audit.csv")
@staff(*_STAFF)
def file() -> Response:
    """Send the same entries as a file that no spreadsheet takes for formulas."""
    answer = Response(
        stream_with_context(_file_lines(_asked(), clock.now())),
        mimetype="text/csv",
    )
    answer.headers["Content-Disposition"] = 'attachment; filename="audit.csv"'
    return answer


def _file_lines(asked: Filter, now: datetime) -> Iterator[str]:
    yield "\ufeff" + _row(COLUMNS)
    before, sent = 0, 0
    while sent < _FILE_ROWS:
        lines = _lines(asked, now, before=before, limit=_AT_ONCE)
        for line in lines:
            yield _row(
                [
                    line.seq,
                    line.at.isoformat(timespec="seconds"),
                    line.who,
                    line.act,
                    line.about,
                    line.before,
                    line.after,
                    line.reason,
                    line.undo_of,
                    line.details,
                ]
            )
        if len(lines) < _AT_ONCE:
            return
        before, sent = lines[-1].seq, sent + len(lines)


def _row(cells: Sequence[object]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([guard(cell) if isinstance(cell, str) else cell for cell in cells])
    return out.getvalue()


def _asked() -> Filter:
    given = {name: request.args.get(name, "").strip()[:200] for name in Filter.__annotations__}
    if given["act"] not in set(audit.Act):
        given["act"] = ""
    for day in ("since", "until"):
        if _day(given[day]) is None:
            given[day] = ""
    return Filter(**given)


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None


def _lines(asked: Filter, now: datetime, *, before: int, limit: int) -> list[Line]:
    """Return entries in words; a fixed number of statements whatever their number."""
    where: list[ColumnElement[bool]] = []
    if before:
        where.append(AuditEntry.seq < before)
    if asked.act:
        where.append(AuditEntry.act == asked.act)
    if asked.who:
        where.append(AuditEntry.actor.in_(_actors(asked.who)))
    zone = ZoneInfo(templating.DEFAULT_ZONE)
    since, until = _day(asked.since), _day(asked.until)
    if since:
        where.append(AuditEntry.at >= datetime.combine(since, time(), zone))
    if until and until < date.max:
        where.append(AuditEntry.at < datetime.combine(until + timedelta(days=1), time(), zone))
    scope = dialogue_ids_with_role(current_user, _STAFF, now)
    if asked.dialogue:
        mine = {found.slug: found.id for found in dialogues_of(current_user, _STAFF, now)}
        scope = {mine.get(asked.dialogue, 0)}
    if scope is not None:
        where.append(_about(scope))
    entries = db.session.scalars(
        select(AuditEntry).where(*where).order_by(AuditEntry.seq.desc()).limit(limit)
    ).all()
    return _in_words(entries)


def _about(dialogue_ids: set[int]) -> ColumnElement[bool]:
    """The condition that an entry is about one of these dialogues or something in it."""

    def named(kind: str, column: InstrumentedAttribute[int]) -> Any:
        return literal(f"{kind}:") + cast(column, String)

    wanted = sorted(dialogue_ids)
    return or_(
        AuditEntry.subject.in_([f"dialogue:{number}" for number in wanted]),
        AuditEntry.subject.in_(
            select(named("contribution", Contribution.id)).where(
                Contribution.dialogue_id.in_(wanted)
            )
        ),
        AuditEntry.subject.in_(
            select(named("report", Report.id)).where(Report.dialogue_id.in_(wanted))
        ),
    )


def _actors(name: str) -> list[str]:
    if name.casefold() in ("system", _("The system").casefold()):
        return ["system"]
    found = db.session.scalars(select(User.id).where(User.display_name == name))
    return [f"user:{number}" for number in found]


def _in_words(entries: Sequence[AuditEntry]) -> list[Line]:
    people = _people(entries)
    decisions = _decisions(entries)
    labels = reason_labels({one.dialogue_id for one in decisions.values()}, str(get_locale()))
    notes = {
        note.seq: note.note
        for note in db.session.scalars(
            select(AuditNote).where(AuditNote.seq.in_([entry.seq for entry in entries]))
        )
    }
    return [
        _line(entry, people, decisions.get(_decision_id(entry)), labels, notes) for entry in entries
    ]


def _line(
    entry: AuditEntry,
    people: Mapping[str, str],
    decision: ModerationDecision | None,
    labels: Mapping[tuple[int, str], str],
    notes: Mapping[int, str],
) -> Line:
    told = {"decision", "reason", "undo_of", "revision"} if decision else {"reason"}
    reason = str(entry.codes.get("reason", ""))
    undo_of = entry.codes.get("undo_of")
    return Line(
        seq=entry.seq,
        at=entry.at,
        who=people.get(entry.actor, entry.actor),
        act=name_of(entry.act),
        about=entry.subject.replace(":", " ", 1),
        before=_state(decision.state_before) if decision else "",
        after=_state(decision.state_after) if decision else "",
        reason=labels.get((decision.dialogue_id, reason), reason) if decision else reason,
        undo_of=_("decision %(id)s", id=undo_of) if undo_of else "",
        details=", ".join(
            f"{name} {value}"
            for name, value in entry.codes.items()
            if name not in told and entry.act != audit.Act.DAILY_HEAD
        ),
        note=notes.get(entry.seq, ""),
    )


def _people(entries: Sequence[AuditEntry]) -> dict[str, str]:
    """Return who acted: names with their present roles."""
    ids = {int(e.actor[5:]) for e in entries if e.actor.startswith("user:")}
    now, words = clock.now(), role_names()
    found = {"system": _("The system")}
    for user in db.session.scalars(select(User).where(User.id.in_(ids))):
        roles = sorted({words[g.role].split(":")[0] for g in user.grants if g.holds(now)})
        found[f"user:{user.id}"] = f"{user.display_name} ({', '.join(roles) or _('no role now')})"
    return found


def _decisions(entries: Sequence[AuditEntry]) -> dict[int, ModerationDecision]:
    ids = {_decision_id(entry) for entry in entries}
    rows = db.session.scalars(select(ModerationDecision).where(ModerationDecision.id.in_(ids)))
    return {row.id: row for row in rows}


def _decision_id(entry: AuditEntry) -> int:
    found = entry.codes.get("decision", 0)
    return found if isinstance(found, int) and entry.act.startswith("decision.") else 0


def _state(state: str) -> str:
    return str(STATE_NAMES[State(state)]) if state in set(State) else ""
