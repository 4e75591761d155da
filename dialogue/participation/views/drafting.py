"""What the writing views share: the form's key, and the way of a person who is not signed in."""

from __future__ import annotations

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
from dialogue.kernel.db import transaction

HIDE = "hide"  # the step that puts placeholders in the place of personal details


def open_dialogue(slug: str) -> tuple[Dialogue, datetime]:
    """Return the dialogue as this person may see it, and the moment of the request."""
    now = clock.now()
    dialogue = dialogue_for(slug, current_user, now)
    g.zone = dialogue.time_zone
    return dialogue, now


def actor() -> str:
    """Return who sends this form, for its key: the account."""
    return f"user:{current_user.id}"


def already_sent() -> Response | None:
    """Return the way to the first sending's result when this form was sent before."""
    key = request.form.get("form_key", "")
    if not key or not current_user.is_authenticated:
        return None
    result = forms.earlier_result(key, actor())
    return redirect(result, 303) if result else None


def opened_at() -> datetime | None:
    """Return when the form was shown, from its signed token; None when it was forged."""
    return forms.opened_at(request.form.get("opened", ""))


def opened_token() -> str:
    """Return the signed moment at which writing began, handed on from page to page."""
    typed = request.form.get("opened", "")
    return typed if forms.opened_at(typed) else forms.new_form_key()


def keep_and_ask_to_sign_in(kind: str, payload: dict[str, Any]) -> Response:
    """Keep what a signed-out person began and lead to the page where accounts begin."""
    now = clock.now()
    with transaction():
        token = intents.keep(kind, payload, network=limits.network(request.remote_addr), now=now)
    return redirect("/account/create?" + urlencode({"intent": token}), 303)
