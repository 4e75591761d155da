"""Voting: one form, one click; with and without JavaScript, signed in or about to be."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from dialogue.accounts.access import public
from dialogue.dialogues import schedule
from dialogue.dialogues.models import VoteKind
from dialogue.kernel import security
from dialogue.kernel.db import transaction
from dialogue.kernel.errors import Conflict, FieldErrors
from dialogue.participation import addresses, eligibility
from dialogue.participation.commands import voting
from dialogue.participation.commands.voting import VoteResult
from dialogue.participation.models import Choice
from dialogue.participation.queries import ideas
from dialogue.participation.views import drafting

blueprint = Blueprint("votes", __name__, url_prefix="/d/<slug>/ideas/<int:idea_id>/vote")

NO_CHOICE = "none"


@blueprint.get("")
@public
def show(slug: str, idea_id: int) -> Any:
    """Show the vote as a plain form: a GET changes nothing."""
    dialogue, now = drafting.open_dialogue(slug)
    idea = ideas.public_idea(dialogue.id, idea_id)
    standing = eligibility.of_voter(dialogue, now)
    if not standing.may:
        raise Conflict(str(eligibility.REFUSALS[standing.standing]))
    me = ideas.participant_of(
        dialogue.id, current_user.id if current_user.is_authenticated else None
    )
    mine = ideas.choices_of(me.id if me else None, [idea.id]).get(idea.id)
    url = addresses.idea_url(slug, idea.id, idea.slug)
    return render_template(
        "participation/vote_confirm.html",
        dialogue={
            "url": addresses.dialogue_url(slug),
            "name": dialogue.text(dialogue.language).short_name,
        },
        idea={"id": idea.id, "title": idea.title, "url": url},
        my_choice=mine,
        kind=dialogue.vote_kind,
        standing=standing,
        action_url=url_for("votes.cast", slug=slug, idea_id=idea.id),
        here=url,
    )


@blueprint.post("")
@public
def cast(slug: str, idea_id: int) -> Any:
    """Record, change or remove a vote; kept for after signing in where need be."""
    back = security.local_path(request.form.get("next"))
    if not current_user.is_authenticated:
        dialogue, now = drafting.open_dialogue(slug)
        choice = _typed_choice()
        idea = ideas.public_idea(dialogue.id, idea_id)
        voting.must_take(dialogue, choice, now)
        if choice is None:
            return redirect(back or addresses.idea_url(slug, idea.id, idea.slug), 303)
        return drafting.keep_and_ask_to_sign_in(
            "vote",
            {
                "slug": slug,
                "idea_id": idea.id,
                "choice": choice,
                "title": idea.title,
                "next": back,
            },
        )
    with transaction():  # the dialogue is read once, where it counts
        dialogue, now = drafting.open_dialogue(slug)
        choice = _typed_choice()
        result = voting.cast_vote(
            dialogue=dialogue, idea_id=idea_id, user=current_user.user, choice=choice, now=now
        )
    idea = ideas.public_idea(dialogue.id, idea_id)
    seen = schedule.sees_results(dialogue, result.choice, now)
    if request.headers.get("X-Fragment") == "vote":
        return render_template(
            "participation/vote_fragment.html",
            idea={"id": idea.id, "title": idea.title},
            my_choice=result.choice,
            kind=dialogue.vote_kind,
            results=result.tally.shown() if seen else None,
            action_url=url_for("votes.cast", slug=slug, idea_id=idea.id),
            here=back,
            may_vote=True,
            compact=bool(request.form.get("compact")),
        )
    flash(said(result, seen, VoteKind(dialogue.vote_kind)), "success")
    target = back or addresses.idea_url(slug, idea.id, idea.slug)
    # A page that names its own place goes on there; a list goes on at the idea.
    return redirect(target if "#" in target else f"{target}#idea-{idea.id}", 303)


def said(result: VoteResult, seen: bool, kind: VoteKind) -> str:
    """Return "You agreed. 82 percent agree, 146 votes."; where people can only agree, their
    number."""
    words = {
        Choice.AGREE: _("You agreed."),
        Choice.DISAGREE: _("You disagreed."),
        Choice.PASS: _("You passed."),
    }
    sentence = words[result.choice] if result.choice else _("Your vote is removed.")
    if not seen or not result.tally.total:
        return sentence
    if kind is VoteKind.AGREE:
        number = result.tally.agree
        return sentence + " " + ngettext("%(num)s person agrees.", "%(num)s people agree.", number)
    share = result.tally.percents[0]
    return (
        sentence
        + " "
        + _("%(share)s percent agree, votes: %(n)s.", share=share, n=result.tally.total)
    )


def _typed_choice() -> Choice | None:
    typed = request.form.get("choice", "")
    if typed not in {*Choice, NO_CHOICE}:
        raise FieldErrors({"choice": _("Choose Agree, Disagree or Pass.")})
    return None if typed == NO_CHOICE else Choice(typed)
