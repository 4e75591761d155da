"""Voting one idea at a time: a card, the dialogue's answers, and after every ten a rest."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, g, render_template, request
from flask_login import current_user

from dialogue.accounts.access import public
from dialogue.dialogues import schedule
from dialogue.dialogues.models import Dialogue
from dialogue.dialogues.queries import dialogue_for
from dialogue.kernel import clock, text
from dialogue.kernel.routing import number
from dialogue.participation import addresses, eligibility
from dialogue.participation.queries import one_by_one, votes
from dialogue.participation.queries.voters import voter
from dialogue.participation.tally import Tally
from dialogue.site.view_models import dialogue_view

blueprint = Blueprint("one_by_one", __name__, url_prefix="/d/<slug>/one-by-one")

REST = 10  # votes between two rests


@blueprint.get("")
@public
def show(slug: str) -> Any:
    """Show an idea that this person has not answered; a rest after ten, an end after the last."""
    now = clock.now()
    dialogue = dialogue_for(slug, current_user, now)
    g.zone = dialogue.time_zone
    who = voter(dialogue.id, current_user.id if current_user.is_authenticated else None, now)
    me = who.participant
    done = number(request.args.get("done", "")) or 0
    if me is not None and done and done % REST == 0 and "on" not in request.args:
        return _rest(dialogue, done, now)
    standing = eligibility.of_voter(dialogue, now, barred_until=who.barred_until)
    after = request.args.get("after", "")
    me_id = me.id if me else None
    card = None
    if standing.may:
        card = one_by_one.next_card(dialogue_id=dialogue.id, participant_id=me_id, after=after)
        if card is None and after:  # behind the last one the first ones come again
            card = one_by_one.next_card(dialogue_id=dialogue.id, participant_id=me_id)
    answered = one_by_one.answered(dialogue_id=dialogue.id, participant_id=me_id)
    names = {topic.id: topic.name() for topic in dialogue.topics}
    return render_template(
        "site/one_by_one.html",
        dialogue=dialogue_view(dialogue, now),
        standing=standing,
        idea=card
        and {
            "id": card.id,
            "url": addresses.idea_url(slug, card.id, card.slug),
            "title": card.title,
            "html": text.stored(card.fragment),
            "topic": names.get(card.topic_id or 0),
            "author": card.author,
            "lang": card.language,
            "comment_count": card.comments,
        },
        place=min(answered + 1, dialogue.ideas_published),
        total=dialogue.ideas_published,
        next_url=_address(slug, done=str(done + 1)) + "#card",
        another_url=_address(slug, after=card.cursor) + "#card"
        if card and dialogue.ideas_published > answered + 1
        else None,
    )


def _rest(dialogue: Dialogue, done: int, now: datetime) -> str:
    """Show the last ten answers, with where people stand as far as this person may see it."""
    latest = votes.votes_of(user_id=current_user.id, dialogue_id=dialogue.id, size=REST).rows
    return render_template(
        "site/one_by_one_rest.html",
        dialogue=dialogue_view(dialogue, now),
        done=done,
        votes=[
            {
                "title": vote.title,
                "lang": vote.language,
                "url": addresses.idea_url(dialogue.slug, vote.idea_id, vote.slug),
                "choice": vote.choice,
                "results": Tally(vote.agree, vote.disagree, vote.passed).shown()
                if schedule.sees_results(dialogue, vote.choice, now)
                else None,
            }
            for vote in latest
            if vote.listed
        ],
        on_url=_address(dialogue.slug, done=str(done), on="1"),
        stand_url=f"{addresses.dialogue_url(dialogue.slug)}?sort=agreed#ideas"
        if schedule.results_open(dialogue, now)
        else "#stand",
    )


def _address(slug: str, **query: str) -> str:
    return f"{addresses.dialogue_url(slug)}/one-by-one?{urlencode(query)}"
