"""Notes that moderators leave each other, and what is hard to read."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from dialogue.accounts.access import staff
from dialogue.accounts.models import Role
from dialogue.accounts.queries import staff_of
from dialogue.dialogues.queries import dialogue_by_id
from dialogue.kernel.db import transaction
from dialogue.kernel.errors import FieldErrors
from dialogue.kernel.routing import number
from dialogue.moderation.acting import acting_moderator
from dialogue.moderation.commands import care
from dialogue.moderation.desk import Moderator, Opened, open_item
from dialogue.moderation.queries.notes import beside, mentions_of

blueprint = Blueprint("care", __name__, url_prefix="/mod")


@blueprint.get("/notes")
@staff(Role.MODERATOR)
def mentions() -> str:
    """List the notes that are meant for this moderator."""
    who = acting_moderator()
    return render_template("moderation/mentions.html", rows=mentions_of(who.id, who.scope))


@blueprint.get("/items/<int:item_id>/notes")
@staff(Role.MODERATOR)
def notes(item_id: int) -> str:
    """Show the notes about an item, with a form for another one."""
    return _page(item_id, {})


@blueprint.post("/items/<int:item_id>/notes")
@staff(Role.MODERATOR)
def write(item_id: int) -> Any:
    """Leave a note for the other moderators."""
    who = acting_moderator()
    opened = open_item(who, item_id)
    to = [one for typed in request.form.getlist("to") if (one := number(typed))]
    try:
        with transaction():
            care.write_note(
                item_id=item_id,
                words=request.form.get("words", ""),
                to=to,
                colleagues=list(_colleagues(who, opened)),
                moderator=who,
                scope=who.scope,
                now=who.now,
            )
    except FieldErrors as problem:
        return _page(item_id, problem.errors), 422
    flash(_("Your note is there for the other moderators."), "success")
    return redirect(url_for("care.notes", item_id=item_id), 303)


@blueprint.post("/items/<int:item_id>/notes/seen")
@staff(Role.MODERATOR)
def seen(item_id: int) -> Response:
    """Note that this moderator has read what is meant for them."""
    who = acting_moderator()
    opened = open_item(who, item_id)
    with transaction():
        care.see_notes(contribution_id=opened.item.contribution_id, moderator=who, now=who.now)
    return redirect(url_for("care.mentions"), 303)


@blueprint.post("/notes/<int:note_id>/erase")
@staff(Role.MODERATOR)
def erase(note_id: int) -> Response:
    """Empty one's own note, for good."""
    who = acting_moderator()
    with transaction():
        care.erase_note(note_id=note_id, moderator=who, scope=who.scope, now=who.now)
    flash(_("The words of your note are gone."), "success")
    back = number(request.form.get("item", ""))
    target = url_for("care.notes", item_id=back) if back else url_for("care.mentions")
    return redirect(target, 303)


@blueprint.post("/items/<int:item_id>/hard")
@staff(Role.MODERATOR)
def mark(item_id: int) -> Response:
    """Say that an item is hard to read, or that it is not."""
    who = acting_moderator()
    with transaction():
        care.mark(item_id=item_id, distressing=bool(request.form.get("hard")), scope=who.scope)
    return redirect(url_for("moderation.queue", item=item_id), 303)


@blueprint.get("/items/<int:item_id>/notes/seen")
@blueprint.get("/items/<int:item_id>/hard")
@staff(Role.MODERATOR)
def again(item_id: int) -> Response:
    """Lead to the item: who signed in again in the middle of something comes back here."""
    return redirect(url_for("moderation.item", item_id=item_id), 303)


def _colleagues(who: Moderator, opened: Opened) -> dict[int, str]:
    """Return the other moderators of the item's dialogue, and its administrators, by id."""
    dialogue = dialogue_by_id(opened.item.dialogue_id)
    people = staff_of(
        dialogue.id, dialogue.agency_id, (Role.MODERATOR, Role.OFFICER, Role.ADMIN), who.now
    )
    return {person.id: person.display_name for person in people if person.id != who.id}


def _page(item_id: int, errors: dict[str, str]) -> str:
    who = acting_moderator()
    opened = open_item(who, item_id)
    return render_template(
        "moderation/notes.html",
        opened=opened,
        notes=[one for one in beside(opened.item.contribution_id) if not one.is_flag],
        colleagues=list(_colleagues(who, opened).items()),
        my_id=who.id,
        words=request.form.get("words", ""),
        to=request.form.getlist("to"),
        errors=errors,
        limit=care.WORDS_LIMIT,
    )
