"""Search over the ideas and comments of every dialogue that a person may read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, g, render_template, request
from flask_login import current_user

from dialogue.accounts import limits
from dialogue.accounts.access import public
from dialogue.dialogues.models import DialogueTopic
from dialogue.dialogues.queries import Readable, readable_dialogues, topics_of
from dialogue.kernel import clock
from dialogue.participation import addresses
from dialogue.participation.models import Kind
from dialogue.participation.queries import finding
from dialogue.participation.queries.finding import Filter, Found
from dialogue.search import marking
from dialogue.search.parser import Query, parse

blueprint = Blueprint("search_results", __name__)

LONGEST = 10_000  # characters of a query that are given back; of more, nobody typed it
SNIPPET = 240  # characters around the first hit


@dataclass(frozen=True)
class Asked:
    """What was asked for, each part one of those that are offered, else empty."""

    q: str
    dialogue: str
    topic: str
    kind: str
    state: str

    def address(self, **more: str) -> str:
        """Return the address of this search."""
        given = {name: value for name, value in {**vars(self), **more}.items() if value}
        return f"/search?{urlencode(given)}"


@blueprint.get("/search")
@public
def show() -> Any:
    """Show the form, and below it what was found."""
    now = clock.now()
    dialogues = readable_dialogues(current_user, now)
    by_slug = {dialogue.slug: dialogue for dialogue in dialogues}
    chosen = by_slug.get(request.args.get("dialogue", ""))
    topics = topics_of(chosen.id) if chosen else []
    asked = _asked(chosen, topics)
    if asked.q:
        limits.glance_at_search(request.remote_addr)
    query = parse(asked.q)
    within = _filter(asked, dialogues, topics)
    after = request.args.get("after", "")
    page = finding.found(query=query, within=within, after=after)
    total = finding.count(query=query, within=within) if page.rows or after else 0
    if chosen:
        g.zone = chosen.time_zone
    by_id = {dialogue.id: dialogue for dialogue in dialogues}
    return render_template(
        "site/search.html",
        asked=asked,
        is_query=bool(query),
        results=[_result(row, query, by_id) for row in page.rows],
        total=min(total, finding.MOST_COUNTED),
        more_than_total=total > finding.MOST_COUNTED,
        dialogues=[(dialogue.slug, dialogue.name) for dialogue in dialogues],
        topics=[(topic.slug, topic.name()) for topic in topics],
        all_url=asked.address(dialogue="", topic="", kind="", state=""),
        is_filtered=any((asked.dialogue, asked.topic, asked.kind, asked.state)),
        newer_url=asked.address() if after else None,
        older_url=asked.address(after=page.older) if page.older else None,
    )


def _asked(chosen: Readable | None, topics: Sequence[DialogueTopic]) -> Asked:
    q = "".join(sign for sign in request.args.get("q", "")[:LONGEST] if sign >= " ").strip()
    topic = request.args.get("topic", "")
    kind, state = request.args.get("kind", ""), request.args.get("state", "")
    return Asked(
        q=q,
        dialogue=chosen.slug if chosen else "",
        topic=topic if topic in {found.slug for found in topics} else "",
        kind=kind if kind in set(Kind) else "",
        state=state if state in {"open", "closed"} else "",
    )


def _filter(asked: Asked, dialogues: Sequence[Readable], topics: Sequence[DialogueTopic]) -> Filter:
    wanted = [
        dialogue.id
        for dialogue in dialogues
        if asked.dialogue in ("", dialogue.slug)
        and asked.state in ("", "open" if dialogue.is_open else "closed")
    ]
    topic_id = next((topic.id for topic in topics if topic.slug == asked.topic), None)
    return Filter(wanted, Kind(asked.kind) if asked.kind else None, topic_id)


def _result(row: Found, query: Query, by_id: Mapping[int, Readable]) -> dict[str, Any]:
    dialogue = by_id[row.dialogue_id]
    is_idea = row.kind == Kind.IDEA
    url = addresses.comment_url(row.id)
    if is_idea:
        url = addresses.idea_url(dialogue.slug, row.id, row.slug)
    return {
        "kind": row.kind,
        "url": url,
        "title": marking.marked(row.title, query) if is_idea else (marking.Piece(row.title),),
        "text": marking.snippet(row.plain, query, SNIPPET),
        "lang": row.language,
        "author": row.author,
        "published_at": row.published_at,
        "dialogue_name": dialogue.name,
        "is_open": dialogue.is_open,
    }
