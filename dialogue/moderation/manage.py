"""The moderators' pages: the queue, one item, a decision, its undo."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask_babel import get_locale
from flask_login import current_user
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from dialogue.accounts.access import staff
from dialogue.accounts.models import Role
from dialogue.accounts.queries import dialogue_ids_with_role
from dialogue.kernel import clock
from dialogue.kernel.db import transaction
from dialogue.kernel.errors import Conflict, DomainError, FieldErrors
from dialogue.moderation import schemas, wording
from dialogue.moderation.commands import decisions
from dialogue.moderation.commands import queue as queueing
from dialogue.moderation.desk import DECIDED, LANES, Desk, Moderator, Place, open_desk, open_item
from dialogue.moderation.queries import waiting

blueprint = Blueprint("moderation", __name__, url_prefix="/mod")

_LARGEST_ID = 2**31 - 1


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
        lane=_lane(request.args.get("lane")),
        item_id=_id(request.args.get("item")),
        after=request.args.get("after", ""),
    )
    return _queue_page(open_desk(_moderator(), place))


@blueprint.get("/items/<int:item_id>")
@staff(Role.MODERATOR)
def item(item_id: int) -> str:
    """Show one item as a page of its own, waiting or decided."""
    return _item_page(_known(item_id))


@blueprint.post("/items/<int:item_id>/decisions")
@staff(Role.MODERATOR)
def decide(item_id: int) -> Any:
    """Approve or reject, then open the next item."""
    _known(item_id)
    moderator = _moderator()
    lane = _lane(request.form.get("lane"))
    try:
        sent = schemas.read_decision(request.form)
        with transaction():
            decision = decisions.decide(
                item_id=item_id,
                version=sent.version,
                outcome=sent.outcome,
                reason_code=sent.reason,
                note=sent.note,
                moderator=moderator,
                scope=moderator.scope,
                now=moderator.now,
            )
            following = queueing.claim_next(
                after=waiting.place_of_item(item_id),
                lane=lane or None,
                moderator=moderator,
                scope=moderator.scope,
                now=moderator.now,
                claim_for=_claim_for(),
            )
    except decisions.AlreadyDecided as problem:
        if _is_the_same(problem.decision, moderator, sent):  # a second click of the same button
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
    return redirect(url_for("moderation.item", item_id=_known(item_id)), 303)


@blueprint.post("/decisions/<int:decision_id>/undo")
@staff(Role.MODERATOR)
def undo(decision_id: int) -> Any:
    """Take a decision back and open its item again."""
    _known(decision_id)
    moderator = _moderator()
    lane = _lane(request.form.get("lane"))
    try:
        with transaction():
            undone = decisions.undo(
                decision_id=decision_id,
                moderator=moderator,
                scope=moderator.scope,
                window=moderator.undo_window,
                now=moderator.now,
            )
            item_id = undone.item_id
    except Conflict as problem:
        return _refused(problem, Place(lane))
    return redirect(url_for("moderation.queue", item=item_id, undone=decision_id), 303)


@blueprint.get("/decisions/<int:decision_id>/undo")
@staff(Role.MODERATOR)
def undo_again(decision_id: int) -> Response:
    """Lead to the decided items: who signed in again in the middle of an undo comes back here."""
    _known(decision_id)
    return redirect(url_for("moderation.queue", lane=DECIDED), 303)


@blueprint.post("/items/<int:item_id>/claim")
@staff(Role.MODERATOR)
def claim(item_id: int) -> tuple[str, int]:
    """Tell the others that this moderator reads the item; the script sends it on opening."""
    _known(item_id)
    moderator = _moderator()
    with transaction():
        _claim(moderator, item_id)
    return "", 204


def _moderator() -> Moderator:
    now = clock.now()
    return Moderator(
        id=current_user.id,
        scope=_scope(now),
        now=now,
        undo_window=timedelta(minutes=current_app.config["UNDO_MINUTES"]),
        language=str(get_locale()),
    )


def _scope(now: datetime) -> frozenset[int] | None:
    ids = dialogue_ids_with_role(current_user, (Role.MODERATOR,), now)
    return None if ids is None else frozenset(ids)


def _claim(moderator: Moderator, item_id: int) -> None:
    queueing.claim(
        item_id=item_id,
        moderator=moderator,
        scope=moderator.scope,
        now=moderator.now,
        claim_for=_claim_for(),
    )


def _claim_for() -> timedelta:
    return timedelta(minutes=current_app.config["CLAIM_MINUTES"])


def _is_the_same(decision: Any, moderator: Moderator, sent: schemas.DecisionInput) -> bool:
    return (
        decision.decided_by_id == moderator.id
        and decision.outcome == sent.outcome
        and (decision.reason_code == sent.reason or sent.outcome == "approved")
    )


def _queue_page(desk: Desk, problem: DomainError | None = None) -> str:
    return render_template(
        "moderation/queue.html",
        desk=desk,
        opened=desk.opened,
        problem=problem.message if problem and not isinstance(problem, FieldErrors) else "",
        errors=problem.errors if isinstance(problem, FieldErrors) else {},
        note=request.form.get("note", ""),
        has_moved="done" in request.args or "undone" in request.args,
        is_undone="undone" in request.args,
        lane=desk.place.lane,
        skip_url=desk.skip_url,
        undo_minutes=current_app.config["UNDO_MINUTES"],
        note_limit=decisions.NOTE_LIMIT,
        outcome_done=wording.outcome_done,
    )


def _item_page(item_id: int) -> str:
    moderator = _moderator()
    return render_template(
        "moderation/item.html",
        opened=open_item(moderator, item_id),
        errors={},
        note="",
        has_moved=False,
        lane="",
        skip_url=url_for("moderation.queue"),
        undo_minutes=current_app.config["UNDO_MINUTES"],
        note_limit=decisions.NOTE_LIMIT,
        outcome_done=wording.outcome_done,
    )


def _refused(problem: DomainError, place: Place) -> tuple[str, int]:
    """Show the queue again with what went wrong; what was typed is kept."""
    return _queue_page(open_desk(_moderator(), place), problem), problem.status


def _lane(asked: str | None) -> str:
    return asked if asked and asked in LANES else ""


def _id(asked: str | None) -> int | None:
    if not asked:
        return None
    if not (asked.isascii() and asked.isdigit() and len(asked) <= 10):
        raise NotFound
    return _known(int(asked))


def _known(number: int) -> int:
    """Return an id as it may stand in the database; raises NotFound for larger ones."""
    if number > _LARGEST_ID:
        raise NotFound
    return number


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}
