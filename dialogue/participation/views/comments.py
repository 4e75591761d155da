"""Forms of comments: post, preview, edit, withdraw; and the address that leads to a comment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from dialogue.accounts.access import participant, public
from dialogue.dialogues.models import Dialogue
from dialogue.dialogues.queries import dialogue_by_id, dialogue_for
from dialogue.kernel import clock, forms, text
from dialogue.kernel.db import db, transaction
from dialogue.kernel.errors import Conflict, FieldErrors, NotFound
from dialogue.kernel.routing import number
from dialogue.participation import addresses, hints, policies, schemas
from dialogue.participation.appearing import ANOTHER, appearing, chosen_name
from dialogue.participation.commands import writing
from dialogue.participation.models import Contribution, Kind
from dialogue.participation.queries import ideas, threads
from dialogue.participation.views import drafting

blueprint = Blueprint("comments", __name__)


@dataclass
class Form:
    """What was typed in a comment's form."""

    body: str = ""


@dataclass(frozen=True)
class _Place:
    """Where a comment goes."""

    dialogue: Dialogue
    idea: Contribution
    action_url: str
    reply_to: threads.CommentRow | None = None
    editing: bool = False

    @property
    def idea_url(self) -> str:
        return addresses.idea_url(self.dialogue.slug, self.idea.id, self.idea.slug)


@blueprint.post("/d/<slug>/ideas/<int:idea_id>/comments")
@public
def post(slug: str, idea_id: int) -> Any:
    """Post a comment, preview it, or go back and change it."""
    if (earlier := drafting.already_sent()) is not None:
        return earlier
    dialogue, now = drafting.open_dialogue(slug)
    form = Form(request.form.get("body", ""))
    place = _place(dialogue, idea_id, request.form.get("reply_to", ""))
    step = request.form.get("step", "post")
    if step in ("change", ANOTHER):
        return _form_page(place, form, {})
    if step == drafting.HIDE:
        return _hidden_page(place, form)
    try:
        comment = schemas.comment_input(dialogue, body=form.body)
        name = chosen_name(dialogue)
    except FieldErrors as problem:
        return _form_page(place, form, problem.errors), 422
    if step == "preview":
        return _preview_page(place, form, comment)
    reply_to_id = place.reply_to.id if place.reply_to else None
    if not current_user.is_authenticated:
        writing.must_be_open(dialogue, Kind.COMMENT, now, drafting.opened_at())
        return drafting.keep_and_ask_to_sign_in(
            "comment",
            {
                "slug": slug,
                "idea_id": idea_id,
                "reply_to": reply_to_id,
                "body": form.body,
                "title": place.idea.title,
                "opened": request.form.get("opened", ""),
            },
        )
    with transaction():
        posted = writing.post_comment(
            dialogue=dialogue,
            user=current_user.user,
            idea_id=idea_id,
            reply_to_id=reply_to_id,
            comment=comment,
            now=now,
            opened_at=drafting.opened_at(),
            name=name,
        )
        url = f"{place.idea_url}#comment-{posted.id}"
        forms.remember_result(request.form.get("form_key", ""), drafting.actor(), url, now=now)
    flash(_("Thank you. A moderator reads your comment next; we will email you."), "success")
    return redirect(url, 303)


def carried_over(dialogue: Dialogue, idea_id: int, words: dict[str, str], now: datetime) -> Any:
    """The form of a comment on an idea, with the words of an idea that says the same.

    Raises NotFound, Conflict when comments are closed.
    """
    place = _place(dialogue, idea_id, "")
    if not policies.may_write(dialogue, Kind.COMMENT, now):
        raise Conflict(_("Comments are not open in this dialogue now."))
    parts = (words["title"].strip(), words["body"].strip())
    form = Form("\n\n".join(part for part in parts if part))
    try:
        schemas.comment_input(dialogue, body=form.body)
    except FieldErrors as problem:  # such as too long for a comment
        return _form_page(place, form, problem.errors), 422
    return _form_page(place, form, {})


@blueprint.get("/c/<int:comment_id>")
@public
def permalink(comment_id: int) -> Any:
    """Lead to the page of a comment, at its anchor."""
    found = threads.place_of(comment_id)
    if found is None:
        raise NotFound("")
    dialogue_id, idea_id, root_id = found
    dialogue = dialogue_for(dialogue_by_id(dialogue_id).slug, current_user, clock.now())
    idea = ideas.idea_by_id(dialogue_id, idea_id)
    if idea is None or not idea.listed:
        raise NotFound("")
    query = urlencode({"after": threads.cursor_to(root_id, comment_id)})
    url = addresses.idea_url(dialogue.slug, idea_id, idea.slug)
    return redirect(f"{url}?{query}#comment-{comment_id}", 303)


@blueprint.get("/d/<slug>/comments/<int:comment_id>/edit")
@participant
def edit(slug: str, comment_id: int) -> Any:
    """Show one's own comment for changing."""
    place, _comment, wording = _own_comment(slug, comment_id)
    return _form_page(place, Form(wording.source), {})


@blueprint.post("/d/<slug>/comments/<int:comment_id>/edit")
@participant
def edit_post(slug: str, comment_id: int) -> Any:
    """Send a change of one's own comment."""
    if (earlier := drafting.already_sent()) is not None:
        return earlier
    place, comment, _wording = _own_comment(slug, comment_id)
    form, step = Form(request.form.get("body", "")), request.form.get("step", "post")
    if step == "change":
        return _form_page(place, form, {})
    if step == drafting.HIDE:
        return _hidden_page(place, form)
    try:
        checked = schemas.comment_input(place.dialogue, body=form.body)
    except FieldErrors as problem:
        return _form_page(place, form, problem.errors), 422
    if step == "preview":
        return _preview_page(place, form, checked)
    now = clock.now()
    url = f"{place.idea_url}#comment-{comment_id}"
    author = comment.participant_id
    with transaction():
        writing.edit(
            dialogue=place.dialogue,
            contribution_id=comment_id,
            participant_id=author,
            title="",
            body=checked.body,
            topic_id=None,
            now=now,
        )
        forms.remember_result(request.form.get("form_key", ""), drafting.actor(), url, now=now)
    flash(_("Your change is sent. A moderator reads it next."), "success")
    return redirect(url, 303)


@blueprint.get("/d/<slug>/comments/<int:comment_id>/withdraw")
@participant
def withdraw(slug: str, comment_id: int) -> Any:
    """Ask before one's own comment is withdrawn."""
    place, comment, wording = _own_comment(slug, comment_id, for_edit=False)
    if not policies.may_withdraw(comment.participant_id, comment):
        raise NotFound("")
    return render_template(
        "participation/withdraw_confirm.html",
        dialogue=_dialogue(place.dialogue),
        item={
            "kind": "comment",
            "title": place.idea.title,
            "text": text.excerpt(wording.plain, 300),
            "url": f"{place.idea_url}#comment-{comment_id}",
        },
        answered=False,
        action_url=url_for("comments.withdraw_post", slug=slug, comment_id=comment_id),
        form_key=forms.new_form_key(),
    )


@blueprint.post("/d/<slug>/comments/<int:comment_id>/withdraw")
@participant
def withdraw_post(slug: str, comment_id: int) -> Any:
    """Withdraw one's own comment."""
    if (earlier := drafting.already_sent()) is not None:
        return earlier
    place, comment, _wording = _own_comment(slug, comment_id, for_edit=False)
    now = clock.now()
    url = f"{place.idea_url}#comments"
    author = comment.participant_id
    with transaction():
        # First the key: of two sendings at once the second one waits here, and goes where it led.
        forms.remember_result(request.form.get("form_key", ""), drafting.actor(), url, now=now)
        writing.withdraw(
            dialogue=place.dialogue, contribution_id=comment_id, participant_id=author, now=now
        )
    flash(_("Your comment is withdrawn."), "success")
    return redirect(url, 303)


def _place(dialogue: Dialogue, idea_id: int, reply_to: str) -> _Place:
    idea = ideas.idea_by_id(dialogue.id, idea_id)
    if idea is None or not idea.listed:
        raise NotFound("")
    answered = None
    if reply_to:
        asked = number(reply_to)
        answered = threads.listed_comment(idea_id, asked) if asked is not None else None
        if answered is None:
            raise NotFound("")
    action_url = url_for("comments.post", slug=dialogue.slug, idea_id=idea_id)
    return _Place(dialogue, idea, action_url, answered)


def _own_comment(
    slug: str, comment_id: int, *, for_edit: bool = True
) -> tuple[_Place, Contribution, threads.OwnItem]:
    dialogue, now = drafting.open_dialogue(slug)
    comment = db.session.get(Contribution, comment_id)
    me = ideas.participant_of(dialogue.id, current_user.id)
    wording = threads.newest_wording(comment_id)
    if (
        comment is None
        or wording is None
        or me is None
        or comment.kind != Kind.COMMENT
        or comment.dialogue_id != dialogue.id
        or not policies.is_author(me.id, comment)
    ):
        raise NotFound("")
    if for_edit and not policies.may_edit(me.id, comment, dialogue, now):
        raise Conflict(_("This comment cannot be changed any more."))
    idea = ideas.idea_by_id(dialogue.id, comment.idea_id or 0)
    if idea is None:
        raise NotFound("")
    action_url = url_for("comments.edit_post", slug=slug, comment_id=comment_id)
    return _Place(dialogue, idea, action_url, editing=True), comment, wording


def _dialogue(dialogue: Dialogue) -> dict[str, str]:
    return {
        "url": addresses.dialogue_url(dialogue.slug),
        "name": dialogue.text(dialogue.language).short_name,
    }


def _reply_to(place: _Place) -> dict[str, Any] | None:
    if place.reply_to is None:
        return None
    return {"id": place.reply_to.id, "author": place.reply_to.author}


def _hidden_page(place: _Place, form: Form) -> str:
    """The form again, with placeholders in the place of personal details."""
    changed = Form(**hints.hidden({"body": form.body}, place.dialogue))
    return _form_page(place, changed, {}, hid=changed != form)


def _form_page(place: _Place, form: Form, errors: dict[str, str], *, hid: bool = False) -> str:
    return render_template(
        "participation/comment_form.html",
        dialogue=_dialogue(place.dialogue),
        idea={"url": place.idea_url, "title": place.idea.title},
        action_url=place.action_url,
        editing=place.editing,
        form=form,
        errors=errors,
        limit=place.dialogue.comment_limit,
        check_url=url_for("writing_check.check", slug=place.dialogue.slug),
        notice=hints.notice({"body": form.body}, place.dialogue),
        hid=hid,
        reply_to=_reply_to(place),
        appearing=appearing(place.dialogue),
        form_key=forms.new_form_key(),
        opened=drafting.opened_token(),
    )


def _preview_page(place: _Place, form: Form, comment: schemas.CommentInput) -> str:
    return render_template(
        "participation/comment_preview.html",
        dialogue=_dialogue(place.dialogue),
        idea={"url": place.idea_url, "title": place.idea.title},
        action_url=place.action_url,
        form=form,
        html=text.stored(schemas.preview(comment.body).html),
        notice=hints.notice({"body": form.body}, place.dialogue),
        reply_to=_reply_to(place),
        appearing=appearing(place.dialogue),
        form_key=forms.new_form_key(),
        opened=drafting.opened_token(),
    )
