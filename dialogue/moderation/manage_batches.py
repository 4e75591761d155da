"""Deciding about many items together: look at the choice, decide, see what became of it, undo."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from dialogue.accounts.access import staff
from dialogue.accounts.models import Role
from dialogue.kernel import forms
from dialogue.kernel.db import transaction
from dialogue.kernel.errors import Conflict, FieldErrors, NotFound
from dialogue.kernel.routing import number
from dialogue.moderation import wording
from dialogue.moderation.acting import acting_moderator
from dialogue.moderation.commands import batches
from dialogue.moderation.desk import Moderator, known_lane
from dialogue.moderation.models import Outcome
from dialogue.moderation.queries import batches as known
from dialogue.moderation.queries.batches import AT_MOST, Chosen

blueprint = Blueprint("batches", __name__, url_prefix="/mod/batches")

_OUTCOMES = {"approve": Outcome.APPROVED, "reject": Outcome.REJECTED}


@blueprint.post("/look")
@staff(Role.MODERATOR)
def look() -> Any:
    """Show what was chosen before it is decided; changes nothing."""
    return _choice_page(acting_moderator())


@blueprint.get("/look")
@blueprint.get("")
@staff(Role.MODERATOR)
def look_again() -> Response:
    """Lead to the queue: who signed in again in the middle of a choice comes back here."""
    return redirect(url_for("moderation.queue"), 303)


@blueprint.post("")
@staff(Role.MODERATOR)
def decide() -> Any:
    """Decide about everything that was chosen; a second sending leads to the first one's page."""
    who = acting_moderator()
    key, actor = request.form.get("form_key", ""), f"user:{current_user.id}"
    earlier = forms.earlier_result(key, actor)
    if earlier:
        return redirect(earlier, 303)
    items = _as_seen(who)
    try:
        outcome = _OUTCOMES.get(request.form.get("outcome", ""))
        if not items or outcome is None:
            raise FieldErrors({"outcome": wording.NOTHING_CHOSEN})
        with transaction():
            batch = batches.begin(
                outcome=outcome,
                reason_code=request.form.get("reason", "")[:100],
                asked=len(items),
                moderator=who,
                now=who.now,
            )
            url = url_for("batches.show", batch_id=batch.id, done=1)
            forms.remember_result(key, actor, url, now=who.now)
            batch_id = batch.id
            batches.decide_part(
                batch_id=batch_id,
                items=items[: batches.PART],
                moderator=who,
                scope=who.scope,
                now=who.now,
            )
    except FieldErrors as problem:
        return _choice_page(who, problem), 422
    for start in range(batches.PART, len(items), batches.PART):
        with transaction():
            batches.decide_part(
                batch_id=batch_id,
                items=items[start : start + batches.PART],
                moderator=who,
                scope=who.scope,
                now=who.now,
            )
    with transaction():
        batches.end(batch_id=batch_id, now=who.now)
    return redirect(url, 303)


@blueprint.get("/<int:batch_id>")
@staff(Role.MODERATOR)
def show(batch_id: int) -> str:
    """Show what was decided together, what was left out and why, and the undo."""
    return _batch_page(batch_id)


@blueprint.post("/<int:batch_id>/undo")
@staff(Role.MODERATOR)
def undo(batch_id: int) -> Any:
    """Take every decision of a batch back."""
    who = acting_moderator()
    if known.batch(batch_id, who.scope) is None:
        raise NotFound("")
    last = 0
    try:
        while True:
            with transaction():
                last, _number = batches.undo_part(
                    batch_id=batch_id,
                    moderator=who,
                    scope=who.scope,
                    window=who.undo_window,
                    now=who.now,
                    after=last,
                )
            if not last:
                break
    except Conflict as problem:
        return _batch_page(batch_id, str(problem.message)), problem.status
    return redirect(url_for("batches.show", batch_id=batch_id, undone=1), 303)


@blueprint.get("/<int:batch_id>/undo")
@staff(Role.MODERATOR)
def undo_again(batch_id: int) -> Response:
    """Lead to the batch: who signed in again in the middle of an undo comes back here."""
    return redirect(url_for("batches.show", batch_id=batch_id), 303)


def _asked(who: Moderator) -> list[Chosen]:
    """Return the items whose boxes were ticked, or all of a lane."""
    if request.form.get("all"):
        lane = known_lane(request.form.get("lane"))
        return known.chosen_lane(lane or None, who.scope, moderator_id=who.id)
    ids = [number(typed) for typed in request.form.getlist("item")]
    return known.chosen([one for one in ids if one], who.scope, moderator_id=who.id)


def _as_seen(who: Moderator) -> list[Chosen]:
    """Return the chosen items with the versions that the page showed; what has changed since then
    keeps its old version, so that its decision is refused."""
    seen: dict[int, int] = {}
    for pair in request.form.getlist("seen")[:AT_MOST]:
        item_id, _dot, version = pair.partition(".")
        if (known_item := number(item_id)) is not None:
            seen[known_item] = number(version) or 0
    there = {one.id: one for one in known.chosen(seen, who.scope, moderator_id=who.id)}
    return [
        Chosen(
            one.id,
            seen[one.id],
            one.dialogue_id,
            one.contribution_id,
            one.kind,
            one.title,
            one.approving,
            one.rejecting,
        )
        if (one := there.get(item_id))
        else Chosen(item_id, version, 0, 0, "", "", None, None)
        for item_id, version in seen.items()
    ]


def _choice_page(who: Moderator, problem: FieldErrors | None = None) -> str:
    items = (
        known.chosen(
            [one for pair in request.form.getlist("seen") if (one := number(pair.split(".")[0]))],
            who.scope,
            moderator_id=who.id,
        )
        if problem
        else _asked(who)
    )
    return render_template(
        "moderation/choice.html",
        items=items,
        approved=[one for one in items if one.approving is None],
        rejected=[one for one in items if one.rejecting is None],
        left_out=[
            (one, wording.LEFT_OUT[one.approving]) for one in items if one.approving is not None
        ],
        reasons=known.shared_reasons({one.dialogue_id for one in items}, who.language),
        errors=problem.errors if problem else {},
        lane=known_lane(request.form.get("lane")),
        at_most=AT_MOST,
        undo_minutes=current_app.config["UNDO_MINUTES"],
        form_key=forms.new_form_key(),
    )


def _batch_page(batch_id: int, problem: str = "") -> str:
    who = acting_moderator()
    found = known.batch(batch_id, who.scope)
    if found is None:
        raise NotFound("")
    titles = known.titles_of([item_id for item_id, _why in found.left_out], who.scope)
    return render_template(
        "moderation/batch.html",
        batch=found,
        rows=known.decisions_of(batch_id),
        left_out=[
            (item_id, titles.get(item_id, ""), wording.LEFT_OUT[why])
            for item_id, why in found.left_out
        ],
        outcome_done=wording.outcome_done,
        may_undo=found.undone < found.decided and who.now <= found.at + who.undo_window,
        is_undone="undone" in request.args,
        problem=problem,
    )
