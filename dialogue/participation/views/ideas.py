"""Forms of ideas: share (write, preview, post), edit, withdraw."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from dialogue.accounts import intents
from dialogue.accounts.access import participant, public
from dialogue.accounts.policy import short_rules
from dialogue.dialogues.models import Dialogue
from dialogue.dialogues.wording import target_words
from dialogue.kernel import forms, text
from dialogue.kernel.db import transaction
from dialogue.kernel.errors import Conflict, FieldErrors, NotFound
from dialogue.participation import addresses, hints, policies, resuming, schemas
from dialogue.participation.appearing import ANOTHER, appearing, chosen_name
from dialogue.participation.commands import writing
from dialogue.participation.models import Contribution, Kind
from dialogue.participation.queries import ideas, threads
from dialogue.participation.views import comments, drafting, similar

blueprint = Blueprint("ideas", __name__, url_prefix="/d/<slug>/ideas")


@dataclass
class Form:
    """What was typed on an idea's form."""

    title: str = ""
    body: str = ""
    topic: str = ""

    @classmethod
    def typed(cls) -> Form:
        """Return the values of the present request."""
        return cls(*(request.form.get(name, "") for name in ("title", "body", "topic")))

    @property
    def words(self) -> dict[str, str]:
        """What others will read of it, by field."""
        return {"title": self.title, "body": self.body}


@dataclass(frozen=True)
class _Target:
    """Where a form of ideas leads: a new idea, or an edit of one."""

    dialogue: Dialogue
    action_url: str
    now: datetime
    editing: Contribution | None = None


@blueprint.get("/new")
@public
def new(slug: str) -> Any:
    """Show the form."""
    dialogue, now = drafting.open_dialogue(slug)
    if not policies.may_write(dialogue, Kind.IDEA, now):
        raise Conflict(_("Ideas are not open in this dialogue now."))
    return _form_page(_new_target(dialogue, now), _kept_form(now), {})


@blueprint.post("/new")
@public
def new_post(slug: str) -> Any:
    """Preview, go back and change, or post."""
    dialogue, now = drafting.open_dialogue(slug)
    target, form = _new_target(dialogue, now), Form.typed()
    if (earlier := drafting.already_sent()) is not None:
        return earlier
    step = request.form.get("step", "preview")
    if step in ("change", ANOTHER):
        return _form_page(target, form, {})
    if step == drafting.HIDE:
        return _hidden_page(target, form)
    if (asked := similar.step_for(step)) is not None:
        act, idea_id = asked
        if act == "agree":
            return _agree_instead(target, form, idea_id)
        return comments.carried_over(dialogue, idea_id, form.words, now)
    try:
        idea = schemas.idea_input(dialogue, title=form.title, body=form.body, topic=form.topic)
        name = chosen_name(dialogue)
    except FieldErrors as problem:
        return _form_page(target, form, problem.errors), 422
    if step != "post":
        return _preview_page(target, form, idea)
    if not current_user.is_authenticated:
        writing.must_be_open(dialogue, Kind.IDEA, now, drafting.opened_at())
        return drafting.keep_and_ask_to_sign_in(
            "idea",
            {
                "slug": slug,
                "title": form.title,
                "body": form.body,
                "topic": form.topic,
                "opened": request.form.get("opened", ""),
            },
        )
    with transaction():
        posted = writing.post_idea(
            dialogue=dialogue,
            user=current_user.user,
            idea=idea,
            now=now,
            opened_at=drafting.opened_at(),
            name=name,
        )
        url = addresses.idea_url(slug, posted.id)
        forms.remember_result(request.form.get("form_key", ""), drafting.actor(), url, now=now)
    flash(_("Thank you. A moderator reads your idea next; we will email you."), "success")
    return redirect(url, 303)


@blueprint.get("/<int:idea_id>/edit")
@participant
def edit(slug: str, idea_id: int) -> Any:
    """Show one's own idea for changing."""
    target, wording = _own_idea(slug, idea_id)
    topics = {topic.id: topic.slug for topic in target.dialogue.topics}
    topic_id = target.editing.topic_id if target.editing else None
    topic = topics.get(topic_id or 0, schemas.NO_TOPIC)
    return _form_page(target, Form(wording.title, wording.source, topic), {})


@blueprint.post("/<int:idea_id>/edit")
@participant
def edit_post(slug: str, idea_id: int) -> Any:
    """Preview a change, go back, or send it."""
    if (earlier := drafting.already_sent()) is not None:
        return earlier
    target, _wording = _own_idea(slug, idea_id)
    form, step = Form.typed(), request.form.get("step", "preview")
    if step == "change":
        return _form_page(target, form, {})
    if step == drafting.HIDE:
        return _hidden_page(target, form)
    try:
        idea = schemas.idea_input(
            target.dialogue, title=form.title, body=form.body, topic=form.topic
        )
    except FieldErrors as problem:
        return _form_page(target, form, problem.errors), 422
    if step != "post":
        return _preview_page(target, form, idea)
    dialogue, now = drafting.open_dialogue(slug)
    me = ideas.participant_of(dialogue.id, current_user.id)
    url = addresses.idea_url(slug, idea_id)
    with transaction():
        writing.edit(
            dialogue=dialogue,
            contribution_id=idea_id,
            participant_id=me.id if me else None,
            title=idea.title,
            body=idea.body,
            topic_id=idea.topic_id,
            now=now,
        )
        forms.remember_result(request.form.get("form_key", ""), drafting.actor(), url, now=now)
    flash(_("Your change is sent. A moderator reads it next."), "success")
    return redirect(url, 303)


@blueprint.get("/<int:idea_id>/withdraw")
@participant
def withdraw(slug: str, idea_id: int) -> Any:
    """Ask before one's own idea is withdrawn."""
    target, wording = _own_idea(slug, idea_id, for_edit=False)
    idea = target.editing
    if idea is None or not policies.may_withdraw(idea.participant_id, idea):
        raise NotFound("")
    return render_template(
        "participation/withdraw_confirm.html",
        dialogue=_dialogue(target.dialogue),
        item={
            "kind": "idea",
            "title": wording.title,
            "text": text.excerpt(wording.plain, 300),
            "url": addresses.idea_url(slug, idea_id),
        },
        answered=_answered(idea),
        action_url=url_for("ideas.withdraw_post", slug=slug, idea_id=idea_id),
        form_key=forms.new_form_key(),
    )


@blueprint.post("/<int:idea_id>/withdraw")
@participant
def withdraw_post(slug: str, idea_id: int) -> Any:
    """Withdraw one's own idea."""
    if (earlier := drafting.already_sent()) is not None:
        return earlier
    dialogue, now = drafting.open_dialogue(slug)
    me = ideas.participant_of(dialogue.id, current_user.id)
    url = addresses.dialogue_url(slug)
    with transaction():
        # First the key: of two sendings at once the second one waits here, and goes where it led.
        forms.remember_result(request.form.get("form_key", ""), drafting.actor(), url, now=now)
        writing.withdraw(
            dialogue=dialogue,
            contribution_id=idea_id,
            participant_id=me.id if me else None,
            now=now,
        )
    flash(_("Your idea is withdrawn."), "success")
    return redirect(url, 303)


def _answered(idea: Contribution) -> bool:
    own_votes = 1 if idea.agree else 0
    return idea.comments > 0 or idea.agree + idea.disagree + idea.passed > own_votes


def _new_target(dialogue: Dialogue, now: datetime) -> _Target:
    return _Target(dialogue, url_for("ideas.new_post", slug=dialogue.slug), now)


def _own_idea(slug: str, idea_id: int, *, for_edit: bool = True) -> tuple[_Target, threads.OwnItem]:
    """Return the person's own idea; raises NotFound for anybody else's, Conflict when it cannot
    be changed any more."""
    dialogue, now = drafting.open_dialogue(slug)
    idea = ideas.idea_by_id(dialogue.id, idea_id)
    me = ideas.participant_of(dialogue.id, current_user.id)
    wording = threads.newest_wording(idea_id)
    if idea is None or wording is None or me is None or not policies.is_author(me.id, idea):
        raise NotFound("")
    if for_edit and not policies.may_edit(me.id, idea, dialogue, now):
        raise Conflict(_("This idea cannot be changed any more."))
    action_url = url_for("ideas.edit_post", slug=slug, idea_id=idea_id)
    return _Target(dialogue, action_url, now, idea), wording


def _dialogue(dialogue: Dialogue) -> dict[str, str]:
    return {
        "url": addresses.dialogue_url(dialogue.slug),
        "name": dialogue.text(dialogue.language).short_name,
    }


def _kept_form(now: datetime) -> Form:
    """The words that stood in the form when somebody left it to sign in; else an empty form."""
    digest = intents.digest_of(request.args.get("kept", "")[:200])
    kept = intents.by_digest(digest, now)
    if kept is None or kept.kind != resuming.DRAFT:
        return Form()
    return Form(*(str(kept.payload.get(name, "")) for name in ("title", "body", "topic")))


def _agree_instead(target: _Target, form: Form, idea_id: int) -> Any:
    """Count an Agree with an idea that says the same; what was typed stays where it is."""
    dialogue, now = target.dialogue, target.now
    typed = form.words | {"topic": form.topic}
    if (elsewhere := similar.agree(dialogue, idea_id, typed, now)) is not None:
        return elsewhere
    if request.headers.get("X-Fragment") == "similar":
        rows = similar.rows_for(dialogue, form.title, now)
        return render_template("participation/similar_fragment.html", similar=rows)
    flash(_("Your Agree is counted."), "success")
    if request.form.get("shown") != "preview":
        return _form_page(target, form, {})
    try:
        checked = schemas.idea_input(dialogue, **typed)
    except FieldErrors as problem:
        return _form_page(target, form, problem.errors), 422
    return _preview_page(target, form, checked)


def _hidden_page(target: _Target, form: Form) -> str:
    """The form again, with placeholders in the place of personal details."""
    words = hints.hidden(form.words, target.dialogue)
    changed = Form(words["title"], words["body"], form.topic)
    return _form_page(target, changed, {}, hid=changed != form)


def _form_page(target: _Target, form: Form, errors: dict[str, str], *, hid: bool = False) -> str:
    dialogue = target.dialogue
    return render_template(
        "participation/idea_form.html",
        dialogue=_dialogue(dialogue),
        action_url=target.action_url,
        editing=target.editing is not None,
        form=form,
        errors=errors,
        topics=[{"key": topic.slug, "name": topic.name()} for topic in dialogue.topics],
        limits={"title": dialogue.title_limit, "body": dialogue.body_limit},
        appearing=appearing(target.dialogue),
        rules=short_rules(),
        form_key=forms.new_form_key(),
        opened=drafting.opened_token(),
        target=target_words(dialogue),
        check_url=url_for("writing_check.check", slug=dialogue.slug),
        notice=hints.notice(form.words, dialogue),
        hid=hid,
        similar_url="" if target.editing else url_for("similar.show", slug=dialogue.slug),
        similar=_similar(target, form),
    )


def _preview_page(target: _Target, form: Form, idea: schemas.IdeaInput) -> str:
    topics = {topic.id: topic.name() for topic in target.dialogue.topics}
    rendered = schemas.preview(idea.body)
    return render_template(
        "participation/idea_preview.html",
        dialogue=_dialogue(target.dialogue),
        action_url=target.action_url,
        editing=target.editing is not None,
        form=form,
        preview={
            "title": idea.title,
            "html": text.stored(rendered.html),
            "topic": topics.get(idea.topic_id or 0),
        },
        appearing=appearing(target.dialogue),
        form_key=forms.new_form_key(),
        opened=drafting.opened_token(),
        target=target_words(target.dialogue),
        notice=hints.notice(form.words, target.dialogue),
        similar=_similar(target, form),
    )


def _similar(target: _Target, form: Form) -> list[similar.Row]:
    """Ideas like a new one; somebody who edits has an idea already."""
    if target.editing or not form.title.strip():
        return []
    return similar.rows_for(target.dialogue, form.title, target.now)
