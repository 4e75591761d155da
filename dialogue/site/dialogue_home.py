"""A dialogue's home with its list of ideas, and the page about it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, g, redirect, render_template, request
from flask_babel import get_locale
from flask_login import current_user

from dialogue.accounts import limits
from dialogue.accounts.access import public
from dialogue.dialogues import contacts, schedule
from dialogue.dialogues.models import Dialogue, DialogueTopic
from dialogue.dialogues.queries import dialogue_for, policy_of
from dialogue.kernel import clock, text
from dialogue.kernel.paging import Page
from dialogue.notifications.queries.following import followed_in
from dialogue.participation import addresses, eligibility
from dialogue.participation.eligibility import Eligibility
from dialogue.participation.models import Kind
from dialogue.participation.queries import finding, ideas
from dialogue.participation.queries.finding import Filter
from dialogue.participation.queries.ideas import IdeaRow, Sort
from dialogue.participation.queries.voters import voter
from dialogue.participation.tally import Tally
from dialogue.search.parser import parse
from dialogue.site.view_models import dialogue_view, may_keep_copy

blueprint = Blueprint("dialogue_home", __name__, url_prefix="/d/<slug>")


@blueprint.get("")
@public
def show(slug: str) -> Any:
    """Show the question, where the dialogue stands, and its ideas."""
    now = clock.now()
    dialogue = dialogue_for(slug, current_user, now)
    g.zone = dialogue.time_zone
    results_open = schedule.results_open(dialogue, now)
    sorts = [sort for sort in Sort if sort is not Sort.AGREED or results_open]
    asked = request.args.get("sort", "")
    sort = Sort(asked) if asked in sorts else Sort.MIX
    by_slug = {topic.slug: topic for topic in dialogue.topics}
    topic = by_slug.get(request.args.get("topic", ""))
    q = request.args.get("q", "").strip()[:200]
    if q:
        limits.glance_at_search(request.remote_addr)
    page = ideas.listed_ideas(
        dialogue_id=dialogue.id,
        sort=sort,
        topic_id=topic.id if topic else None,
        q=q,
        after=request.args.get("after", ""),
        before=request.args.get("before", ""),
    )
    total = _total(dialogue, topic, q, page)
    who = voter(dialogue.id, current_user.id if current_user.is_authenticated else None, now)
    me, standing = (
        who.participant,
        eligibility.of_voter(dialogue, now, barred_until=who.barred_until),
    )
    choices = ideas.choices_of(me.id if me else None, ideas.ids_of(page.rows))
    follows, topics = (
        followed_in(current_user.id, dialogue.id)
        if current_user.is_authenticated
        else (False, frozenset())
    )
    filters = {"topic": topic.slug if topic else "", "q": q, "sort": str(sort)}
    if not q:  # what somebody looked for is kept nowhere
        may_keep_copy(dialogue, now)
    return render_template(
        "site/dialogue.html",
        dialogue=dialogue_view(dialogue, now),
        ideas=[_idea(dialogue, row, choices.get(row.id), standing, now) for row in page.rows],
        topics=[
            {"key": found.slug, "name": found.name(), "count": found.ideas_published}
            for found in dialogue.topics
        ],
        filters=filters,
        follow={
            "whole": follows,
            "topic": topic is not None and topic.id in topics,
            "topic_name": topic.name() if topic else "",
        },
        standing=standing,
        sorts=[str(offered) for offered in sorts],
        total=min(total, finding.MOST_COUNTED) if q else total,
        more_than_total=bool(q) and total > finding.MOST_COUNTED,
        newer_url=_page_url(slug, filters, "before", page.newer),
        older_url=_page_url(slug, filters, "after", page.older),
    )


@blueprint.get("/about")
@public
def about(slug: str) -> Any:
    """Show the long text about a dialogue."""
    now = clock.now()
    dialogue = dialogue_for(slug, current_user, now)
    g.zone = dialogue.time_zone
    may_keep_copy(dialogue, now)
    words = dialogue.text(dialogue.language)
    policy = policy_of(dialogue.id)
    language = str(get_locale())
    html = (
        {**words.html, "moderation": policy.text_in(language, dialogue.language)}
        if policy
        else words.html
    )
    sections = (
        ("why", "why"),
        ("take_part", "why_take_part"),
        ("who", "who"),
        ("how", "how"),
        ("moderation", "moderation"),
        ("next", "next_steps"),
    )
    return render_template(
        "dialogues/about.html",
        dialogue=dialogue_view(dialogue, now),
        sections=[
            {"key": key, "html": text.stored(html[name])}
            for key, name in sections
            if html.get(name)
        ],
        reasons=[
            reason.label(language) for reason in dialogue.reasons if reason.retired_at is None
        ],
        contact={
            "email": dialogue.contact_mail,
            "phone": dialogue.contact_phone,
            "hours": dialogue.contact_hours,
        },
        helplines=contacts.helplines(dialogue),
    )


@blueprint.get("/")
@public
def canonical(slug: str) -> Any:
    """Lead to the address without the slash."""
    dialogue_for(slug, current_user, clock.now())
    return redirect(addresses.dialogue_url(slug), 301)


def _total(dialogue: Dialogue, topic: DialogueTopic | None, q: str, page: Page[IdeaRow]) -> int:
    """Return how many ideas the list holds: the stored count, of a search what is counted now."""
    if not q:
        return dialogue.ideas_published if topic is None else topic.ideas_published
    if not (page.older or page.newer):
        return len(page.rows)
    within = Filter([dialogue.id], Kind.IDEA, topic.id if topic else None)
    return finding.count(query=parse(q), within=within)


def _idea(
    dialogue: Dialogue, row: IdeaRow, choice: str | None, standing: Eligibility, now: datetime
) -> dict[str, Any]:
    names = {topic.id: topic.name() for topic in dialogue.topics}
    seen = schedule.sees_results(dialogue, choice, now)
    return {
        "id": row.id,
        "url": addresses.idea_url(dialogue.slug, row.id, row.slug),
        "title": row.title,
        "excerpt": row.excerpt,
        "topic": names.get(row.topic_id or 0),
        "author": row.author,
        "published_at": row.published_at,
        "comment_count": row.comments,
        "lang": row.language,
        "my_choice": choice,
        "results": Tally(row.agree, row.disagree, row.passed).shown() if seen else None,
        "may_vote": standing.may and not row.locked,
    }


def _page_url(slug: str, filters: dict[str, str], name: str, cursor: str | None) -> str | None:
    if cursor is None:
        return None
    values = {key: value for key, value in filters.items() if value} | {name: cursor}
    return f"{addresses.dialogue_url(slug)}?{urlencode(values)}#ideas"
