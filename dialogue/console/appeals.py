"""The page on which a moderator answers an appeal, in writing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _

from dialogue.accounts.access import staff
from dialogue.accounts.models import Role
from dialogue.kernel import forms, text
from dialogue.kernel.db import transaction
from dialogue.kernel.errors import DomainError, FieldErrors, Forbidden, NotFound
from dialogue.kernel.routing import number
from dialogue.moderation import wording
from dialogue.moderation.acting import acting_moderator
from dialogue.moderation.commands import appeals
from dialogue.moderation.desk import Moderator
from dialogue.moderation.models import Lane, Outcome
from dialogue.moderation.policies import in_scope
from dialogue.moderation.queries.appeals import Waiting, appeal_of_item
from dialogue.participation.restrictions import STEP_NAMES, Step

blueprint = Blueprint("appeals", __name__, url_prefix="/mod/items")

_LARGEST_ID = 2**31 - 1


@blueprint.get("/<int:item_id>/appeal")
@staff(Role.MODERATOR)
def show(item_id: int) -> str:
    """Show an appeal with the earlier decision, its reason, and the author's words."""
    moderator = acting_moderator()
    return _page(_appeal(item_id, moderator), moderator)


@blueprint.post("/<int:item_id>/appeal")
@staff(Role.MODERATOR)
def answer(item_id: int) -> Any:
    """Answer an appeal: change the decision or let it stand."""
    moderator = acting_moderator()
    waiting = _appeal(item_id, moderator)
    key, actor = request.form.get("form_key", ""), f"user:{moderator.id}"
    if (earlier := forms.earlier_result(key, actor)) is not None:
        return redirect(earlier, 303)
    outcome = request.form.get("outcome", "")
    back = url_for("moderation.queue", lane=Lane.APPEALS)
    try:
        if outcome not in ("grant", "refuse"):
            raise FieldErrors({"outcome": _("Choose: change the decision, or let it stand.")})
        with transaction():
            forms.remember_result(key, actor, back, now=moderator.now)
            appeals.answer(
                item_id=item_id,
                version=number(request.form.get("version", "")) or 0,
                granted=outcome == "grant",
                words=request.form.get("answer", ""),
                moderator=moderator,
                scope=moderator.scope,
                now=moderator.now,
            )
    except FieldErrors as problem:
        return _page(waiting, moderator, errors=problem.errors), 422
    flash(_("The appeal is answered. The author is told what you wrote."), "success")
    return redirect(back, 303)


def _appeal(item_id: int, moderator: Moderator) -> Waiting:
    waiting = appeal_of_item(item_id, moderator.language) if item_id <= _LARGEST_ID else None
    if waiting is None or not in_scope(moderator.scope, waiting.dialogue.id):
        raise NotFound("")
    g.zone = waiting.dialogue.time_zone
    return waiting


def _page(
    waiting: Waiting, moderator: Moderator, *, errors: Mapping[str, str] | None = None
) -> str:
    is_first = appeals.first_moderator(waiting.appeal) == moderator.id
    why_not = ""
    try:
        appeals.must_be_another(waiting.appeal, moderator.id, moderator.now)
    except Forbidden as problem:
        why_not = _said(problem)
    return render_template(
        "console/appeal.html",
        waiting=waiting,
        words=text.stored(waiting.html),
        step=STEP_NAMES[Step(waiting.step)] if waiting.step else "",
        outcome=wording.outcome_done(waiting.outcome) if waiting.outcome else "",
        grant=_grant(waiting),
        is_alone=is_first and not why_not,
        why_not=why_not,
        typed=request.form,
        errors=errors or {},
        limit=appeals.ANSWER_LIMIT,
        form_key=forms.new_form_key(),
        action_url=url_for("appeals.answer", item_id=waiting.item_id),
    )


def _grant(waiting: Waiting) -> str:
    """Say what an appeal that is granted changes."""
    if waiting.step:
        return _("End the step")
    if waiting.outcome == Outcome.REDACTED:
        return _("Change it: show the hidden words again")
    if waiting.outcome == Outcome.MERGED:
        return _("Change it: let the idea stand by itself again")
    return _("Change it: publish")


def _said(problem: DomainError) -> str:
    return str(problem.message)
