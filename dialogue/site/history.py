"""What changed: the public wordings of an idea or a comment, with the differences by words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import Blueprint, g, redirect, render_template, request
from flask_login import current_user

from dialogue.accounts.access import public
from dialogue.analysis.differences import Change, differences
from dialogue.dialogues.models import Dialogue
from dialogue.dialogues.queries import dialogue_for
from dialogue.kernel import clock
from dialogue.kernel.db import db
from dialogue.kernel.errors import NotFound
from dialogue.kernel.routing import number
from dialogue.participation import addresses
from dialogue.participation.models import Contribution, Kind
from dialogue.participation.queries import history, ideas
from dialogue.participation.queries.history import PAGE, Wording
from dialogue.participation.queries.visibility import may_be_read
from dialogue.site.view_models import dialogue_view

blueprint = Blueprint("history", __name__, url_prefix="/d/<slug>")

_REFERENCE = re.compile(r"([0-9]{1,9})(?:-.*)?")


@blueprint.get("/ideas/<reference>/history")
@public
def idea(slug: str, reference: str) -> Any:
    """Show how an idea changed; an old or shortened address leads to the right one."""
    dialogue, now = _dialogue(slug)
    match = _REFERENCE.fullmatch(reference)
    found = _readable_idea(dialogue, int(match[1])) if match else None
    if found is None:
        raise NotFound("")
    url = addresses.idea_url(slug, found.id, found.slug)
    if request.path != f"{url}/history":
        return redirect(f"{url}/history", 301)
    return _page(dialogue, found, found, url, now)


@blueprint.get("/comments/<int:comment_id>/history")
@public
def comment(slug: str, comment_id: int) -> Any:
    """Show how a comment changed."""
    dialogue, now = _dialogue(slug)
    found = db.session.get(Contribution, comment_id)
    if (
        found is None
        or found.kind != Kind.COMMENT
        or found.dialogue_id != dialogue.id
        or not may_be_read(found)
    ):
        raise NotFound("")
    on = _readable_idea(dialogue, found.idea_id or 0)
    if on is None:
        raise NotFound("")
    return _page(dialogue, found, on, addresses.comment_url(comment_id), now)


def _dialogue(slug: str) -> tuple[Dialogue, datetime]:
    now = clock.now()
    dialogue = dialogue_for(slug, current_user, now)
    g.zone = dialogue.time_zone
    return dialogue, now


def _readable_idea(dialogue: Dialogue, idea_id: int) -> Contribution | None:
    found = ideas.idea_by_id(dialogue.id, idea_id)
    return found if found is not None and may_be_read(found) else None


def _page(
    dialogue: Dialogue, found: Contribution, idea: Contribution, url: str, now: datetime
) -> str:
    before = number(request.args.get("before", ""))
    wordings = history.public_wordings(found.id, before=before)
    more = len(wordings) > PAGE
    return render_template(
        "site/history.html",
        dialogue=dialogue_view(dialogue, now),
        idea={"title": idea.title, "url": addresses.idea_url(dialogue.slug, idea.id, idea.slug)},
        is_comment=found.kind == Kind.COMMENT,
        url=url,
        wordings=_shown(wordings, is_newest=before is None),
        newer_url=request.path if before is not None else None,
        older_url=f"{request.path}?before={wordings[PAGE - 1].number}" if more else None,
    )


def _shown(wordings: Sequence[Wording], *, is_newest: bool) -> list[dict[str, Any]]:
    """Each wording against the one before it; one that reads the same is left out (words that were
    hidden in one are hidden in all)."""
    shown: list[dict[str, Any]] = []
    for place, wording in enumerate(wordings[:PAGE]):
        earlier = wordings[place + 1] if place + 1 < len(wordings) else None
        if earlier is not None and (earlier.title, earlier.source) == (
            wording.title,
            wording.source,
        ):
            continue
        title = differences(earlier.title if earlier else wording.title, wording.title)
        body = differences(earlier.source if earlier else wording.source, wording.source)
        shown.append(
            {
                "at": wording.published_at,
                "is_public": is_newest and not shown,
                "is_first": earlier is None,
                "lang": wording.language,
                "title": title,
                "body": body,
                "added": _count([*title, *body], Change.ADDED),
                "removed": _count([*title, *body], Change.REMOVED),
            }
        )
    return shown


def _count(pieces: Sequence[Any], change: Change) -> int:
    return sum(len(piece.text.split()) for piece in pieces if piece.change is change)
