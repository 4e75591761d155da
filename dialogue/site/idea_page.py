"""One idea with its comments; before publication, what only its author sees."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, g, redirect, render_template, request
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import ColumnElement

from dialogue.accounts.access import public
from dialogue.dialogues import schedule
from dialogue.dialogues.models import Dialogue
from dialogue.dialogues.queries import dialogue_for
from dialogue.dialogues.wording import target_sentence
from dialogue.kernel import clock, forms, text
from dialogue.kernel.errors import Gone, NotFound
from dialogue.kernel.routing import number
from dialogue.moderation.queries.outcomes import TOLD_STATES, reason_given
from dialogue.notifications.queries.following import (
    followers_of_the_idea,
    person_follows_the_idea,
)
from dialogue.participation import addresses, eligibility, policies
from dialogue.participation.appearing import Appearing, appearing_as
from dialogue.participation.drafts import Pen
from dialogue.participation.lifecycle import State
from dialogue.participation.models import Contribution, Kind, Participant
from dialogue.participation.queries import ideas, threads
from dialogue.participation.queries.threads import CommentRow, OwnItem
from dialogue.participation.tally import Tally
from dialogue.site.view_models import dialogue_view, may_keep_copy

blueprint = Blueprint("idea_page", __name__, url_prefix="/d/<slug>/ideas")

_REFERENCE = re.compile(r"([0-9]{1,9})(?:-.*)?")


@blueprint.get("/<reference>")
@public
def show(slug: str, reference: str) -> Any:
    """Show an idea to those who may see it; an old or shortened address leads to the right one."""
    now = clock.now()
    dialogue = dialogue_for(slug, current_user, now)
    g.zone = dialogue.time_zone
    match = _REFERENCE.fullmatch(reference)
    found = ideas.idea_with(dialogue.id, int(match[1]), *_follow_columns()) if match else None
    if found is None:
        raise NotFound("")
    idea, *follow = found
    me = ideas.participant_of(
        dialogue.id, current_user.id if current_user.is_authenticated else None
    )
    mine = me is not None and idea.participant_id == me.id
    # What was never public was never there.
    if idea.state == State.WITHDRAWN and (mine or idea.published_revision_id is not None):
        raise Gone(_("This idea was withdrawn by its author."))
    if not idea.listed and not mine:
        raise NotFound("")
    url = addresses.idea_url(slug, idea.id, idea.slug)
    if idea.listed and request.path != url:
        query = f"?{request.query_string.decode()}" if request.query_string else ""
        return redirect(url + query, 301)
    may_keep_copy(dialogue, now)
    return _page(dialogue, idea, me, url, now, follow)


def _follow_columns() -> tuple[ColumnElement[int], ColumnElement[bool]]:
    """How many follow the idea, and whether this person does: read with the idea itself."""
    user_id = current_user.id if current_user.is_authenticated else None
    return followers_of_the_idea(), person_follows_the_idea(user_id)


def _page(
    dialogue: Dialogue,
    idea: Contribution,
    me: Participant | None,
    url: str,
    now: datetime,
    follow: Sequence[Any],
) -> str:
    newest_first = request.args.get("comments") == "newest"
    page = threads.listed_comments(
        idea_id=idea.id, newest_first=newest_first, after=request.args.get("after", "")
    )
    own = threads.own_waiting_comments(idea_id=idea.id, participant_id=me.id if me else None)
    reply_to = _reply_to(idea.id)
    pen = Pen.new()
    order = {"comments": "newest"} if newest_first else {}
    may_comment = idea.listed and policies.may_write(dialogue, Kind.COMMENT, now)
    return render_template(
        "site/idea.html",
        dialogue=dialogue_view(dialogue, now),
        idea=_idea(dialogue, idea, me, url, now),
        merged_from=[],
        follow={"followers": follow[0], "follows": follow[1]},
        comments=_threads(dialogue, idea, page.rows, own, me, now),
        comment_sort="newest" if newest_first else "oldest",
        newer_url=f"{url}?{urlencode(order)}#comments" if request.args.get("after") else None,
        older_url=f"{url}?{urlencode(order | {'after': page.older})}#comments"
        if page.older
        else None,
        may_comment=may_comment,
        comment_limit=dialogue.comment_limit,
        form={"body": ""},
        errors={},
        reply_to={"id": reply_to.id, "author": reply_to.author} if reply_to else None,
        # Signed out, a form leads to an intent, which is carried out once: it needs no key.
        form_key=forms.new_form_key() if current_user.is_authenticated else "",
        opened=pen.opened,
        draft=pen.next_save if current_user.is_authenticated else "",
        appearing=appearing_as(dialogue, me)
        if current_user.is_authenticated and may_comment
        else Appearing(),
    )


def _idea(
    dialogue: Dialogue, idea: Contribution, me: Participant | None, url: str, now: datetime
) -> dict[str, Any]:
    mine = policies.is_author(me.id if me else None, idea)
    choice = ideas.choices_of(me.id if me else None, [idea.id]).get(idea.id)
    wording = threads.newest_wording(idea.id) if mine and not idea.listed else None
    seen = idea.listed and schedule.sees_results(dialogue, choice, now)
    names = {topic.id: topic.name() for topic in dialogue.topics}
    me_id = me.id if me else None
    own = f"/d/{dialogue.slug}/ideas/{idea.id}"
    standing = eligibility.of_voter(dialogue, now)
    return {
        "id": idea.id,
        "url": url,
        "follow_url": f"{own}/follow",
        "title": wording.title if wording else idea.title,
        "html": text.stored(wording.html if wording else idea.fragment),
        "topic": names.get(idea.topic_id or 0),
        "author": idea.participant.public_name,
        "mine": mine,
        "state": idea.state,
        "submitted_at": idea.created_at,
        "published_at": idea.published_at if idea.listed else None,
        "edited_at": idea.edited_at if idea.listed else None,
        "lang": idea.language,
        "comment_count": idea.comments,
        "my_choice": choice,
        "results": Tally(idea.agree, idea.disagree, idea.passed).shown() if seen else None,
        "may_vote": idea.listed and standing.may,
        "standing": standing,
        "edit_url": f"{own}/edit" if policies.may_edit(me_id, idea, dialogue, now) else None,
        "withdraw_url": f"{own}/withdraw" if policies.may_withdraw(me_id, idea) else None,
        "reason": reason_given(idea.id, now) if mine and idea.state in TOLD_STATES else None,
        "waiting": target_sentence(dialogue),
        "edit_waiting": mine and idea.listed and threads.has_waiting_edit(idea.id),
    }


def _reply_to(idea_id: int) -> CommentRow | None:
    asked = number(request.args.get("reply", ""))
    return threads.listed_comment(idea_id, asked) if asked is not None else None


def _threads(
    dialogue: Dialogue,
    idea: Contribution,
    rows: Sequence[CommentRow],
    own: Sequence[OwnItem],
    me: Participant | None,
    now: datetime,
) -> list[dict[str, Any]]:
    """Return first-level comments with their replies; one's own waiting ones stand at the end."""
    authors = {row.id: row.author for row in rows}
    result: list[dict[str, Any]] = []
    by_root: dict[int, dict[str, Any]] = {}
    for row in rows:
        comment = _comment(dialogue, idea, row, authors, me, now)
        if row.id == row.root_id or row.root_id not in by_root:
            by_root[row.root_id] = comment
            result.append(comment)
        else:
            by_root[row.root_id]["replies"].append(comment)
    result.extend(_own_comment(dialogue, item, now) for item in own)
    return result


def _comment(
    dialogue: Dialogue,
    idea: Contribution,
    row: CommentRow,
    authors: dict[int, str],
    me: Participant | None,
    now: datetime,
) -> dict[str, Any]:
    mine = me is not None and row.participant_id == me.id
    address = f"/d/{dialogue.slug}/comments/{row.id}"
    answered = row.reply_to_id if row.reply_to_id != row.root_id else None
    return {
        "id": row.id,
        "html": text.stored(row.fragment),
        "author": row.author,
        "by_idea_author": row.participant_id == idea.participant_id,
        "at": row.published_at,
        "state": State.PUBLISHED,
        "lang": row.language,
        "replying_to": {"id": answered, "author": authors[answered]}
        if answered in authors
        else None,
        "edit_url": f"{address}/edit"
        if mine and policies.may_write(dialogue, Kind.COMMENT, now)
        else None,
        "withdraw_url": f"{address}/withdraw" if mine else None,
        "reason": None,
        "waiting": "",
        "replies": [],
    }


def _own_comment(dialogue: Dialogue, item: OwnItem, now: datetime) -> dict[str, Any]:
    address = f"/d/{dialogue.slug}/comments/{item.id}"
    waits = item.state == State.PENDING
    return {
        "id": item.id,
        "html": text.stored(item.html),
        "author": "",
        "by_idea_author": False,
        "at": item.created_at,
        "state": item.state,
        "lang": item.language,
        "replying_to": None,
        "edit_url": f"{address}/edit"
        if waits and policies.may_write(dialogue, Kind.COMMENT, now)
        else None,
        "withdraw_url": f"{address}/withdraw" if waits else None,
        "reason": None if waits else reason_given(item.id, now),
        "waiting": target_sentence(dialogue),
        "replies": [],
    }
