"""The address of one comment, which leads to its place, wherever that is by now."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, redirect
from flask_login import current_user

from dialogue.accounts.access import public
from dialogue.dialogues.queries import dialogue_by_id, dialogue_for
from dialogue.kernel import clock
from dialogue.kernel.errors import NotFound
from dialogue.participation import addresses
from dialogue.participation.lifecycle import State
from dialogue.participation.models import Contribution
from dialogue.participation.queries import conversation, ideas
from dialogue.participation.queries.visibility import may_be_read

blueprint = Blueprint("permalinks", __name__)


@blueprint.get("/c/<int:comment_id>")
@public
def comment(comment_id: int) -> Any:
    """Lead to the page of a comment, at its anchor."""
    found = conversation.place_of(comment_id)
    if found is None:
        raise NotFound("")
    dialogue = dialogue_for(dialogue_by_id(found.dialogue_id).slug, current_user, clock.now())
    idea = ideas.idea_by_id(dialogue.id, found.idea_id)
    # What others said about an idea stays readable on its place when its author withdraws it.
    if idea is None or not (may_be_read(idea) or _was_withdrawn(idea)):
        raise NotFound("")
    url = addresses.idea_url(dialogue.slug, idea.id, idea.slug)
    return redirect(f"{url}?{urlencode(found.query)}#comment-{comment_id}", 303)


def _was_withdrawn(idea: Contribution) -> bool:
    return idea.state == State.WITHDRAWN and idea.published_revision_id is not None
