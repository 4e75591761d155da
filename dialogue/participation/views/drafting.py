"""What the writing views share: the words and keys of a form, one's own contributions, and the way
of a person who is not signed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from flask import g, redirect, request
from flask_login import current_user
from werkzeug.wrappers import Response

from dialogue.accounts import intents, limits
from dialogue.dialogues.models import Dialogue
from dialogue.dialogues.queries import dialogue_for
from dialogue.kernel import clock, forms
from dialogue.kernel.db import db, transaction
from dialogue.kernel.errors import NotFound
from dialogue.participation import policies
from dialogue.participation.drafts import Pen, Words
from dialogue.participation.models import Contribution, Kind
from dialogue.participation.queries import ideas, threads

# What a button of a form means.
PREVIEW, CHANGE, POST, SAVE = "preview", "change", "post", "save"
HIDE = "hide"  # puts placeholders in the place of personal details

DRAFTS_URL = "/me/drafts"


def open_dialogue(slug: str) -> tuple[Dialogue, datetime]:
    """Return the dialogue as this person may see it, and the moment of the request."""
    now = clock.now()
    dialogue = dialogue_for(slug, current_user, now)
    g.zone = dialogue.time_zone
    return dialogue, now


@dataclass(frozen=True)
class Own:
    """Something that this person wrote, with its newest wording, in its dialogue."""

    dialogue: Dialogue
    now: datetime
    contribution: Contribution
    wording: threads.OwnItem
    idea: Contribution  # itself, or the idea that it is a comment on


def own(slug: str, kind: Kind, contribution_id: int) -> Own:
    """Return an idea or a comment of this person's own; raises NotFound for anybody else's."""
    dialogue, now = open_dialogue(slug)
    found = db.session.get(Contribution, contribution_id)
    me = ideas.participant_of(dialogue.id, current_user.id)
    wording = threads.newest_wording(contribution_id)
    if (
        found is None
        or wording is None
        or me is None
        or found.kind != kind
        or found.dialogue_id != dialogue.id
        or not policies.is_author(me.id, found)
    ):
        raise NotFound("")
    idea = ideas.idea_by_id(dialogue.id, found.idea_id or found.id)
    if idea is None:
        raise NotFound("")
    return Own(dialogue, now, found, wording, idea)


def actor() -> str:
    """Return who sends this form, for its key: the account."""
    return f"user:{current_user.id}"


def already_sent() -> Response | None:
    """Return the way to the first sending's result when this form was sent before."""
    key = request.form.get("form_key", "")
    if not key or not current_user.is_authenticated:
        return None
    result = forms.repeat_result(key, actor())
    return redirect(result, 303) if result else None


def typed() -> Words:
    """Return what stands in the form that was sent."""
    return Words(*(request.form.get(name, "") for name in ("title", "body", "topic")))


def pen() -> Pen:
    """Return which form was sent."""
    return Pen.sent(request.form.get("opened", ""), request.form.get("draft", ""))


def opened_at() -> datetime | None:
    """Return when the form was first opened, from its signed token; None when it was forged."""
    return forms.opened_at(request.form.get("opened", ""))


def keep_and_ask_to_sign_in(kind: str, payload: dict[str, Any]) -> Response:
    """Keep what a signed-out person began and lead to the page where accounts begin."""
    now = clock.now()
    with transaction():
        token = intents.keep(kind, payload, network=limits.network(request.remote_addr), now=now)
    return redirect("/account/create?" + urlencode({"intent": token}), 303)
