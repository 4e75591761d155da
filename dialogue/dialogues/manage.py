"""Staff pages about dialogues: the officer's list, a dialogue's page, create and change."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from dialogue.accounts.access import staff
from dialogue.accounts.models import Role
from dialogue.dialogues import schedule
from dialogue.dialogues.commands import editing
from dialogue.dialogues.models import Act, Dialogue
from dialogue.dialogues.queries import dialogue_by_slug, dialogues_of, extensions_of
from dialogue.dialogues.schemas import (
    LONG,
    SHORT,
    TOPIC_SLOTS,
    ZONES,
    DialogueInput,
    Form,
    dialogue_input,
    warnings,
)
from dialogue.kernel import clock, forms
from dialogue.kernel.db import transaction
from dialogue.kernel.errors import FieldErrors, NotFound

blueprint = Blueprint("agency", __name__, url_prefix="/agency")


@blueprint.get("/", strict_slashes=False)
@staff(Role.OFFICER, Role.ANALYST)
def index() -> Any:
    """List the dialogues this person works on."""
    now = clock.now()
    rows = dialogues_of(current_user, (Role.OFFICER, Role.ANALYST), now)
    return render_template(
        "dialogues/manage/index.html",
        dialogues=[
            {
                "name": dialogue.text(dialogue.language).short_name,
                "question": dialogue.text(dialogue.language).question,
                "state": schedule.STATE_NAMES[schedule.state_of(dialogue, now)],
                "url": url_for("agency.dashboard", slug=dialogue.slug),
                "closes_at": schedule.last_close(dialogue),
                "ideas": dialogue.ideas_published,
                "votes": dialogue.votes_cast,
            }
            for dialogue in rows
        ],
        new_url=url_for("agency.new"),
    )


@blueprint.get("/d/<slug>")
@staff(Role.OFFICER, Role.ANALYST)
def dashboard(slug: str) -> Any:
    """Show where a dialogue stands, with the way to its reports and its settings."""
    dialogue, now = _dialogue(slug), clock.now()
    words = dialogue.text(dialogue.language)
    return render_template(
        "dialogues/manage/dashboard.html",
        dialogue={
            "name": words.short_name,
            "question": words.question,
            "slug": slug,
            "state": schedule.STATE_NAMES[schedule.state_of(dialogue, now)],
            "opens_at": schedule.first_opening(dialogue),
            "closes_at": schedule.last_close(dialogue),
            "report_by": schedule.closes_at(dialogue, Act.REPORT),
            "reply_by": schedule.closes_at(dialogue, Act.REPLY),
            "people": dialogue.people_active,
            "ideas": dialogue.ideas_published,
            "comments": dialogue.comments_published,
            "votes": dialogue.votes_cast,
        },
        topics=[(topic.name(), topic.ideas_published) for topic in dialogue.topics],
        extensions=extensions_of(dialogue.id),
        edit_url=url_for("agency.edit", slug=slug),
    )


@blueprint.get("/d/new")
@staff(Role.OFFICER)
def new() -> Any:
    """Show an empty dialogue."""
    _may_create()
    return _page(Form(), {}, None)


@blueprint.post("/d/new")
@staff(Role.OFFICER)
def new_post() -> Any:
    """Create a dialogue."""
    _may_create()
    form, now = _typed(), clock.now()
    earlier = forms.earlier_result(request.form.get("form_key", ""), f"user:{current_user.id}")
    if earlier:
        return redirect(earlier, 303)
    try:
        checked = dialogue_input(form)
        url = url_for("agency.dashboard", slug=checked.slug)
        with transaction():
            # First the key: the second of two sendings at once waits here, and goes there, too.
            forms.remember_result(
                request.form.get("form_key", ""), f"user:{current_user.id}", url, now=now
            )
            editing.create_dialogue(checked=checked, actor_id=current_user.id, now=now)
    except FieldErrors as problem:
        return _page(form, problem.errors, None), 422
    return _saved(url, checked)


@blueprint.get("/d/<slug>/edit")
@staff(Role.OFFICER)
def edit(slug: str) -> Any:
    """Show a dialogue's settings."""
    dialogue = _dialogue(slug)
    return _page(_form_of(dialogue), {}, dialogue)


@blueprint.post("/d/<slug>/edit")
@staff(Role.OFFICER)
def edit_post(slug: str) -> Any:
    """Change a dialogue."""
    dialogue, form = _dialogue(slug), _typed()
    form.slug = slug
    try:
        checked = dialogue_input(form)
        with transaction():
            editing.change_dialogue(
                dialogue=dialogue, checked=checked, actor_id=current_user.id, now=clock.now()
            )
    except FieldErrors as problem:
        return _page(form, problem.errors, dialogue), 422
    return _saved(url_for("agency.dashboard", slug=slug), checked)


def _may_create() -> None:
    """A grant for single dialogues does not open new ones."""
    now = clock.now()
    wide = any(
        grant.dialogue_id is None and grant.role in {Role.OFFICER, Role.ADMIN} and grant.holds(now)
        for grant in current_user.grants
    )
    if not wide:
        raise NotFound("")


def _dialogue(slug: str) -> Dialogue:
    dialogue = dialogue_by_slug(slug)
    if dialogue is None:
        raise NotFound("")
    g.zone = dialogue.time_zone
    return dialogue


def _saved(url: str, checked: DialogueInput) -> Any:
    flash(_("The dialogue is saved."), "success")
    for warning in warnings(checked):
        flash(warning, "warning")
    return redirect(url, 303)


def _typed() -> Form:
    names, numbers = request.form.getlist("topic_name"), request.form.getlist("topic_id")
    numbers += [""] * (len(names) - len(numbers))
    return Form.typed(request.form, list(zip(numbers, names, strict=False))[: TOPIC_SLOTS * 2])


def _form_of(dialogue: Dialogue) -> Form:
    words = dialogue.text(dialogue.language)
    zone = ZoneInfo(dialogue.time_zone)

    def local(act: Act, edge: str) -> tuple[str, str]:
        phase = dialogue.phase(act)
        moment = getattr(phase, edge) if phase else None
        if moment is None:
            return "", ""
        here = moment.astimezone(zone)
        return here.date().isoformat(), here.strftime("%H:%M")

    open_on, open_time = local(Act.IDEA, "opens_at")
    close_on, close_time = local(Act.IDEA, "closes_at")
    texts = {name: getattr(words, name) for name in (*SHORT, *LONG) if name != "moderation_text"}
    return Form(
        **texts,
        moderation_text=words.moderation,
        slug=dialogue.slug,
        contact_mail=dialogue.contact_mail,
        contact_phone=dialogue.contact_phone,
        contact_hours=dialogue.contact_hours,
        time_zone=dialogue.time_zone,
        announce_on=local(Act.ANNOUNCE, "opens_at")[0],
        open_on=open_on,
        open_time=open_time or "09:00",
        close_on=close_on,
        close_time=close_time or "23:59",
        report_by=local(Act.REPORT, "closes_at")[0],
        reply_by=local(Act.REPLY, "closes_at")[0],
        moderation=dialogue.moderation,
        vote_kind=dialogue.vote_kind,
        results=dialogue.results,
        flag_threshold=str(dialogue.flag_threshold),
        sensitive="yes" if dialogue.sensitive else "",
        target_hours=str(dialogue.target_hours),
        topics=[(str(topic.id), topic.name()) for topic in dialogue.topics],
    )


def _page(form: Form, errors: dict[str, str], dialogue: Dialogue | None) -> str:
    blank = [("", "")] * max(0, TOPIC_SLOTS - len(form.topics))
    return render_template(
        "dialogues/manage/edit.html",
        form=form,
        topic_slots=[*form.topics, *blank],
        errors=errors,
        zones=ZONES,
        limits=SHORT | LONG,
        editing=dialogue is not None,
        name=dialogue.text(dialogue.language).short_name if dialogue else "",
        action_url=url_for("agency.edit_post", slug=dialogue.slug)
        if dialogue
        else url_for("agency.new_post"),
        form_key=forms.new_form_key(),
    )
