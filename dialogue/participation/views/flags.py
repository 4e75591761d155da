""" "Report this idea" and "Report this comment": asking a moderator to look, on a plain page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from flask_babel import gettext as _
from flask_login import current_user

from dialogue.accounts.access import participant, public
from dialogue.dialogues.models import Dialogue
from dialogue.kernel import forms
from dialogue.kernel.db import transaction
from dialogue.kernel.errors import Conflict, FieldErrors, NotFound
from dialogue.participation import addresses, schemas
from dialogue.participation.commands import flagging
from dialogue.participation.flag_wording import OUTCOMES, REASONS
from dialogue.participation.models import Flag, FlagOutcome, FlagReason, Kind
from dialogue.participation.queries import flags, ideas
from dialogue.participation.queries.flags import Item
from dialogue.participation.views import drafting

blueprint = Blueprint("flags", __name__, url_prefix="/d/<slug>")

_ITEM = "/<any(ideas, comments):family>/<int:contribution_id>"
_KINDS = {"ideas": Kind.IDEA, "comments": Kind.COMMENT}


@dataclass
class Form:
    """What was typed on the form."""

    reason: str = ""
    note: str = ""


@dataclass(frozen=True)
class _Place:
    """What is reported, and by whom; `item` is None once the public cannot read it any more."""

    dialogue: Dialogue
    now: datetime
    kind: Kind
    contribution_id: int
    item: Item | None
    me_id: int | None
    mine: Flag | None

    @property
    def url(self) -> str:
        """Return the address of this form."""
        return addresses.flag_url(self.dialogue.slug, self.kind, self.contribution_id)

    @property
    def back_url(self) -> str:
        """Return where the reader came from."""
        if self.item is None:
            return addresses.dialogue_url(self.dialogue.slug)
        idea = addresses.idea_url(self.dialogue.slug, self.item.idea_id, self.item.slug)
        return idea if self.kind is Kind.IDEA else f"{idea}#comment-{self.contribution_id}"


@blueprint.get(f"{_ITEM}/flag")
@public
def show(slug: str, family: str, contribution_id: int) -> Any:
    """Show the form; to somebody who has reported this already, how that stands."""
    place = _place(slug, family, contribution_id)
    if place.mine is not None and (place.mine.withdrawn_at is None or place.item is None):
        return _standing_page(place, place.mine)
    return _form_page(place, Form(), {})


@blueprint.post(f"{_ITEM}/flag")
@public
def send(slug: str, family: str, contribution_id: int) -> Any:
    """Pass a report on to the moderators; kept for after signing in where need be."""
    place = _place(slug, family, contribution_id)
    form = Form(request.form.get("reason", ""), request.form.get("note", ""))
    try:
        given = schemas.flag_input(reason=form.reason, note=form.note)
    except FieldErrors as problem:
        return _form_page(place, form, problem.errors), 422
    if not current_user.is_authenticated:
        item = _readable(place)
        return drafting.keep_and_ask_to_sign_in(
            "flag",
            {
                "slug": slug,
                "kind": place.kind,
                "contribution_id": contribution_id,
                "reason": given.reason,
                "body": given.note,
                "title": item.title,
            },
        )
    with transaction():
        flagging.flag(
            dialogue=place.dialogue,
            contribution_id=contribution_id,
            user=current_user.user,
            given=given,
            now=place.now,
        )
    flash(thanks(), "success")
    return redirect(place.url, 303)


@blueprint.post(f"{_ITEM}/flag/take-back")
@participant
def take_back(slug: str, family: str, contribution_id: int) -> Any:
    """Take one's own report back."""
    place = _place(slug, family, contribution_id)
    with transaction():
        flagging.take_back(
            dialogue=place.dialogue,
            contribution_id=contribution_id,
            participant_id=place.me_id,
            now=place.now,
        )
    flash(_("You have taken it back. Moderators do not count it any more."), "success")
    return redirect(place.back_url if place.item else place.url, 303)


def thanks() -> str:
    """Return what is said to everybody who reports something."""
    return _("Thank you. A moderator will look. We do not tell the author who reported.")


def _place(slug: str, family: str, contribution_id: int) -> _Place:
    """Find what is reported; raises NotFound unless the public, or who reported it, may know."""
    dialogue, now = drafting.open_dialogue(slug)
    kind = _KINDS[family]
    me = ideas.participant_of(
        dialogue.id, current_user.id if current_user.is_authenticated else None
    )
    item = flags.item(dialogue.id, kind, contribution_id)
    mine = flags.flag_of(participant_id=me.id if me else None, contribution_id=contribution_id)
    if item is None and mine is None:
        raise NotFound("")
    return _Place(dialogue, now, kind, contribution_id, item, me.id if me else None, mine)


def _readable(place: _Place) -> Item:
    if place.item is None:
        raise NotFound("")
    return place.item


def _form_page(place: _Place, form: Form, errors: dict[str, str]) -> str:
    item = _readable(place)
    if place.me_id is not None and item.participant_id == place.me_id:
        raise Conflict(_("You wrote this yourself. You can change or withdraw it."))
    return render_template(
        "participation/flag.html",
        dialogue=_dialogue(place.dialogue),
        item=item,
        back_url=place.back_url,
        form=form,
        errors=errors,
        reasons=list(REASONS.items()),
        limit=schemas.NOTE_LIMIT,
        action_url=place.url,
        form_key=forms.new_form_key(),
    )


def _standing_page(place: _Place, mine: Flag) -> str:
    return render_template(
        "participation/flag_standing.html",
        dialogue=_dialogue(place.dialogue),
        kind=place.kind,
        item=place.item,
        back_url=place.back_url,
        reason=REASONS[FlagReason(mine.reason)],
        note=mine.note,
        at=mine.at,
        withdrawn=mine.withdrawn_at is not None,
        outcome=OUTCOMES[FlagOutcome(mine.outcome)] if mine.outcome else "",
        take_back_url=f"{place.url}/take-back"
        if mine.decided_at is None and mine.withdrawn_at is None
        else None,
    )


def _dialogue(dialogue: Dialogue) -> dict[str, str]:
    return {
        "url": addresses.dialogue_url(dialogue.slug),
        "name": dialogue.text(dialogue.language).short_name,
    }
