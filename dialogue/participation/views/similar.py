""" "Has someone said this already?": ideas like the one that is being written.

A script shows them while somebody types; without one they stand on the preview. Agreeing with one,
or taking one's words there as a comment, goes through the form that is being filled in, so that
nothing typed is lost.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, render_template, request
from flask_login import current_user
from werkzeug.wrappers import Response

from dialogue.accounts.access import public
from dialogue.dialogues import schedule
from dialogue.dialogues.models import Dialogue
from dialogue.kernel.db import transaction
from dialogue.participation import addresses, policies
from dialogue.participation.commands import voting
from dialogue.participation.models import Choice, Kind
from dialogue.participation.queries import ideas, similar
from dialogue.participation.views import drafting

blueprint = Blueprint("similar", __name__, url_prefix="/d/<slug>/ideas")

_STEP = re.compile(r"(agree|comment)-([0-9]{1,9})")


@dataclass(frozen=True)
class Row:
    """A similar idea as the block shows it; `votes` is None where results are not to be seen."""

    id: int
    url: str
    title: str
    lang: str
    votes: int | None
    my_choice: str | None
    may_vote: bool
    may_comment: bool


@blueprint.get("/similar")
@public
def show(slug: str) -> Any:
    """Answer with at most three ideas that say what `q` says: a fragment for the script, else a
    page."""
    dialogue, now = drafting.open_dialogue(slug)
    q = request.args.get("q", "").strip()
    rows = rows_for(dialogue, q, now)
    if request.headers.get("X-Fragment") == "similar":
        return render_template("participation/similar_fragment.html", similar=rows)
    return render_template(
        "participation/similar.html",
        dialogue={
            "url": addresses.dialogue_url(slug),
            "name": dialogue.text(dialogue.language).short_name,
        },
        similar=rows,
        q=q,
        may_post=policies.may_write(dialogue, Kind.IDEA, now),
    )


def rows_for(dialogue: Dialogue, words: str, now: datetime) -> list[Row]:
    """Return the ideas that say what `words` say, as this person may see them."""
    found = similar.similar_ideas(dialogue.id, dialogue.ideas_published, words)
    if not found:
        return []
    me = ideas.participant_of(
        dialogue.id, current_user.id if current_user.is_authenticated else None
    )
    choices = ideas.choices_of(me.id if me else None, [idea.id for idea in found])
    may_vote = policies.may_vote(dialogue, now)
    may_comment = policies.may_write(dialogue, Kind.COMMENT, now)
    return [
        Row(
            id=idea.id,
            url=addresses.idea_url(dialogue.slug, idea.id, idea.slug),
            title=idea.title,
            lang=idea.language,
            votes=idea.agree + idea.disagree + idea.passed
            if schedule.sees_results(dialogue, choices.get(idea.id), now)
            else None,
            my_choice=choices.get(idea.id),
            may_vote=may_vote,
            may_comment=may_comment,
        )
        for idea in found
    ]


def agree(
    dialogue: Dialogue, idea_id: int, typed: dict[str, str], now: datetime
) -> Response | None:
    """Count the person's Agree with an idea; signed out, keep it with the words of the form and
    return the way to the sign-in. Raises NotFound, Conflict."""
    if current_user.is_authenticated:
        with transaction():
            voting.cast_vote(
                dialogue=dialogue,
                idea_id=idea_id,
                user=current_user.user,
                choice=Choice.AGREE,
                now=now,
            )
        return None
    idea = ideas.public_idea(dialogue.id, idea_id)
    voting.must_take(dialogue, Choice.AGREE, now)
    return drafting.keep_and_ask_to_sign_in(
        "vote",
        {
            "slug": dialogue.slug,
            "idea_id": idea.id,
            "choice": Choice.AGREE,
            "title": idea.title,
            "typed": typed,
        },
    )


def step_for(step: str) -> tuple[str, int] | None:
    """Return what a button of the block means: ("agree" or "comment", the idea's number)."""
    match = _STEP.fullmatch(step)
    return (match[1], int(match[2])) if match else None
