"""Merging ideas side by side, and splitting one that says several things."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from dialogue.accounts.access import staff
from dialogue.accounts.models import Role
from dialogue.kernel import text
from dialogue.kernel.db import transaction
from dialogue.kernel.errors import Conflict, DomainError, FieldErrors, NotFound
from dialogue.kernel.routing import number
from dialogue.moderation.acting import acting_moderator
from dialogue.moderation.commands import decisions
from dialogue.moderation.commands.deeds import Wish
from dialogue.moderation.desk import Moderator
from dialogue.moderation.manage_texts import contribution_of, found, heading
from dialogue.moderation.models import Outcome
from dialogue.moderation.policies import may_decide
from dialogue.moderation.queries import texts
from dialogue.moderation.queries.texts import Text
from dialogue.participation.commands import splitting
from dialogue.participation.commands.splitting import Part
from dialogue.participation.queries import families
from dialogue.participation.queries.similar import similar_ideas

blueprint = Blueprint("lineage", __name__, url_prefix="/mod")


@blueprint.get("/contributions/<int:contribution_id>/merge")
@staff(Role.MODERATOR)
def merge(contribution_id: int) -> Any:
    """Find the idea that stays; with one chosen, show both side by side."""
    moderator = acting_moderator()
    return _merge_page(moderator, _idea(moderator, contribution_id))


@blueprint.post("/contributions/<int:contribution_id>/merge")
@staff(Role.MODERATOR)
def merge_post(contribution_id: int) -> Any:
    """Merge the idea into the chosen one."""
    moderator = acting_moderator()
    about = _idea(moderator, contribution_id)
    into = number(request.form.get("into", ""))
    return _decided(moderator, about, Outcome.MERGED, Wish(into_id=into), _merge_page)


@blueprint.get("/contributions/<int:contribution_id>/split")
@staff(Role.MODERATOR)
def split(contribution_id: int) -> Any:
    """Show the idea beside the forms of its parts."""
    moderator = acting_moderator()
    return _split_page(moderator, _idea(moderator, contribution_id, waiting=False))


@blueprint.post("/contributions/<int:contribution_id>/split")
@staff(Role.MODERATOR)
def split_post(contribution_id: int) -> Any:
    """Make ideas of the parts."""
    moderator = acting_moderator()
    about = _idea(moderator, contribution_id, waiting=False)
    wish = Wish(parts=tuple(part for part in _parts() if part.title or part.body))
    return _decided(moderator, about, Outcome.SPLIT, wish, _split_page)


@blueprint.get("/items/<int:item_id>/merge")
@staff(Role.MODERATOR)
def merge_item(item_id: int) -> Response:
    """Lead to the page of what an item of the queue is about."""
    contribution_id = contribution_of(acting_moderator(), item_id)
    return redirect(url_for("lineage.merge", contribution_id=contribution_id, item=item_id), 303)


@blueprint.get("/items/<int:item_id>/split")
@staff(Role.MODERATOR)
def split_item(item_id: int) -> Response:
    """The same for splitting."""
    contribution_id = contribution_of(acting_moderator(), item_id)
    return redirect(url_for("lineage.split", contribution_id=contribution_id), 303)


def _idea(moderator: Moderator, contribution_id: int, *, waiting: bool = True) -> Text:
    about = found(moderator, contribution_id, waiting=waiting)
    if not about.is_idea:
        raise NotFound("")
    return about


def _decided(moderator: Moderator, about: Text, outcome: Outcome, wish: Wish, page: Any) -> Any:
    given: dict[str, Any] = {
        "version": number(request.form.get("version", "")) or 0,
        "outcome": outcome,
        "reason_code": "",
        "note": request.form.get("note", ""),
        "moderator": moderator,
        "scope": moderator.scope,
        "now": moderator.now,
        "wish": wish,
    }
    idea_id, waited = about.contribution.id, about.waits  # before the decision changes that
    try:
        with transaction():
            if waited and about.item_id is not None:
                made = decisions.decide(item_id=about.item_id, **given)
            else:
                made = decisions.decide_in_place(contribution_id=idea_id, **given)
            decision_id = made.id
    except decisions.AlreadyDecided as problem:
        mine = problem.decision.decided_by_id == moderator.id
        if not mine or problem.decision.outcome != outcome:
            return page(moderator, found(moderator, idea_id), problem), problem.status
        decision_id = problem.decision.id  # a second click of the same button
    except (FieldErrors, Conflict, NotFound) as problem:
        fresh = found(moderator, idea_id)
        status = 422 if isinstance(problem, NotFound) else problem.status
        return page(moderator, fresh, problem), status
    if waited:
        return redirect(url_for("moderation.queue", done=decision_id), 303)
    return redirect(url_for("texts.show", contribution_id=idea_id, done=decision_id), 303)


def _merge_page(moderator: Moderator, about: Text, problem: DomainError | None = None) -> str:
    asked = request.args.get("q", "")[:200]
    into = number(request.values.get("into", ""))
    other = texts.text_of(into, moderator.scope, waiting=False) if into else None
    if other is not None and (
        not other.is_idea or other.dialogue.id != about.dialogue.id or into == about.contribution.id
    ):
        other = None
    if asked:
        candidates = texts.ideas_like(about.dialogue.id, asked, but=about.contribution.id)
    else:
        near = similar_ideas(
            about.dialogue.id,
            about.dialogue.ideas_published,
            f"{about.revision.title} {about.revision.plain}"[:300],
        )
        candidates = [(one.id, one.title) for one in near if one.id != about.contribution.id]
    return render_template(
        "moderation/merge.html",
        about=about,
        heading=heading(about),
        words=text.stored(about.revision.html),
        other=other,
        other_words=text.stored(other.revision.html) if other else "",
        union=families.union(about.contribution.id, other.contribution.id) if other else None,
        asked=asked,
        candidates=candidates,
        **_said(moderator, about, problem),
    )


def _split_page(moderator: Moderator, about: Text, problem: DomainError | None = None) -> str:
    parts = _parts() if request.method == "POST" else _suggested(about)
    return render_template(
        "moderation/split.html",
        about=about,
        heading=heading(about),
        words=text.stored(about.revision.html),
        parts=parts + [Part("")] * (splitting.MOST - len(parts)),
        topics=[(str(topic.id), topic.name()) for topic in about.dialogue.topics],
        title_limit=splitting.LONGEST_TITLE,
        **_said(moderator, about, problem),
    )


def _said(moderator: Moderator, about: Text, problem: DomainError | None) -> dict[str, Any]:
    return {
        "problem": problem.message if problem and not isinstance(problem, FieldErrors) else "",
        "errors": problem.errors if isinstance(problem, FieldErrors) else {},
        "note": request.form.get("note", ""),
        "note_limit": decisions.NOTE_LIMIT,
        "is_own": not may_decide(moderator.id, about.author_user_id),
    }


def _parts() -> list[Part]:
    """Return the parts as they were sent, empty ones in their places."""
    return [
        Part(
            request.form.get(f"part-{place}-title", "").strip(),
            request.form.get(f"part-{place}-body", "").strip(),
            number(request.form.get(f"part-{place}-topic", "")),
        )
        for place in range(1, splitting.MOST + 1)
    ]


def _suggested(about: Text) -> list[Part]:
    """Return the title as the first part and each paragraph as a further one, to begin with."""
    first = Part(about.revision.title[: splitting.LONGEST_TITLE])
    rest = [block.strip() for block in about.revision.plain.split("\n") if block.strip()]
    parts = [first]
    for block in rest[: splitting.MOST - 1]:
        sentence, _end, further = block.partition(". ")
        if len(sentence) <= splitting.LONGEST_TITLE:
            parts.append(Part(sentence.rstrip("."), further.strip()))
    return parts
