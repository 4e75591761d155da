"""The officer's pages: ask for a report, watch it being made, publish it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from dialogue.accounts.access import staff
from dialogue.accounts.models import Role
from dialogue.accounts.queries import dialogue_ids_with_role
from dialogue.dialogues.models import Dialogue
from dialogue.dialogues.queries import dialogue_by_slug
from dialogue.kernel import clock
from dialogue.kernel.db import transaction
from dialogue.kernel.errors import NotFound
from dialogue.reports import queries
from dialogue.reports.commands import making, publishing, weekly
from dialogue.reports.models import Report, ReportState
from dialogue.reports.steps import NAMES, Step

blueprint = Blueprint("reports_manage", __name__, url_prefix="/agency")

REPORTERS = (Role.OFFICER, Role.ANALYST)


@blueprint.get("/d/<slug>/reports/new")
@staff(*REPORTERS)
def new(slug: str) -> Any:
    """Show what a report will cover, or lead to the one that is being made."""
    dialogue = _dialogue(slug)
    active = queries.active_report(dialogue.id)
    if active is not None:
        return redirect(_job_url(active), 303)
    words = dialogue.text(dialogue.language)
    return render_template(
        "reports/new.html",
        dialogue={
            "name": words.short_name,
            "url": f"/d/{slug}",
            "manage_url": f"/agency/d/{slug}",
            "people": dialogue.people_active,
            "ideas": dialogue.ideas_published,
            "comments": dialogue.comments_published,
            "votes": dialogue.votes_cast,
        },
        failed=queries.failed_since_last_done(dialogue.id),
        weekly=queries.weekly_of(dialogue.id),
        weekly_url=url_for("reports_manage.set_weekly", slug=slug),
    )


@blueprint.post("/d/<slug>/reports/weekly")
@staff(*REPORTERS)
def set_weekly(slug: str) -> Any:
    """Have a report made every week, or no more."""
    dialogue, now = _dialogue(slug), clock.now()
    with transaction():
        if request.form.get("every") == "week":
            weekly.make_weekly(dialogue=dialogue, actor_id=current_user.id, now=now)
        else:
            weekly.stop_weekly(dialogue=dialogue, actor_id=current_user.id, now=now)
    if request.form.get("every") == "week":
        flash(_("A report is made every week. You get a link by email."), "success")
    else:
        flash(_("No more weekly reports are made."), "success")
    return redirect(url_for("reports_manage.new", slug=slug), 303)


@blueprint.post("/d/<slug>/reports/new")
@staff(*REPORTERS)
def request_report(slug: str) -> Any:
    """Ask for a report."""
    dialogue = _dialogue(slug)
    return redirect(_job_url(_requested(dialogue)), 303)


@blueprint.post("/d/<slug>/reports/<int:number>/publish")
@staff(Role.OFFICER)
def publish(slug: str, number: int) -> Any:
    """Open a finished report to the public."""
    dialogue = _dialogue(slug)
    with transaction():
        report = queries.report_by_number(dialogue.id, number) if number < 2**31 else None
        if report is None:
            raise NotFound("")
        done = publishing.publish_report(report=report, actor_id=current_user.id, now=clock.now())
    if done:
        flash(_("Report %(n)s is public now. Nothing in it will change.", n=number), "success")
    else:
        flash(
            _(
                "Report %(n)s becomes public as soon as its files hold your changes: in about a"
                " minute.",
                n=number,
            ),
            "success",
        )
    return redirect(url_for("reports.show", slug=slug, number=number), 303)


@blueprint.get("/jobs/<int:report_id>")
@staff(*REPORTERS)
def job(report_id: int) -> Any:
    """Show how far a report is; as JSON when the caller wants that."""
    report, dialogue = _report(report_id)
    wants = request.accept_mimetypes.best_match(["text/html", "application/json"])
    if wants == "application/json":
        answer = jsonify(_progress(report, dialogue))
        answer.headers["Cache-Control"] = "no-store"
        return answer
    words = dialogue.text(dialogue.language)
    return render_template(
        "reports/job.html",
        dialogue={
            "name": words.short_name,
            "url": f"/d/{dialogue.slug}",
            "manage_url": f"/agency/d/{dialogue.slug}",
        },
        report=report,
        steps=[(int(step), NAMES[step]) for step in Step if step != Step.WAITING],
        line=_line(report),
        left=_left(report),
        report_url=_report_url(report, dialogue),
        retry_url=url_for("reports_manage.retry", report_id=report.id),
        cancel_url=url_for("reports_manage.cancel", report_id=report.id),
        job_url=_job_url(report),
    )


@blueprint.post("/jobs/<int:report_id>/retry")
@staff(*REPORTERS)
def retry(report_id: int) -> Any:
    """Ask again for a report that failed; it covers everything up to now."""
    _earlier, dialogue = _report(report_id)
    return redirect(_job_url(_requested(dialogue)), 303)


@blueprint.post("/jobs/<int:report_id>/cancel")
@staff(*REPORTERS)
def cancel(report_id: int) -> Any:
    """Stop a report that is being made."""
    report, _of = _report(report_id)
    with transaction():
        making.cancel(report=report, actor_id=current_user.id, now=clock.now())
    return redirect(_job_url(report), 303)


def _requested(dialogue: Dialogue) -> Report:
    with transaction():
        return making.request_report(dialogue=dialogue, actor_id=current_user.id, now=clock.now())


def _progress(report: Report, dialogue: Dialogue) -> dict[str, Any]:
    return {
        "id": report.id,
        "number": report.number,
        "state": report.state,
        "step": report.step,
        "step_name": str(NAMES[Step(report.step)]),
        "steps": len(Step) - 1,
        "line": _line(report),
        "left": _left(report),
        "percent": report.percent,
        "attempts": report.attempts,
        "ended": report.ended,
        "reason": report.reason,
        "reference": report.reference,
        "url": _report_url(report, dialogue),
    }


def _line(report: Report) -> str:
    """Return where a report is, as the page says it."""
    if not report.step:
        before = 0 if report.ended else queries.waiting_before(report)
        if before:
            return ngettext(
                "Waiting: %(num)s report is made before it",
                "Waiting: %(num)s reports are made before it",
                before,
            )
        return str(NAMES[Step.WAITING])
    return _(
        "Step %(n)s of %(all)s: %(name)s",
        n=report.step,
        all=len(Step) - 1,
        name=NAMES[Step(report.step)],
    )


def _left(report: Report) -> str:
    """Return how long it still takes, as far as earlier reports of its size tell; else ""."""
    if report.ended or not report.step:
        return ""
    expected, run = queries.seconds_expected(report), queries.run_of(report.id)
    if expected is None or run is None:
        return ""
    left = expected - (clock.now() - run.started_at).total_seconds()
    if left <= 0:
        return _("It takes longer than earlier reports of this size.")
    if left < 90:
        tens = max(10, 10 * round(left / 10))
        return _("About %(n)s seconds left.", n=tens)
    return _("About %(n)s minutes left.", n=round(left / 60))


def _dialogue(slug: str) -> Dialogue:
    dialogue = dialogue_by_slug(slug)
    if dialogue is None:
        raise NotFound("")
    g.zone = dialogue.time_zone
    return dialogue


def _report(report_id: int) -> tuple[Report, Dialogue]:
    """Return a report of a dialogue that this person reports on; raises NotFound."""
    report = queries.report_by_id(report_id) if report_id < 2**31 else None
    if report is None:
        raise NotFound("")
    allowed = dialogue_ids_with_role(current_user, REPORTERS, clock.now())
    if allowed is not None and report.dialogue_id not in allowed:
        raise NotFound("")
    dialogue = queries.dialogue_of(report)
    g.zone = dialogue.time_zone
    return report, dialogue


def _job_url(report: Report) -> str:
    return url_for("reports_manage.job", report_id=report.id)


def _report_url(report: Report, dialogue: Dialogue) -> str:
    if report.state != ReportState.DONE:
        return ""
    return url_for("reports.show", slug=dialogue.slug, number=report.number)
