"""Staff pages about dialogues: the officer's list, a dialogue's page, create and change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from dialogue.accounts.access import staff
from dialogue.accounts.models import Role, User
from dialogue.accounts.queries import staff_of
from dialogue.dialogues import readiness, schedule
from dialogue.dialogues.commands import editing, rules
from dialogue.dialogues.models import Act, Dialogue
from dialogue.dialogues.queries import (
    dialogue_by_slug,
    dialogues_of,
    extensions_of,
    policy_texts,
    reasons_in_use,
)
from dialogue.dialogues.rules import (
    LABEL_LIMIT,
    POLICY_LIMIT,
    REASONS_AT_MOST,
    SENTENCE_LIMIT,
    ReasonForm,
    RulesForm,
    rules_input,
)
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
        rules_url=url_for("agency.moderation", slug=slug),
        missing=readiness.missing(policy_texts(dialogue.id), reasons_in_use(dialogue.id)),
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
    # These three have a page of their own.
    form.moderation, form.target_hours = dialogue.moderation, str(dialogue.target_hours)
    form.flag_threshold = str(dialogue.flag_threshold)
    try:
        checked = dialogue_input(form)
        with transaction():
            editing.change_dialogue(
                dialogue=dialogue, checked=checked, actor_id=current_user.id, now=clock.now()
            )
    except FieldErrors as problem:
        return _page(form, problem.errors, dialogue), 422
    return _saved(url_for("agency.dashboard", slug=slug), checked)


@blueprint.get("/d/<slug>/moderation")
@staff(Role.OFFICER)
def moderation(slug: str) -> Any:
    """Show how a dialogue is moderated: when, by which policy, for which reasons."""
    dialogue = _dialogue(slug)
    return _rules_page(dialogue, _rules_of(dialogue), {})


@blueprint.post("/d/<slug>/moderation")
@staff(Role.OFFICER)
def moderation_post(slug: str) -> Any:
    """Change how a dialogue is moderated."""
    dialogue, form, now = _dialogue(slug), RulesForm.typed(request.form), clock.now()
    try:
        checked = rules_input(form)
        with transaction():
            rules.change_rules(
                dialogue=dialogue,
                checked=checked,
                leads=[person.id for person in _possible_leads(dialogue)],
                actor_id=current_user.id,
                now=now,
            )
    except FieldErrors as problem:
        return _rules_page(dialogue, form, problem.errors), 422
    flash(_("The moderation of this dialogue is saved."), "success")
    return redirect(url_for("agency.dashboard", slug=slug), 303)


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
    return Form(
        **{name: getattr(words, name) for name in (*SHORT, *LONG)},
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
        rules_url=url_for("agency.moderation", slug=dialogue.slug) if dialogue else "",
        action_url=url_for("agency.edit_post", slug=dialogue.slug)
        if dialogue
        else url_for("agency.new_post"),
        form_key=forms.new_form_key(),
    )


def _rules_of(dialogue: Dialogue) -> RulesForm:
    def words(texts: dict[str, Any], what: str) -> dict[str, str]:
        return {code: str(texts.get(code, {}).get(what, "")) for code in readiness.LANGUAGES}

    return RulesForm(
        moderation=dialogue.moderation,
        target_hours=str(dialogue.target_hours),
        flag_threshold=str(dialogue.flag_threshold),
        safety_lead=str(dialogue.safety_lead_id or ""),
        policy=policy_texts(dialogue.id),
        reasons=[
            ReasonForm(
                reason.code,
                words(reason.texts, "label"),
                words(reason.texts, "sentence"),
                reason.needs_note,
                reason.retired_at is not None,
            )
            for reason in dialogue.reasons
        ],
    )


def _rules_page(dialogue: Dialogue, form: RulesForm, errors: dict[str, str]) -> str:
    kept = [row for row in form.reasons if not row.is_blank]
    room = max(0, min(_NEW_REASONS, REASONS_AT_MOST - len(kept)))
    return render_template(
        "dialogues/manage/moderation.html",
        form=form,
        reasons=[*kept, *(ReasonForm() for _each in range(room))],
        errors=errors,
        languages=readiness.LANGUAGES,
        limits={"policy": POLICY_LIMIT, "label": LABEL_LIMIT, "sentence": SENTENCE_LIMIT},
        leads=[(str(person.id), person.display_name) for person in _possible_leads(dialogue)],
        missing=readiness.missing(policy_texts(dialogue.id), reasons_in_use(dialogue.id)),
        name=dialogue.text(dialogue.language).short_name,
        back_url=url_for("agency.dashboard", slug=dialogue.slug),
        action_url=url_for("agency.moderation_post", slug=dialogue.slug),
    )


_NEW_REASONS = 2  # empty rows under those that there are


def _possible_leads(dialogue: Dialogue) -> Sequence[User]:
    roles = (Role.MODERATOR, Role.ADMIN)  # who can open what they are sent
    return staff_of(dialogue.id, dialogue.agency_id, roles, clock.now())
