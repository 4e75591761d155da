"""The officer's pages to change a draft: names, merges, splits, quotations, the foreword.

Nothing here changes a count. Each change is signed, and can be taken back until the report is
public.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from dialogue.accounts.access import staff
from dialogue.accounts.models import Role
from dialogue.dialogues.models import Dialogue
from dialogue.dialogues.queries import dialogue_by_slug
from dialogue.kernel import clock
from dialogue.kernel.db import transaction
from dialogue.kernel.errors import FieldErrors, NotFound
from dialogue.reports import hand, model, queries, schemas, showing
from dialogue.reports.commands import hand as by_hand
from dialogue.reports.models import EditKind, Report, ReportState
from dialogue.reports.render.presentation import Presentation
from dialogue.reports.sections.quotes import opening, quote

blueprint = Blueprint("reports_hand", __name__, url_prefix="/agency/d/<slug>/reports/<int:number>")

_READ: dict[str, Callable[..., schemas.Edit]] = {
    "name": schemas.name_edit,
    "foreword": schemas.foreword_edit,
    "merge": schemas.merge_edit,
    "leave_out": schemas.leave_out_edit,
}


@blueprint.get("/edit")
@staff(Role.OFFICER)
def edit(slug: str, number: int) -> Any:
    """Show what can be changed in a draft, and what was."""
    dialogue, report = _draft(slug, number)
    return _page(dialogue, report, {}, {})


@blueprint.post("/edit")
@staff(Role.OFFICER)
def change(slug: str, number: int) -> Any:
    """Change one thing: a name, the foreword, a merge, a quotation left out."""
    dialogue, report = _draft(slug, number)
    read = _READ.get(request.form.get("do", ""))
    if read is None:
        raise NotFound("")
    try:
        entered = read(request.form)
        if entered.kind is EditKind.FOREWORD and not entered.value["text"]:
            return _without_foreword(dialogue, report)
        _carry_out(report, entered)
    except FieldErrors as problem:
        return _page(dialogue, report, problem.errors, dict(request.form)), 422
    flash(_("Saved. The files are written again with it."), "success")
    place = "#foreword-title" if entered.kind is EditKind.FOREWORD else _anchor(entered)
    return redirect(_edit_url(slug, number) + place, 303)


@blueprint.post("/edit/changes/<int:edit_id>/take-back")
@staff(Role.OFFICER)
def take_back(slug: str, number: int, edit_id: int) -> Any:
    """Take a change back."""
    _dialogue_of, report = _draft(slug, number)
    if edit_id >= 2**31:
        raise NotFound("")
    with transaction():
        by_hand.take_back(report=report, edit_id=edit_id, actor=current_user.user, now=clock.now())
    flash(_("Taken back."), "success")
    return redirect(_edit_url(slug, number) + "#changes-title", 303)


@blueprint.get("/edit/quotations")
@staff(Role.OFFICER)
def quotations(slug: str, number: int) -> Any:
    """Show what people wrote on a topic or theme, to pick a quotation from."""
    dialogue, report = _draft(slug, number)
    return _choosing(dialogue, report, "reports/hand_pick.html", {}, {})


@blueprint.post("/edit/quotations")
@staff(Role.OFFICER)
def pick(slug: str, number: int) -> Any:
    """Pick a quotation."""
    dialogue, report = _draft(slug, number)
    try:
        contribution, start, end = schemas.place_of_pick(request.form)
        document = showing.document_of(report)
        found = queries.wordings(document, [contribution])
        if not found or not 0 <= start < end <= len(found[0].wording):
            raise NotFound("")
        value = {"quotation": quote(found[0], start, end)}
        target = request.form.get("target", "")
        _carry_out(report, schemas.Edit(EditKind.PICK, target, value))
    except FieldErrors as problem:
        return _choosing(
            dialogue, report, "reports/hand_pick.html", problem.errors, dict(request.form)
        ), 422
    flash(_("Saved. The files are written again with it."), "success")
    return redirect(_edit_url(slug, number) + f"#{schemas.field_id(target, 'about')}", 303)


@blueprint.get("/edit/split")
@staff(Role.OFFICER)
def split(slug: str, number: int) -> Any:
    """Show the contributions of a topic or theme, to take some out into one of their own."""
    dialogue, report = _draft(slug, number)
    return _choosing(dialogue, report, "reports/hand_split.html", {}, {})


@blueprint.post("/edit/split")
@staff(Role.OFFICER)
def split_post(slug: str, number: int) -> Any:
    """Take contributions out of a topic or theme."""
    dialogue, report = _draft(slug, number)
    target = request.form.get("target", "")
    taken = hand.targets(_document(report))
    try:
        entered = schemas.split_edit(
            request.form, request.form.getlist("contributions"), _free_key(target, taken)
        )
        row = taken.get(target)
        if row is not None and {*row["ideas"], *row["comments"]} <= {
            *entered.value["contributions"]
        }:
            raise FieldErrors({"contributions": _("Leave at least one contribution where it is.")})
        _carry_out(report, entered)
    except FieldErrors as problem:
        return _choosing(
            dialogue, report, "reports/hand_split.html", problem.errors, dict(request.form)
        ), 422
    flash(_("Saved. The files are written again with it."), "success")
    return redirect(_edit_url(slug, number) + f"#{schemas.field_id(target, 'about')}", 303)


def _carry_out(report: Report, entered: schemas.Edit) -> None:
    document = showing.document_of(report)
    with transaction():
        by_hand.change(
            report=report,
            document=document,
            kind=entered.kind,
            target=entered.target,
            value=entered.value,
            actor=current_user.user,
            now=clock.now(),
        )


def _without_foreword(dialogue: Dialogue, report: Report) -> Any:
    with transaction():
        for row in queries.edit_rows(report.id):
            if row.kind == EditKind.FOREWORD:
                by_hand.take_back(
                    report=report, edit_id=row.id, actor=current_user.user, now=clock.now()
                )
    flash(_("The report has no foreword."), "success")
    return redirect(_edit_url(dialogue.slug, report.number), 303)


def _page(dialogue: Dialogue, report: Report, errors: dict[str, str], typed: dict[str, str]) -> str:
    shown = Presentation(showing.readable_now(report))
    view = shown.document
    return render_template(
        "reports/hand.html",
        dialogue=_names(dialogue),
        report=report,
        report_url=url_for("reports.show", slug=dialogue.slug, number=report.number),
        edit_url=_edit_url(dialogue.slug, report.number),
        split_url=url_for("reports_hand.split", slug=dialogue.slug, number=report.number),
        pick_url=url_for("reports_hand.quotations", slug=dialogue.slug, number=report.number),
        p=shown,
        parts=[
            ("group", _("Groups"), view["groups"]["list"]),
            ("topic", _("Topics"), view["topics"]["list"]),
            ("theme", _("Themes found by software"), view["themes"]["list"]),
        ],
        changes=[
            _change_line(row, dialogue, report, shown) for row in queries.edit_rows(report.id)
        ],
        foreword=typed.get("foreword", shown.foreword["text"] if shown.foreword else ""),
        limits={"name": schemas.NAME_LIMIT, "foreword": schemas.FOREWORD_LIMIT},
        field_id=schemas.field_id,
        errors=errors,
        typed=typed,
    )


def _choosing(
    dialogue: Dialogue,
    report: Report,
    template: str,
    errors: dict[str, str],
    typed: dict[str, str],
) -> str:
    target = typed.get("target") or request.args.get("target", "")
    words = request.args.get("q", "").strip()[:200]
    document = _document(report)
    row = hand.targets(document).get(target)
    if row is None or "ideas" not in row:
        raise NotFound("")
    members = [*row["ideas"], *row["comments"]]
    found = queries.wordings(document, members, words)
    shown = Presentation(showing.readable_now(report))
    return render_template(
        template,
        dialogue=_names(dialogue),
        report=report,
        edit_url=_edit_url(dialogue.slug, report.number),
        action_url=request.path,
        target=target,
        name=shown.heap_name(row),
        contributions=[opening(one) for one in found[: queries.MOST_WORDINGS]],
        is_cut=len(found) > queries.MOST_WORDINGS,
        words=words,
        limits={"name": schemas.NAME_LIMIT},
        chosen=set(request.form.getlist("contributions")),
        errors=errors,
        typed=typed,
    )


def _change_line(
    row: Any, dialogue: Dialogue, report: Report, shown: Presentation
) -> dict[str, Any]:
    return {
        "what": _what(row, shown),
        "by": row.by_name,
        "at": row.at,
        "is_kept": row.kept_from_id is not None,
        "take_back_url": url_for(
            "reports_hand.take_back", slug=dialogue.slug, number=report.number, edit_id=row.id
        ),
    }


def _what(row: Any, shown: Presentation) -> str:
    """Return a change in a sentence."""
    value, about = row.value, shown.target_name(row.target)
    if row.kind == EditKind.NAME:
        return _("%(what)s is called “%(name)s”", what=about, name=value["name"])
    if row.kind == EditKind.MERGE:
        return _(
            "%(what)s was merged into %(into)s", what=about, into=shown.target_name(value["into"])
        )
    if row.kind == EditKind.SPLIT:
        return _(
            "“%(name)s” was taken out of %(what)s: %(n)s contributions",
            name=value["name"],
            what=about,
            n=len(value["contributions"]),
        )
    if row.kind == EditKind.LEAVE_OUT:
        return _(
            "A quotation of contribution %(n)s was left out of %(what)s",
            n=value["contribution"],
            what=about,
        )
    if row.kind == EditKind.PICK:
        return _(
            "A quotation of contribution %(n)s was picked for %(what)s",
            n=value["quotation"]["contribution"],
            what=about,
        )
    return _("The foreword was written")


def _document(report: Report) -> model.Model:
    """Return the document with what was changed up to now."""
    return showing.with_changes(report, showing.document_of(report))


def _free_key(target: str, taken: dict[str, Any]) -> str:
    kind, _colon, key = target.partition(":")
    number = 2
    while f"{kind}:{key}.{number}" in taken:
        number += 1
    return f"{key}.{number}"


def _anchor(entered: schemas.Edit) -> str:
    target = entered.value["into"] if entered.kind is EditKind.MERGE else entered.target
    return f"#{schemas.field_id(target, 'about')}"


def _names(dialogue: Dialogue) -> dict[str, str]:
    return {
        "name": dialogue.text(dialogue.language).short_name,
        "url": f"/d/{dialogue.slug}",
        "manage_url": f"/agency/d/{dialogue.slug}",
    }


def _edit_url(slug: str, number: int) -> str:
    return url_for("reports_hand.edit", slug=slug, number=number)


def _draft(slug: str, number: int) -> tuple[Dialogue, Report]:
    """Return a finished report that is not public; raises NotFound."""
    dialogue = dialogue_by_slug(slug)
    if dialogue is None:
        raise NotFound("")
    g.zone = dialogue.time_zone
    report = queries.report_by_number(dialogue.id, number) if number < 2**31 else None
    if report is None or report.state != ReportState.DONE or report.published_at is not None:
        raise NotFound("")
    return dialogue, report
