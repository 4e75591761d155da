"""Reports as everybody may read them: the list, one report, its files.

The public sees what is published; people who work on the dialogue see drafts too.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, jsonify, render_template, send_file, url_for
from flask_babel import gettext as _
from flask_login import current_user

from dialogue.accounts.access import public
from dialogue.accounts.models import Role
from dialogue.accounts.queries import dialogue_ids_with_role
from dialogue.dialogues.models import Dialogue
from dialogue.dialogues.queries import dialogue_for, is_staff_of
from dialogue.kernel import clock
from dialogue.kernel.errors import Gone, NotFound
from dialogue.reports import model, queries, schema, showing
from dialogue.reports.folder import files_folder
from dialogue.reports.models import Report, ReportState
from dialogue.reports.render import page
from dialogue.reports.render.fates import fate_words
from dialogue.reports.render.kinds import FORMATS, MEDIA_TYPES
from dialogue.reports.render.language import speaking
from dialogue.reports.render.presentation import Presentation

blueprint = Blueprint("reports", __name__)


@blueprint.get("/d/<slug>/reports/", strict_slashes=False)
@public
def index(slug: str) -> Any:
    """List the reports of a dialogue, newest first."""
    dialogue, works_here = _dialogue(slug)
    words = dialogue.text(dialogue.language)
    return render_template(
        "reports/index.html",
        dialogue={"name": words.short_name, "url": f"/d/{slug}"},
        reports=[
            {
                "number": report.number,
                "url": url_for("reports.show", slug=slug, number=report.number),
                "made_at": report.finished_at,
                "published_at": report.published_at,
                "downloads": showing.downloads(report, _base(slug, report)),
            }
            for report in queries.finished_reports(dialogue.id, drafts=works_here)
        ],
        works_here=works_here,
        new_url=_new_url(dialogue),
        active_url=_active_url(dialogue) if works_here else "",
    )


@blueprint.get("/d/<slug>/reports/<int:number>")
@public
def show(slug: str, number: int) -> Any:
    """Show one report."""
    dialogue, works_here = _dialogue(slug)
    report = _report(dialogue, number, works_here)
    officer = _holds(dialogue, Role.OFFICER)
    words = dialogue.text(dialogue.language)
    return render_template(
        "reports/report.html",
        layout="layouts/public.html" if report.published_at else "layouts/staff.html",
        dialogue={"name": words.short_name, "url": f"/d/{slug}"},
        report=report,
        downloads=showing.downloads(report, _base(slug, report)),
        publish_url=url_for("reports_manage.publish", slug=slug, number=number)
        if officer and report.published_at is None
        else "",
        edit_url=url_for("reports_hand.edit", slug=slug, number=number),
        changes_url=url_for("reports.changes", slug=slug, number=number),
        new_url=_new_url(dialogue),
        active_url=_active_url(dialogue) if works_here else "",
        earlier=[
            {"number": other.number, "made_at": other.finished_at, "url": _base(slug, other)}
            for other in queries.finished_reports(dialogue.id, drafts=works_here)
            if other.number < report.number
        ][:5],
        list_url=url_for("reports.index", slug=slug),
        **showing.page_context(report, slug),
    )


@blueprint.get("/d/<slug>/reports/<int:number>/changes")
@public
def changes(slug: str, number: int) -> Any:
    """Show what changed since the report before."""
    dialogue, works_here = _dialogue(slug)
    report = _report(dialogue, number, works_here)
    shown = Presentation(showing.readable_now(report))
    since = shown.document["changes"]
    gone = queries.fates(since["ideas"]["gone"]) if since else {}
    with speaking(shown.document):
        what_became = [
            (number_, fate_words(gone.get(number_)))
            for number_ in (since["ideas"]["gone"] if since else ())
        ]
    words = dialogue.text(dialogue.language)
    return render_template(
        "reports/changes.html",
        layout="layouts/public.html" if report.published_at else "layouts/staff.html",
        dialogue={"name": words.short_name, "url": f"/d/{slug}"},
        report=report,
        report_url=_base(slug, report),
        list_url=url_for("reports.index", slug=slug),
        before_url=url_for("reports.show", slug=slug, number=since["since"]["number"])
        if since and queries.is_shown(dialogue.id, since["since"]["number"], drafts=works_here)
        else "",
        p=shown,
        since=since,
        gone=what_became,
        in_its_language=page.in_its_language(shown.document),
    )


@blueprint.get("/d/<slug>/reports/<int:number>/report.<kind>")
@public
def download(slug: str, number: int, kind: str) -> Any:
    """Send one file of a report."""
    dialogue, works_here = _dialogue(slug)
    report = _report(dialogue, number, works_here)
    file = report.file(kind)
    if file is None or kind not in FORMATS:
        raise NotFound("")
    showing.say_when_behind(report)
    path = files_folder() / file.path
    if not path.is_file():
        raise Gone(_("The files of this report are not here any more."))
    answer = send_file(
        path,
        mimetype=MEDIA_TYPES[kind],
        as_attachment=True,
        download_name=f"{slug}-report-{number}.{kind}",
        etag=file.sha256,
        max_age=0,
    )
    answer.headers["X-Content-Type-Options"] = "nosniff"
    if report.published_at is None:
        answer.headers["Cache-Control"] = "private, no-store"
    return answer


@blueprint.get(f"/schemas/report-{model.VERSION}.json")
@public
def document_schema() -> Any:
    """Hand out the schema of the open data of a report."""
    return jsonify(schema.document_schema())


def _dialogue(slug: str) -> tuple[Dialogue, bool]:
    """Return the dialogue and whether this person works on it."""
    now = clock.now()
    dialogue = dialogue_for(slug, current_user, now)
    g.zone = dialogue.time_zone
    return dialogue, is_staff_of(current_user, dialogue, now)


def _report(dialogue: Dialogue, number: int, works_here: bool) -> Report:
    report = queries.report_by_number(dialogue.id, number) if number < 2**31 else None
    if (
        report is None
        or report.state != ReportState.DONE
        or not (report.published_at or works_here)
    ):
        raise NotFound("")
    return report


def _base(slug: str, report: Report) -> str:
    return url_for("reports.show", slug=slug, number=report.number)


def _holds(dialogue: Dialogue, *roles: Role) -> bool:
    allowed = dialogue_ids_with_role(current_user, roles, clock.now())
    return allowed is None or dialogue.id in allowed


def _new_url(dialogue: Dialogue) -> str:
    if not _holds(dialogue, Role.OFFICER, Role.ANALYST):
        return ""
    return url_for("reports_manage.new", slug=dialogue.slug)


def _active_url(dialogue: Dialogue) -> str:
    active = queries.active_report(dialogue.id)
    if active is None or not _holds(dialogue, Role.OFFICER, Role.ANALYST):
        return ""
    return url_for("reports_manage.job", report_id=active.id)
