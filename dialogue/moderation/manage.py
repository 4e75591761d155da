"""The moderators' pages: the queue, one item, a decision, its undo."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from dialogue.accounts.access import staff
from dialogue.accounts.models import Role
from dialogue.kernel.db import transaction
from dialogue.kernel.errors import Conflict, DomainError, FieldErrors, NotFound
from dialogue.kernel.routing import number
from dialogue.moderation import schemas, wording
from dialogue.moderation.acting import acting_moderator
from dialogue.moderation.commands import decisions
from dialogue.moderation.commands import queue as queueing
from dialogue.moderation.desk import (
    DECIDED,
    Desk,
    Moderator,
    Place,
    known_lane,
    open_desk,
    open_item,
)
from dialogue.moderation.models import ModerationDecision, Outcome
from dialogue.moderation.queries import waiting

blueprint = Blueprint("moderation", __name__, url_prefix="/mod")


@blueprint.get("")
@staff(Role.MODERATOR)
def home() -> Response:
    """Lead to the queue."""
    return redirect(url_for("moderation.queue"), 303)


@blueprint.get("/queue")
@staff(Role.MODERATOR)
def queue() -> str:
    """Show the queue with one open item."""
    place = Place(
        lane=known_lane(request.args.get("lane")),
        item_id=_known_id(request.args.get("item")),
        after=request.args.get("after", ""),
    )
    return _queue_page(open_desk(acting_moderator(), place))


@blueprint.get("/items/<int:item_id>")
@staff(Role.MODERATOR)
def item(item_id: int) -> str:
    """Show one item as a page of its own, waiting or decided."""
    return _item_page(item_id)


@blueprint.post("/items/<int:item_id>/decisions")
@staff(Role.MODERATOR)
def decide(item_id: int) -> Any:
    """Decide about an item, then open the next one."""
    who, lane = acting_moderator(), known_lane(request.form.get("lane"))
    try:
        sent = schemas.read_decision(request.form)
        with transaction():
            decision = decisions.decide(
                item_id=item_id,
                version=sent.version,
                outcome=sent.outcome,
                reason_code=sent.reason,
                note=sent.note,
                moderator=who,
                scope=who.scope,
                now=who.now,
            )
            following = queueing.claim_next(
                after=waiting.place_of_item(item_id),
                lane=lane or None,
                moderator=who,
                scope=who.scope,
                now=who.now,
                claim_for=_claim_for(),
            )
    except decisions.AlreadyDecided as problem:
        if _is_the_same(problem.decision, who, sent):  # a second click of the same button
            return redirect(
                url_for("moderation.queue", **_given(lane=lane, done=problem.decision.id)), 303
            )
        return _refused(problem, Place(lane))
    except FieldErrors as problem:
        return _refused(problem, Place(lane, item_id))
    except Conflict as problem:
        return _refused(problem, Place(lane, item_id))
    target = _given(lane=lane, item=following, done=decision.id)
    return redirect(url_for("moderation.queue", **target), 303)


@blueprint.get("/items/<int:item_id>/decisions")
@staff(Role.MODERATOR)
def decide_again(item_id: int) -> Response:
    """Lead to the item: who signed in again in the middle of a decision comes back here."""
    return redirect(url_for("moderation.item", item_id=item_id), 303)


@blueprint.post("/decisions/<int:decision_id>/undo")
@staff(Role.MODERATOR)
def undo(decision_id: int) -> Any:
    """Take a decision back and open its item again."""
    who, lane = acting_moderator(), known_lane(request.form.get("lane"))
    try:
        with transaction():
            undone = decisions.undo(
                decision_id=decision_id,
                moderator=who,
                scope=who.scope,
                window=who.undo_window,
                now=who.now,
            )
            item_id = undone.item_id
    except Conflict as problem:
        return _refused(problem, Place(lane))
    return redirect(url_for("moderation.queue", item=item_id, undone=decision_id), 303)


@blueprint.get("/decisions/<int:decision_id>/undo")
@staff(Role.MODERATOR)
def undo_again(decision_id: int) -> Response:
    """Lead to the decided items: who signed in again in the middle of an undo comes back here."""
    return redirect(url_for("moderation.queue", lane=DECIDED), 303)


@blueprint.post("/items/<int:item_id>/claim")
@staff(Role.MODERATOR)
def claim(item_id: int) -> tuple[str, int]:
    """Tell the others that this moderator reads the item; the script sends it on opening."""
    who = acting_moderator()
    with transaction():
        queueing.claim(
            item_id=item_id, moderator=who, scope=who.scope, now=who.now, claim_for=_claim_for()
        )
    return "", 204


def _claim_for() -> timedelta:
    return timedelta(minutes=current_app.config["CLAIM_MINUTES"])


def _is_the_same(decision: ModerationDecision, who: Moderator, sent: schemas.DecisionInput) -> bool:
    return (
        decision.decided_by_id == who.id
        and decision.outcome == sent.outcome
        and (decision.reason_code == sent.reason or sent.outcome == Outcome.APPROVED)
    )


def _queue_page(desk: Desk, problem: DomainError | None = None) -> str:
    return render_template(
        "moderation/queue.html",
        desk=desk,
        opened=desk.opened,
        problem=problem.message if problem and not isinstance(problem, FieldErrors) else "",
        has_moved="done" in request.args or "undone" in request.args,
        is_undone="undone" in request.args,
        lane=desk.place.lane,
        skip_url=desk.skip_url,
        **_for_items(problem),
    )


def _item_page(item_id: int) -> str:
    return render_template(
        "moderation/item.html",
        opened=open_item(acting_moderator(), item_id),
        has_moved=False,
        lane="",
        skip_url=url_for("moderation.queue"),
        **_for_items(None),
    )


def _for_items(problem: DomainError | None) -> dict[str, Any]:
    return {
        "errors": problem.errors if isinstance(problem, FieldErrors) else {},
        "note": request.form.get("note", ""),
        "undo_minutes": current_app.config["UNDO_MINUTES"],
        "note_limit": decisions.NOTE_LIMIT,
        "outcome_done": wording.outcome_done,
        "reported": wording.reported,
        "flag_reason": wording.flag_reason,
    }


def _refused(problem: DomainError, place: Place) -> tuple[str, int]:
    """Show the queue again with what went wrong; what was typed is kept."""
    return _queue_page(open_desk(acting_moderator(), place), problem), problem.status


def _known_id(asked: str | None) -> int | None:
    """Return the item that an address asks for; None for none. Raises NotFound for no number."""
    if not asked:
        return None
    found = number(asked)
    if found is None:
        raise NotFound("")
    return found


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}
