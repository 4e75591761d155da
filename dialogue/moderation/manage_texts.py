"""Deciding in place: one page for an idea or comment with everything that may be done with it, the
undo of each, and the way to the original of hidden words."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, current_app, make_response, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from dialogue.accounts.access import staff
from dialogue.accounts.models import Role
from dialogue.accounts.queries import dialogue_ids_with_role
from dialogue.kernel import audit, text
from dialogue.kernel.audit import Act
from dialogue.kernel.db import db, transaction
from dialogue.kernel.errors import Conflict, DomainError, FieldErrors, NotFound
from dialogue.kernel.routing import number
from dialogue.moderation import schemas, wording
from dialogue.moderation.acting import acting_moderator
from dialogue.moderation.commands import decisions
from dialogue.moderation.commands.deeds import Wish
from dialogue.moderation.desk import Moderator
from dialogue.moderation.models import Outcome, QueueItem
from dialogue.moderation.policies import in_scope, may_decide
from dialogue.moderation.queries import items, safety, texts
from dialogue.moderation.queries.texts import Text
from dialogue.participation.commands import redacting
from dialogue.participation.lifecycle import STATE_NAMES, State, Verb
from dialogue.participation.models import SealedText

blueprint = Blueprint("texts", __name__, url_prefix="/mod/contributions")


@blueprint.get("/<int:contribution_id>")
@staff(Role.MODERATOR)
def show(contribution_id: int) -> str:
    """Show what may be done with something that the public reads, or has read."""
    moderator = acting_moderator()
    return _page(moderator, found(moderator, contribution_id, waiting=False))


@blueprint.post("/<int:contribution_id>/decisions")
@staff(Role.MODERATOR)
def decide(contribution_id: int) -> Any:
    """Carry out one of the acts on the page."""
    moderator = acting_moderator()
    text_now = found(moderator, contribution_id, waiting=False)
    topic = request.form.get("topic", "")
    try:
        sent = schemas.read_decision(request.form)
        with transaction():
            made = decisions.decide_in_place(
                contribution_id=contribution_id,
                version=sent.version,
                outcome=sent.outcome,
                reason_code=sent.reason,
                note=sent.note,
                moderator=moderator,
                scope=moderator.scope,
                now=moderator.now,
                wish=Wish(topic_id=number(topic) if topic else None),
            ).id
    except decisions.AlreadyDecided as problem:
        if _is_mine(problem.decision, moderator, sent.outcome):  # a second click
            return redirect(_done(contribution_id, problem.decision.id), 303)
        return _refused(moderator, text_now, problem)
    except (FieldErrors, Conflict) as problem:
        return _refused(moderator, text_now, problem)
    return redirect(_done(contribution_id, made), 303)


@blueprint.get("/<int:contribution_id>/decisions")
@staff(Role.MODERATOR)
def decide_again(contribution_id: int) -> Response:
    """Lead to the page: who signed in again in the middle of a decision comes back here."""
    found(acting_moderator(), contribution_id, waiting=False)
    return redirect(url_for("texts.show", contribution_id=contribution_id), 303)


@blueprint.post("/<int:contribution_id>/undo/<int:decision_id>")
@staff(Role.MODERATOR)
def undo(contribution_id: int, decision_id: int) -> Any:
    """Take a decision back and stay on the page."""
    moderator = acting_moderator()
    text_now = found(moderator, contribution_id, waiting=False)
    try:
        with transaction():
            decisions.undo(
                decision_id=decision_id,
                moderator=moderator,
                scope=moderator.scope,
                window=moderator.undo_window,
                now=moderator.now,
            )
    except Conflict as problem:
        return _refused(moderator, text_now, problem)
    return redirect(url_for("texts.show", contribution_id=contribution_id, undone=decision_id), 303)


@blueprint.get("/<int:contribution_id>/undo/<int:decision_id>")
@staff(Role.MODERATOR)
def undo_again(contribution_id: int, decision_id: int) -> Response:
    """Lead to the page: who signed in again in the middle of an undo comes back here."""
    return decide_again(contribution_id)


@blueprint.get("/<int:contribution_id>/original")
@staff(Role.MODERATOR, Role.OFFICER)
def original(contribution_id: int) -> str:
    """Ask before the original of hidden words is shown: a look is recorded."""
    sealed = _sealed(contribution_id)
    return render_template(
        "moderation/original.html", contribution_id=contribution_id, sealed=sealed, shown=None
    )


@blueprint.post("/<int:contribution_id>/original")
@staff(Role.MODERATOR, Role.OFFICER)
def original_post(contribution_id: int) -> Response:
    """Show the original of hidden words, once, and record that it was looked at."""
    sealed = _sealed(contribution_id)
    with transaction():
        audit.record(
            current_user.id,
            Act.SEALED_TEXT_READ,
            f"contribution:{contribution_id}",
            {"sealed": max(row.id for row in sealed)},
            now=acting_moderator().now,
        )
    page = make_response(
        render_template(
            "moderation/original.html",
            contribution_id=contribution_id,
            sealed=sealed,
            shown=[wording for row in sealed for wording in redacting.originals(row)],
        )
    )
    page.headers["Cache-Control"] = "no-store"
    return page


def found(moderator: Moderator, contribution_id: int, *, waiting: bool = True) -> Text:
    """Return what the page is about; raises NotFound outside the moderator's dialogues."""
    if contribution_id > 2**31 - 1:
        raise NotFound("")
    known = texts.text_of(contribution_id, moderator.scope, waiting=waiting)
    if known is None:
        raise NotFound("")
    return known


def contribution_of(moderator: Moderator, item_id: int) -> int:
    """Return the contribution that an item of the queue is about; raises NotFound."""
    item = db.session.get(QueueItem, item_id) if item_id <= 2**31 - 1 else None
    if item is None or not in_scope(moderator.scope, item.dialogue_id):
        raise NotFound("")
    return item.contribution_id


def heading(about: Text) -> str:
    """Return how a page calls what it is about."""
    if about.is_idea:
        return about.revision.title or about.contribution.title
    return text.excerpt(about.revision.plain, 90)


def _sealed(contribution_id: int) -> list[SealedText]:
    """Return the originals; raises NotFound for everybody but administrators and the dialogue's
    safety lead, and where there are none."""
    about = texts.text_of(contribution_id, None, waiting=False) if contribution_id < 2**31 else None
    if about is None or not _may_look(about, acting_moderator().now):
        raise NotFound("")
    rows = list(texts.sealed_of(contribution_id))
    if not rows:
        raise NotFound("")
    return rows


def _may_look(about: Text, now: datetime) -> bool:
    """Tell whether the person may read what was hidden: administrators of the site, and who leads
    the safety of the dialogue."""
    if dialogue_ids_with_role(current_user, (), now) is None:
        return True
    lead = safety.lead_of(about.dialogue, now)
    return lead is not None and lead.id == current_user.id


def _page(moderator: Moderator, about: Text, problem: DomainError | None = None) -> str:
    made = request.args.get("done", "")
    history = texts.history_of(
        about.contribution.id, undo_from=moderator.undo_from, language=moderator.language
    )
    done = next((one for one in history if str(one.id) == made and not one.is_undone), None)
    undone = "undone" in request.args
    return render_template(
        "moderation/text.html",
        about=about,
        heading=heading(about),
        state=STATE_NAMES[State(about.contribution.state)],
        history=history,
        done=done,
        is_undone=undone,
        problem=problem.message if problem and not isinstance(problem, FieldErrors) else "",
        errors=problem.errors if isinstance(problem, FieldErrors) else {},
        typed=request.form,
        is_own=not may_decide(moderator.id, about.author_user_id),
        reasons=items.reasons(about.dialogue.id, moderator.language),
        topics=[(str(topic.id), topic.name()) for topic in about.dialogue.topics],
        sealed=texts.sealed_of(about.contribution.id) if _may_look(about, moderator.now) else (),
        words=text.stored(about.revision.html),
        Verb=Verb,
        undo_minutes=current_app.config["UNDO_MINUTES"],
        note_limit=decisions.NOTE_LIMIT,
        outcome_done=wording.outcome_done,
    )


def _refused(moderator: Moderator, about: Text, problem: DomainError) -> tuple[str, int]:
    return _page(moderator, found(moderator, about.contribution.id, waiting=False), problem), (
        problem.status
    )


def _is_mine(decision: Any, moderator: Moderator, outcome: Outcome) -> bool:
    return decision.decided_by_id == moderator.id and decision.outcome == outcome


def _done(contribution_id: int, decision_id: int) -> str:
    return url_for("texts.show", contribution_id=contribution_id, done=decision_id)
