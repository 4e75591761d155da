"""My votes: every vote of a person with where it can be changed, and how its idea stands now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint, render_template, request
from flask_login import current_user

from dialogue.accounts.access import participant
from dialogue.dialogues import schedule
from dialogue.dialogues.models import Dialogue
from dialogue.dialogues.queries import dialogue_by_id, is_staff_of
from dialogue.kernel import clock
from dialogue.participation import addresses, policies
from dialogue.participation.queries import votes
from dialogue.participation.queries.votes import OwnVote
from dialogue.participation.tally import Tally

blueprint = Blueprint("my_votes", __name__)


@blueprint.get("/me/votes")
@participant
def show() -> Any:
    """Show one page of the person's votes, newest first."""
    now = clock.now()
    after = request.args.get("after", "")
    page = votes.votes_of(user_id=current_user.id, after=after)
    return render_template(
        "site/my_votes.html",
        votes=shown(page.rows, now),
        newer_url="/me/votes" if after else None,
        older_url=f"/me/votes?after={page.older}" if page.older else None,
    )


def shown(rows: Iterable[OwnVote], now: datetime) -> list[dict[str, Any]]:
    """Return votes as pages show them: nothing of an idea that this person cannot read now."""
    rows = list(rows)
    by_id = {found: dialogue_by_id(found) for found in {vote.dialogue_id for vote in rows}}
    return [_vote(vote, by_id, now) for vote in rows]


def _vote(vote: OwnVote, by_id: Mapping[int, Dialogue], now: datetime) -> dict[str, Any]:
    dialogue = by_id[vote.dialogue_id]
    is_open_to_me = schedule.is_public(dialogue, now) or is_staff_of(current_user, dialogue, now)
    readable = vote.listed and is_open_to_me
    counts = schedule.sees_results(dialogue, vote.choice, now)
    own = f"{addresses.dialogue_url(dialogue.slug)}/ideas/{vote.idea_id}"
    leads_on = is_open_to_me and vote.merged_into_id is not None
    return {
        "idea_id": vote.idea_id,
        "title": vote.title if readable else "",
        "lang": vote.language,
        "url": addresses.idea_url(dialogue.slug, vote.idea_id, vote.slug) if readable else None,
        "merged_url": f"{addresses.dialogue_url(dialogue.slug)}/ideas/{vote.merged_into_id}"
        if leads_on
        else None,
        "state": vote.state,
        "dialogue_name": dialogue.text(dialogue.language).short_name if is_open_to_me else "",
        "choice": vote.choice,
        "at": vote.at,
        "kind": dialogue.vote_kind,
        "results": Tally(vote.agree, vote.disagree, vote.passed).shown()
        if readable and counts
        else None,
        "change_url": f"{own}/vote" if readable and policies.may_vote(dialogue, now) else None,
    }
