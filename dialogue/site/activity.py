"""My activity: what I wrote and how it stands, how I voted."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, render_template, request
from flask_login import current_user

from dialogue.accounts.access import participant
from dialogue.dialogues.models import Dialogue
from dialogue.dialogues.queries import dialogue_by_id
from dialogue.dialogues.wording import target_sentence
from dialogue.kernel import clock, text
from dialogue.moderation.queries.outcomes import TOLD_STATES, Told, reasons_given
from dialogue.participation import addresses, policies
from dialogue.participation.lifecycle import TRANSITIONS, State, Verb
from dialogue.participation.models import Kind
from dialogue.participation.queries import ideas, keeping, threads, votes
from dialogue.participation.queries.threads import OwnItem
from dialogue.site import my_votes

blueprint = Blueprint("activity", __name__)

LATEST = 5  # votes; the others stand on a page of their own


@blueprint.get("/me")
@participant
def me() -> Any:
    """Show the person their own ideas, comments and votes."""
    now = clock.now()
    page = threads.own_items(user_id=current_user.id, after=request.args.get("after", ""))
    latest = votes.votes_of(user_id=current_user.id, size=LATEST).rows
    titles = ideas.titles_of({item.idea_id for item in page.rows if item.idea_id})
    reasons = reasons_given([item.id for item in page.rows], now)
    dialogues = {row.dialogue_id for row in page.rows}
    by_id = {dialogue_id: dialogue_by_id(dialogue_id) for dialogue_id in dialogues}
    items = [_item(item, by_id[item.dialogue_id], titles, reasons, now) for item in page.rows]
    items.sort(key=lambda item: item["state"] != State.PENDING)  # those that wait come first
    return render_template(
        "site/activity.html",
        items=items,
        asked=_asked(now),
        votes=my_votes.shown(latest, now),
        email=current_user.email,
        newer_url="/me" if request.args.get("after") else None,
        older_url=f"/me?after={page.older}" if page.older else None,
    )


def _asked(now: datetime) -> list[dict[str, Any]]:
    """The votes about which the person is asked, where votes are still taken."""
    asked = []
    for vote in keeping.asked_of(current_user.id):
        dialogue = dialogue_by_id(vote.dialogue_id)
        if policies.may_vote(dialogue, now):
            asked.append(
                {
                    "id": vote.idea_id,
                    "url": addresses.idea_url(dialogue.slug, vote.idea_id, vote.slug),
                    "dialogue_url": addresses.dialogue_url(dialogue.slug),
                    "title": vote.title,
                    "choice": vote.choice,
                    "asked_about": vote.asked_about,
                }
            )
    return asked


def _item(
    item: OwnItem,
    dialogue: Dialogue,
    titles: dict[int, str],
    reasons: dict[int, Told],
    now: datetime,
) -> dict[str, Any]:
    idea_id = item.idea_id or item.id
    is_idea = item.kind == Kind.IDEA
    url: str | None = addresses.idea_url(dialogue.slug, idea_id)
    if not is_idea:
        url = f"{url}#comment-{item.id}" if idea_id in titles else None
    if item.state == State.WITHDRAWN:
        url = None
    own = f"/d/{dialogue.slug}/{'ideas' if is_idea else 'comments'}/{item.id}"
    state = State(item.state)
    told = reasons.get(item.id) if state in TOLD_STATES else None
    may_resend = state is State.REJECTED and told is not None and told.may_resend
    may_change = may_resend or (state, Verb.EDIT) in TRANSITIONS
    may_edit = may_change and policies.may_write(dialogue, Kind(item.kind), now)
    return {
        "kind": item.kind,
        "title": item.title if is_idea else titles.get(idea_id, ""),
        "text": text.excerpt(item.plain, 160),
        "url": url,
        "dialogue_name": _name(dialogue),
        "state": item.state,
        "at": item.created_at,
        "tracking": item.tracking,
        "receipt_url": f"/me/receipts/{item.id}",
        "reason": told,
        "waiting": target_sentence(dialogue) if state is State.PENDING else "",
        "edit_waits": item.wording_waits and state is State.PUBLISHED,
        "edit_url": f"{own}/edit" if may_edit else None,
        "withdraw_url": f"{own}/withdraw" if (state, Verb.WITHDRAW) in TRANSITIONS else None,
    }


def _name(dialogue: Dialogue) -> str:
    return dialogue.text(dialogue.language).short_name
