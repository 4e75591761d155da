"""The names of a person: one in each dialogue, seen and changed here."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from dialogue.accounts import names
from dialogue.accounts.access import participant
from dialogue.dialogues.models import Dialogue
from dialogue.dialogues.queries import dialogue_by_id, dialogue_by_slug
from dialogue.kernel import clock, forms
from dialogue.kernel.db import transaction
from dialogue.kernel.errors import FieldErrors, NotFound
from dialogue.participation.appearing import ANOTHER
from dialogue.participation.commands import joining
from dialogue.participation.models import Participant
from dialogue.participation.queries import ideas
from dialogue.participation.queries.names import names_of

blueprint = Blueprint("my_name", __name__, url_prefix="/me/name")


@blueprint.get("")
@participant
def index() -> Any:
    """Show the names of this person."""
    rows = [
        {
            "dialogue": _short(dialogue_by_id(own.dialogue_id)),
            "name": own.name,
            "is_read": own.is_read,
            "edit_url": url_for("my_name.edit", slug=own.slug),
        }
        for own in names_of(current_user.id)
    ]
    return render_template("participation/my_names.html", rows=rows, account_name=current_user.name)


@blueprint.get("/<slug>")
@participant
def edit(slug: str) -> Any:
    """Show the form of the name in one dialogue."""
    dialogue, me = _place(slug)
    return _form_page(dialogue, me, me.public_name, {})


@blueprint.post("/<slug>")
@participant
def edit_post(slug: str) -> Any:
    """Appear under another name in one dialogue, or see another suggestion."""
    dialogue, me = _place(slug)
    if request.form.get("step") == ANOTHER:
        return _form_page(dialogue, me, names.suggest()[0], {})
    typed, now = request.form.get("display_name", ""), clock.now()
    try:
        name = names.check(typed)
        with transaction():
            joining.rename(dialogue_id=dialogue.id, user_id=current_user.id, name=name, now=now)
    except FieldErrors as problem:
        return _form_page(dialogue, me, typed, problem.errors), 422
    flash(_("You appear as %(name)s in this dialogue from now on.", name=name), "success")
    return redirect(url_for("my_name.index"), 303)


def _place(slug: str) -> tuple[Dialogue, Participant]:
    dialogue = dialogue_by_slug(slug)
    me = ideas.participant_of(dialogue.id, current_user.id) if dialogue else None
    if dialogue is None or me is None:
        raise NotFound("")
    return dialogue, me


def _short(dialogue: Dialogue) -> str:
    return dialogue.text(dialogue.language).short_name


def _form_page(dialogue: Dialogue, me: Participant, typed: str, errors: dict[str, str]) -> str:
    return render_template(
        "participation/my_name.html",
        dialogue_name=_short(dialogue),
        action_url=url_for("my_name.edit_post", slug=dialogue.slug),
        present=me.public_name,
        form={"display_name": typed},
        errors=errors,
        suggestions=names.suggest(3),
        form_key=forms.new_form_key(),
    )
