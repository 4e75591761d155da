"""The author's way to a second look: one sentence, once, about a decision or a step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from dialogue.accounts.access import participant
from dialogue.kernel import clock, forms
from dialogue.kernel.db import db, transaction
from dialogue.kernel.errors import FieldErrors, NotFound
from dialogue.moderation.commands import appeals
from dialogue.moderation.queries.appeals import decision_of
from dialogue.moderation.queries.authors import reason_labels
from dialogue.participation.models import Participant, Restriction
from dialogue.participation.restrictions import STEP_NAMES, Step

blueprint = Blueprint("second_look", __name__, url_prefix="/me")

_LARGEST_ID = 2**31 - 1


@blueprint.get("/second-look/<int:decision_id>")
@participant
def about_decision(decision_id: int) -> str:
    """Show the form about a decision."""
    return _decision_page(decision_id, {})


@blueprint.post("/second-look/<int:decision_id>")
@participant
def ask_about_decision(decision_id: int) -> Any:
    """Ask for a second look at a decision about one's own words."""
    if decision_id > _LARGEST_ID:
        raise NotFound("")
    now = clock.now()
    key, actor = request.form.get("form_key", ""), f"user:{current_user.id}"
    if (earlier := forms.earlier_result(key, actor)) is not None:
        return redirect(earlier, 303)
    back = url_for("activity.me")
    try:
        with transaction():
            forms.remember_result(key, actor, back, now=now)
            appeals.ask_about_decision(
                decision_id=decision_id,
                user_id=current_user.id,
                words=request.form.get("words", ""),
                now=now,
            )
    except FieldErrors as problem:
        return _decision_page(decision_id, problem.errors), 422
    flash(_asked(), "success")
    return redirect(back, 303)


@blueprint.get("/steps/<int:step_id>/second-look")
@participant
def about_step(step_id: int) -> str:
    """Show the form about a step."""
    return _step_page(step_id, {})


@blueprint.post("/steps/<int:step_id>/second-look")
@participant
def ask_about_step(step_id: int) -> Any:
    """Ask for a second look at a step taken about oneself."""
    if step_id > _LARGEST_ID:
        raise NotFound("")
    now = clock.now()
    key, actor = request.form.get("form_key", ""), f"user:{current_user.id}"
    if (earlier := forms.earlier_result(key, actor)) is not None:
        return redirect(earlier, 303)
    back = url_for("steps.show")
    try:
        with transaction():
            forms.remember_result(key, actor, back, now=now)
            appeals.ask_about_step(
                restriction_id=step_id,
                user_id=current_user.id,
                words=request.form.get("words", ""),
                now=now,
            )
    except FieldErrors as problem:
        return _step_page(step_id, problem.errors), 422
    flash(_asked(), "success")
    return redirect(back, 303)


def _asked() -> str:
    return _("Thank you. A moderator looks at it again and answers you in writing.")


def _decision_page(decision_id: int, errors: Mapping[str, str]) -> str:
    known = decision_of(decision_id, current_user.id) if decision_id <= _LARGEST_ID else None
    if known is None:
        raise NotFound("")
    return _page(
        errors,
        title=known.title,
        words=known.words,
        reason=known.reason,
        action_url=url_for("second_look.ask_about_decision", decision_id=decision_id),
        back_url=url_for("activity.me"),
    )


def _step_page(step_id: int, errors: Mapping[str, str]) -> str:
    step = db.session.get(Restriction, step_id) if step_id <= _LARGEST_ID else None
    person = db.session.get(Participant, step.participant_id) if step else None
    if step is None or person is None or person.user_id != current_user.id:
        raise NotFound("")
    labels = reason_labels({step.dialogue_id}, "en")
    return _page(
        errors,
        title=str(STEP_NAMES[Step(step.step)]),
        words="",
        reason=labels.get((step.dialogue_id, step.reason_code), ""),
        action_url=url_for("second_look.ask_about_step", step_id=step_id),
        back_url=url_for("steps.show"),
    )


def _page(errors: Mapping[str, str], **values: Any) -> str:
    return render_template(
        "moderation/second_look.html",
        typed=request.form.get("words", ""),
        form_key=forms.new_form_key(),
        limit=appeals.WORDS_LIMIT,
        errors=errors,
        **values,
    )
