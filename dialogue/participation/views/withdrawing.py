"""Taking back one's own idea or comment: asked first, then done."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from flask_babel import gettext as _

from dialogue.accounts.access import participant
from dialogue.kernel import forms, text
from dialogue.kernel.db import transaction
from dialogue.kernel.errors import NotFound
from dialogue.participation import addresses, policies
from dialogue.participation.commands import writing
from dialogue.participation.models import Kind
from dialogue.participation.queries.answers import is_answered
from dialogue.participation.views import drafting

blueprint = Blueprint("withdrawing", __name__, url_prefix="/d/<slug>")

_EXCERPT = 300  # code points


@blueprint.get("/ideas/<int:idea_id>/withdraw")
@participant
def idea(slug: str, idea_id: int) -> Any:
    """Ask before one's own idea is withdrawn."""
    return _ask(slug, Kind.IDEA, idea_id)


@blueprint.post("/ideas/<int:idea_id>/withdraw")
@participant
def idea_post(slug: str, idea_id: int) -> Any:
    """Withdraw one's own idea."""
    return _withdraw(slug, Kind.IDEA, idea_id, _("Your idea is withdrawn."))


@blueprint.get("/comments/<int:comment_id>/withdraw")
@participant
def comment(slug: str, comment_id: int) -> Any:
    """Ask before one's own comment is withdrawn."""
    return _ask(slug, Kind.COMMENT, comment_id)


@blueprint.post("/comments/<int:comment_id>/withdraw")
@participant
def comment_post(slug: str, comment_id: int) -> Any:
    """Withdraw one's own comment."""
    return _withdraw(slug, Kind.COMMENT, comment_id, _("Your comment is withdrawn."))


def _ask(slug: str, kind: Kind, number: int) -> str:
    mine = drafting.own(slug, kind, number)
    if not policies.may_withdraw(mine.contribution.participant_id, mine.contribution):
        raise NotFound("")
    is_idea = kind == Kind.IDEA
    url = addresses.idea_url(slug, mine.idea.id, mine.idea.slug)
    return render_template(
        "participation/withdraw_confirm.html",
        dialogue={
            "url": addresses.dialogue_url(slug),
            "name": mine.dialogue.text(mine.dialogue.language).short_name,
        },
        item={
            "kind": kind,
            "title": mine.wording.title if is_idea else mine.idea.title,
            "text": text.excerpt(mine.wording.plain, _EXCERPT),
            "url": url if is_idea else f"{url}#comment-{number}",
        },
        answered=is_answered(mine.contribution),
        action_url=request.path,
        form_key=forms.new_form_key(),
    )


def _withdraw(slug: str, kind: Kind, number: int, said: str) -> Any:
    if (earlier := drafting.already_sent()) is not None:
        return earlier
    mine = drafting.own(slug, kind, number)
    if kind == Kind.IDEA:
        url = addresses.dialogue_url(slug)
    else:
        url = f"{addresses.idea_url(slug, mine.idea.id, mine.idea.slug)}#comments"
    key, author, now = request.form.get("form_key", ""), mine.contribution.participant_id, mine.now
    with transaction():
        # First the key: of two sendings at once the second one waits here, and goes where it led.
        forms.remember_result(key, drafting.actor(), url, now=now)
        writing.withdraw(
            dialogue=mine.dialogue, contribution_id=number, participant_id=author, now=now
        )
    flash(said, "success")
    return redirect(url, 303)
