"""One's own drafts: what somebody is still writing, to go on with, to download, to throw away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, current_app, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user

from dialogue.accounts.access import participant
from dialogue.dialogues import schedule
from dialogue.dialogues.models import Dialogue
from dialogue.dialogues.queries import dialogue_by_id
from dialogue.kernel import clock, forms, templating, text
from dialogue.kernel.db import db, transaction
from dialogue.kernel.errors import Conflict, NotFound
from dialogue.participation import policies
from dialogue.participation.commands import drafts
from dialogue.participation.drafts import Draft, Pen, new_writer
from dialogue.participation.models import Contribution, Kind
from dialogue.participation.queries import ideas
from dialogue.participation.queries.drafts import draft_of, drafts_of
from dialogue.participation.views import comments, drafting
from dialogue.participation.views import ideas as idea_forms
from dialogue.participation.views.sheet import Sheet

blueprint = Blueprint("drafts", __name__, url_prefix="/me/drafts")

_HEADING = 120  # code points of a draft's first words


@dataclass(frozen=True)
class Row:
    """A draft in the list; `is_open` tells whether its dialogue takes it now."""

    id: int
    kind: str
    is_edit: bool
    heading: str
    text: str
    on: str
    dialogue_name: str
    saved_at: datetime
    is_open: bool


@blueprint.get("")
@participant
def index() -> Any:
    """Show what the person is still writing."""
    now = clock.now()
    found = drafts_of(current_user.id)
    titles = ideas.titles_of({draft.idea_id for draft in found if draft.idea_id})
    return render_template(
        "participation/drafts.html",
        drafts=[_row(draft, titles, now) for draft in found],
        days=current_app.config["DRAFT_DAYS"],
        most=current_app.config["DRAFTS_PER_PERSON"],
    )


@blueprint.get("/<int:draft_id>")
@participant
def go_on(draft_id: int) -> Any:
    """Show the form that the draft stood in, with its words."""
    draft, now = _mine(draft_id), clock.now()
    try:
        sheet = _sheet(draft)
    except NotFound:  # the dialogue, the idea or the comment is out of sight
        sheet = None
    if sheet is None or not _may_go_on(draft, sheet.dialogue, now):
        problem = Conflict(_("This cannot be sent any more. Your words are kept: download them."))
        problem.way_on = (_("Your drafts"), drafting.DRAFTS_URL)
        raise problem
    return sheet.form_page()


@blueprint.get("/<int:draft_id>.txt")
@participant
def download(draft_id: int) -> Response:
    """Hand the words out as a text file."""
    draft = _mine(draft_id)
    parts = (draft.title, draft.body)
    dialogue = dialogue_by_id(draft.dialogue_id)
    head = _("Draft of %(day)s, %(dialogue)s", day=templating.day(draft.saved_at),
             dialogue=_name(dialogue))  # fmt: skip
    words = "\n\n".join([head, *(part.strip() for part in parts if part.strip())]) + "\n"
    response = Response(words, mimetype="text/plain")
    response.headers["Content-Disposition"] = f'attachment; filename="draft-{draft_id}.txt"'
    return response


@blueprint.post("/<int:draft_id>/discard")
@participant
def discard(draft_id: int) -> Any:
    """Throw a draft away. One that is gone already is gone as well."""
    with transaction():
        drafts.discard(user_id=current_user.id, draft_id=draft_id)
    flash(_("The draft is discarded."), "success")
    return redirect(url_for("drafts.index"), 303)


def _mine(draft_id: int) -> Draft:
    draft = draft_of(current_user.id, draft_id)
    if draft is None:
        raise NotFound("")
    return draft


def _sheet(draft: Draft) -> Sheet[Any]:
    """Return the form of a draft, opened in one more window; raises NotFound."""
    dialogue, now = drafting.open_dialogue(dialogue_by_id(draft.dialogue_id).slug)
    given = {
        "words": draft.words,
        "pen": Pen(draft.opened, new_writer(), draft.version),
    }
    if draft.contribution_id is not None:
        mine = drafting.own(dialogue.slug, Kind(draft.kind), draft.contribution_id)
        forms_of = idea_forms if draft.kind == Kind.IDEA else comments
        return forms_of.edit_sheet(mine, **given)
    if draft.kind == Kind.IDEA:
        return idea_forms.new_sheet(dialogue, now, **given)
    reply_to = str(draft.reply_to_id or "")
    return comments.new_sheet(dialogue, now, draft.idea_id or 0, reply_to, **given)


def _may_go_on(draft: Draft, dialogue: Dialogue, now: datetime) -> bool:
    """Tell whether the dialogue takes it: the same rule as for the sending itself."""
    opened_at = forms.opened_at(draft.opened)
    if draft.contribution_id is not None:
        contribution = db.session.get_one(Contribution, draft.contribution_id)
        return policies.may_edit(
            contribution.participant_id, contribution, dialogue, now, opened_at=opened_at
        )
    return policies.may_write(dialogue, Kind(draft.kind), now, opened_at=opened_at)


def _row(draft: Draft, titles: dict[int, str], now: datetime) -> Row:
    dialogue = dialogue_by_id(draft.dialogue_id)
    heading = draft.title.strip() or text.excerpt(draft.body, _HEADING)
    is_visible = schedule.is_public(dialogue, now)
    return Row(
        id=draft.id,
        kind=draft.kind,
        is_edit=draft.contribution_id is not None,
        heading=heading,
        text=text.excerpt(draft.body, 2 * _HEADING) if draft.title.strip() else "",
        on=titles.get(draft.idea_id or 0, ""),
        dialogue_name=_name(dialogue),
        saved_at=draft.saved_at,
        is_open=is_visible and _may_go_on(draft, dialogue, now),
    )


def _name(dialogue: Dialogue) -> str:
    return dialogue.text(dialogue.language).short_name
