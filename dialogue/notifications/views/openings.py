"""Asking for one mail when a dialogue opens, without an account."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_login import current_user

from dialogue.accounts import addresses as mail_addresses
from dialogue.accounts import limits
from dialogue.accounts.access import public
from dialogue.dialogues.models import Dialogue
from dialogue.dialogues.queries import dialogue_for
from dialogue.dialogues.schedule import DialogueState, state_of
from dialogue.kernel import clock
from dialogue.kernel.db import transaction
from dialogue.kernel.errors import Conflict, FieldErrors
from dialogue.notifications.commands import openings
from dialogue.participation import addresses

blueprint = Blueprint("openings", __name__, url_prefix="/d/<slug>/opening")


@blueprint.get("")
@public
def show(slug: str) -> Any:
    """Show the form, or that a link is on its way."""
    return _page(_announced(slug), "", {}, asked=bool(request.args.get("asked")))


@blueprint.post("")
@public
def ask(slug: str) -> Any:
    """Send a link to the address; the answer is the same whatever is known of it."""
    found, typed = _announced(slug), request.form.get("email", "").strip()
    try:
        email = mail_addresses.parse(typed)
    except FieldErrors as problem:
        return _page(found, typed, problem.errors), 422
    with transaction():
        openings.ask(
            dialogue=found,
            email=email,
            language=str(get_locale()),
            network=limits.network(request.remote_addr),
            now=clock.now(),
        )
    return redirect(url_for("openings.show", slug=slug, asked=1), 303)


def _announced(slug: str) -> Dialogue:
    now = clock.now()
    found = dialogue_for(slug, current_user, now)
    if state_of(found, now) is not DialogueState.ANNOUNCED:
        raise Conflict(_("This dialogue has opened already, or has no date yet."))
    return found


def _page(found: Dialogue, email: str, errors: dict[str, str], *, asked: bool = False) -> str:
    return render_template(
        "notifications/opening.html",
        dialogue={
            "url": addresses.dialogue_url(found.slug),
            "name": found.text(found.language).short_name,
        },
        form={"email": email},
        errors=errors,
        asked=asked,
        action_url=url_for("openings.ask", slug=found.slug),
    )
