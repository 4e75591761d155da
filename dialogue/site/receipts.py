"""Receipts: how something stands that was sent, by its tracking number; also signed out.

The page tells state and dates and what happens next. It never shows a word of what was sent: who
holds a number is not always who wrote.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, current_app, g, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from dialogue.accounts import limits
from dialogue.accounts.access import participant, public
from dialogue.dialogues import schedule
from dialogue.dialogues.models import Act, Dialogue
from dialogue.dialogues.queries import dialogue_by_id
from dialogue.dialogues.wording import target_words
from dialogue.kernel import clock, ids, templating
from dialogue.kernel.db import transaction
from dialogue.kernel.errors import NotFound
from dialogue.moderation.queries.decisions import last_decision_on
from dialogue.participation import addresses
from dialogue.participation.lifecycle import STATE_NAMES, State
from dialogue.participation.models import Kind
from dialogue.participation.queries import receipts
from dialogue.participation.queries.receipts import Receipt

blueprint = Blueprint("receipts", __name__)

_WINDOW = timedelta(minutes=15)
_NEXT = {
    State.RETURNED: _l("A moderator asks its author to change something. Sign in to read what."),
    State.OFF_TOPIC: _l("It can be read at its address, but not in the lists of the dialogue."),
    State.MERGED: _l("It lives on in an idea that says the same; its votes count there."),
    State.REJECTED: _l("Sign in to read why, and what its author can do."),
    State.HIDDEN: _l("Sign in to read why, and what its author can do."),
    State.BINNED: _l("Sign in to read why, and what its author can do."),
    State.WITHDRAWN: _l("Its author took it back. Nothing more happens."),
}


@blueprint.get("/receipt")
@public
def show() -> Any:
    """Show the form for a tracking number."""
    return _page({}, "")


@blueprint.post("/receipt")
@public
def look_up() -> Any:
    """Say how it stands. The number goes in the form's body, so that no history keeps it."""
    now, typed = clock.now(), request.form.get("number", "")
    number = ids.tracking_number_in(typed)
    if not number:
        problem = _("Enter a tracking number of 12 letters and figures, such as K7QX-3MPD-9WTB.")
        return _page({"number": problem}, typed[:100]), 422
    with transaction():
        limits.count(
            "receipt",
            limits.network(request.remote_addr),
            limit=current_app.config["RECEIPT_TRIES"],
            window=_WINDOW,
            now=now,
            say=_("Many numbers were looked up from your network. Please wait a little."),
        )
    found = receipts.by_number(number)
    if found is None:
        problem = _("We have nothing with this number. Compare it sign by sign with your receipt.")
        return _page({"number": problem}, typed[:100]), 422
    return _page({}, "", _shown(found, now))


@blueprint.get("/me/receipts/<int:contribution_id>")
@participant
def mine(contribution_id: int) -> Any:
    """Show the receipt of something of one's own."""
    found = receipts.of_own(current_user.id, contribution_id)
    if found is None:
        raise NotFound("")
    return _page({}, "", _shown(found, clock.now()))


def _page(errors: dict[str, str], typed: str, receipt: dict[str, Any] | None = None) -> str:
    return render_template(
        "site/receipt.html", errors=errors, form={"number": typed}, receipt=receipt
    )


def _shown(found: Receipt, now: datetime) -> dict[str, Any]:
    dialogue = dialogue_by_id(found.dialogue_id)
    g.zone = dialogue.time_zone
    is_open = schedule.is_public(dialogue, now)
    decision = last_decision_on(found.id)
    state = State(found.state)
    if not found.listed or not is_open:
        url = None
    elif found.kind == Kind.IDEA:
        url = addresses.idea_url(dialogue.slug, found.id)
    else:
        url = addresses.comment_url(found.id)
    return {
        "number": found.tracking,
        "kind": found.kind,
        # Of a dialogue that is not public not even the name is told.
        "dialogue": dialogue.text(dialogue.language).short_name if is_open else "",
        "dialogue_url": addresses.dialogue_url(dialogue.slug) if is_open else None,
        "state": state,
        "state_name": STATE_NAMES[state],
        "received_at": found.received_at,
        "published_at": found.published_at if found.listed else None,
        "edited_at": found.edited_at if found.listed else None,
        "decided_at": decision.at if decision is not None and state != State.PENDING else None,
        "edit_waits": found.edit_waits and found.listed,
        "next": _next(state, dialogue, now),
        "url": url,
        "looked_up_at": now,
    }


def _next(state: State, dialogue: Dialogue, now: datetime) -> str:
    if state is State.PENDING:
        return _(
            "A moderator reads it, %(soon)s. We email its author.", soon=target_words(dialogue)
        )
    if state is not State.PUBLISHED:
        return str(_NEXT[state])
    closes, report = schedule.last_close(dialogue), schedule.closes_at(dialogue, Act.REPORT)
    if closes is not None and closes > now:
        return _("People can answer it until %(moment)s.", moment=templating.day_time(closes))
    if report is not None and report > now:
        return _("We are reading. The report comes by %(day)s.", day=templating.day(report))
    return _("It is part of what the agency reads.")
