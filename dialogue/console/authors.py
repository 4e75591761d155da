"""The moderators' page about whoever wrote an item: counts, the ladder, the next step."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _

from dialogue.accounts.access import staff
from dialogue.accounts.models import Role
from dialogue.kernel import forms
from dialogue.kernel.db import transaction
from dialogue.kernel.errors import FieldErrors, NotFound
from dialogue.moderation.acting import acting_moderator
from dialogue.moderation.commands import sanctions
from dialogue.moderation.desk import Moderator
from dialogue.moderation.queries.authors import AuthorPage, author_of_item
from dialogue.moderation.queries.items import reasons
from dialogue.participation.lifecycle import STATE_NAMES, State
from dialogue.participation.models import Restriction
from dialogue.participation.restrictions import LADDER, STEP_MEANS, STEP_NAMES, USUAL_DAYS, Step

blueprint = Blueprint("authors", __name__, url_prefix="/mod")

_LARGEST_ID = 2**31 - 1


@blueprint.get("/items/<int:item_id>/author")
@staff(Role.MODERATOR)
def show(item_id: int) -> str:
    """Show who wrote an item, as counts, with the steps taken and the ladder."""
    moderator = acting_moderator()
    return _page(_author(item_id, moderator), moderator)


@blueprint.post("/items/<int:item_id>/author")
@staff(Role.MODERATOR)
def take_step(item_id: int) -> Any:
    """Take a step about the author of an item."""
    moderator = acting_moderator()
    author = _author(item_id, moderator)
    here = url_for("authors.show", item_id=item_id)
    key, actor = request.form.get("form_key", ""), f"user:{moderator.id}"
    if (earlier := forms.earlier_result(key, actor)) is not None:
        return redirect(earlier, 303)
    try:
        with transaction():
            forms.remember_result(key, actor, here, now=moderator.now)
            sanctions.take_step(
                item_id=item_id,
                step=request.form.get("step", ""),
                until=_end_of(request.form.get("until", ""), author.dialogue.time_zone),
                reason_code=request.form.get("reason", "")[:100],
                note=request.form.get("note", ""),
                moderator=moderator,
                scope=moderator.scope,
                now=moderator.now,
            )
    except FieldErrors as problem:
        return _page(author, moderator, errors=problem.errors), 422
    flash(_("The step is taken. The person is told, with the reason and the end date."), "success")
    return redirect(here, 303)


@blueprint.post("/steps/<int:step_id>/lift")
@staff(Role.MODERATOR)
def lift_step(step_id: int) -> Any:
    """End a step before its date."""
    if step_id > _LARGEST_ID:
        raise NotFound("")
    moderator = acting_moderator()
    with transaction():
        lifted: Restriction = sanctions.lift_step(
            restriction_id=step_id,
            moderator=moderator,
            scope=moderator.scope,
            now=moderator.now,
        )
        back = request.form.get("item", "")
    flash(_("The step has ended: %(step)s.", step=STEP_NAMES[Step(lifted.step)]), "success")
    if back.isascii() and back.isdigit() and len(back) < 10:
        return redirect(url_for("authors.show", item_id=int(back)), 303)
    return redirect(url_for("moderation.queue"), 303)


def _author(item_id: int, moderator: Moderator) -> AuthorPage:
    if item_id > _LARGEST_ID:
        raise NotFound("")
    author = author_of_item(
        item_id, moderator.scope, now=moderator.now, language=moderator.language
    )
    if author is None:
        raise NotFound("")
    g.zone = author.dialogue.time_zone
    return author


def _end_of(typed: str, zone: str) -> datetime | None:
    """Return the end of a day in the dialogue's zone; None for no day. Raises FieldErrors."""
    if not typed.strip():
        return None
    try:
        day = datetime.strptime(typed.strip(), "%Y-%m-%d").date()  # noqa: DTZ007  (a day alone)
        following = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone))
        return following.astimezone(ZoneInfo("UTC"))
    except (ValueError, OverflowError):
        raise FieldErrors({"until": _("Enter the last day in the format 2026-12-31.")}) from None


def _page(
    author: AuthorPage, moderator: Moderator, *, errors: Mapping[str, str] | None = None
) -> str:
    today = moderator.now.astimezone(ZoneInfo(author.dialogue.time_zone)).date()
    return render_template(
        "console/author.html",
        author=author,
        counts=[
            (number, STATE_NAMES[State(state)]) for state, number in sorted(author.states.items())
        ],
        steps=[(step, STEP_NAMES[step], STEP_MEANS[step], USUAL_DAYS.get(step)) for step in LADDER],
        step_choices=[(step, STEP_NAMES[step]) for step in LADDER],
        step_names=STEP_NAMES,
        is_self=author.user_id == moderator.id,
        reasons=[(r.code, r.label) for r in reasons(author.dialogue.id, moderator.language)],
        usual_end=(today + timedelta(days=USUAL_DAYS.get(author.next_step, 7))).isoformat(),
        item_url=url_for("moderation.item", item_id=author.item_id),
        action_url=url_for("authors.take_step", item_id=author.item_id),
        note_limit=sanctions.NOTE_LIMIT,
        form_key=forms.new_form_key(),
        typed=request.form,
        errors=errors or {},
    )
