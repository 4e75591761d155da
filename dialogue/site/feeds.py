"""What programs read for people: feeds of a dialogue and of an idea, and a dialogue's dates.

A feed holds what its page shows to everybody, without counts: how people voted may not be known
yet. Days only, no hours: the time of writing can give a person away.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, time
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import icalendar
from flask import Blueprint, Response, current_app, redirect, request
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as Answer

from dialogue.accounts.access import public
from dialogue.dialogues.models import Act, Dialogue
from dialogue.dialogues.queries import dialogue_for
from dialogue.kernel import atom, clock
from dialogue.kernel.errors import NotFound
from dialogue.kernel.routing import number
from dialogue.notifications.letters import absolute
from dialogue.notifications.models import DialogueDate
from dialogue.notifications.queries.dates import dates_of, given_dates
from dialogue.participation import addresses
from dialogue.participation.models import Contribution
from dialogue.participation.queries import ideas
from dialogue.participation.queries.latest import Latest, latest_comments, latest_ideas

blueprint = Blueprint("feeds", __name__, url_prefix="/d/<slug>")

_PROMISES = frozenset({"report", "reply"})  # days, not moments


@blueprint.get("/feed.atom")
@public
def dialogue(slug: str) -> Answer:
    """The newest ideas of a dialogue."""
    found = dialogue_for(slug, current_user, clock.now())
    names = {topic.id: topic.name() for topic in found.topics}
    url = addresses.dialogue_url(slug)
    announced = found.phase(Act.ANNOUNCE)
    opened = announced.opens_at if announced else None
    return _atom(
        atom.feed(
            id=_id(f"dialogue:{found.id}"),
            title=_name(found),
            link=absolute(url),
            own_link=absolute(f"{url}/feed.atom"),
            updated=_day(opened or found.created_at, found),
            entries=[
                _entry(
                    row,
                    found,
                    title=row.title,
                    link=addresses.idea_url(slug, row.id, row.slug),
                    category=names.get(row.topic_id or 0, ""),
                )
                for row in latest_ideas(found.id)
            ],
        )
    )


@blueprint.get("/ideas/<reference>/feed.atom")
@public
def idea(slug: str, reference: str) -> Answer:
    """The newest comments on an idea."""
    found = dialogue_for(slug, current_user, clock.now())
    idea_id = number(reference.partition("-")[0])
    listed = ideas.idea_by_id(found.id, idea_id) if idea_id is not None else None
    if listed is None or not listed.listed or listed.published_at is None:
        raise NotFound("")
    url = addresses.idea_url(slug, listed.id, listed.slug)
    if request.path != f"{url}/feed.atom":
        return redirect(f"{url}/feed.atom", 301)
    return _atom(
        atom.feed(
            id=_id(f"contribution:{listed.id}"),
            title=f"{listed.title} – {_name(found)}",
            link=absolute(url),
            own_link=absolute(f"{url}/feed.atom"),
            updated=_day(listed.published_at, found),
            entries=[_comment(row, found, listed) for row in latest_comments(listed.id)],
        )
    )


@blueprint.get("/calendar.ics")
@public
def calendar(slug: str) -> Answer:
    """The dates of a dialogue. An entry keeps its name when its date changes, and says that it is
    newer than the one before."""
    found = dialogue_for(slug, current_user, clock.now())
    # Where it is sensitive a calendar, which others may see too, names no matter.
    name = " ".join((current_app.config["SITE_NAME"] if found.sensitive else _name(found)).split())
    book = icalendar.Calendar()
    book.add("prodid", "-//Dialogue//Dates of a dialogue//EN")
    book.add("version", "2.0")
    book.add("x-wr-calname", name)
    dates, given = dates_of(found), given_dates(found.id)
    for which in ("opens", "closes", "report", "reply"):
        row = given.get(which)
        at = dates.get(which) or (row.at if row else None)
        if at is not None:
            book.add_component(_event(which, at, row, found, name, which in dates))
    return _conditional(Response(book.to_ical(), mimetype="text/calendar"))


def _event(
    which: str,
    at: datetime,
    row: DialogueDate | None,
    found: Dialogue,
    name: str,
    is_valid: bool,
) -> icalendar.Event:
    said = {
        "opens": _("%(name)s opens", name=name),
        "closes": _("%(name)s closes", name=name),
        "report": _("%(name)s: “What we heard” is promised by today", name=name),
        "reply": _("%(name)s: “What we will do” is promised by today", name=name),
    }
    event = icalendar.Event()
    event.add("uid", f"{found.slug}.{which}@{_host()}")
    event.add("dtstamp", row.changed_at if row else found.created_at)
    event.add("sequence", row.sequence if row else 0)
    event.add("summary", said[which])
    event.add("dtstart", at.astimezone(_zone(found)).date() if which in _PROMISES else at)
    event.add("url", absolute("/d/" if found.sensitive else addresses.dialogue_url(found.slug)))
    event.add("transp", "TRANSPARENT")
    event.add("status", "CONFIRMED" if is_valid else "CANCELLED")
    return event


def _comment(row: Latest, found: Dialogue, listed: Contribution) -> atom.Entry:
    title = _("%(name)s on “%(title)s”", name=row.author, title=listed.title)
    return _entry(row, found, title=title, link=addresses.comment_url(row.id))


def _entry(
    row: Latest, found: Dialogue, *, title: str, link: str, category: str = ""
) -> atom.Entry:
    return atom.Entry(
        id=_id(f"contribution:{row.id}"),
        title=title,
        link=absolute(link),
        author=row.author,
        published=_day(row.published_at, found),
        updated=_day(row.edited_at or row.published_at, found),
        summary=row.excerpt,
        language=row.language,
        category=category,
    )


def _atom(body: bytes) -> Answer:
    return _conditional(Response(body, mimetype="application/atom+xml"))


def _conditional(answer: Response) -> Answer:
    """Answer 304 to a program that has this already."""
    answer.set_etag(hashlib.sha256(answer.get_data()).hexdigest()[:32], weak=True)
    return answer.make_conditional(request)


def _day(moment: datetime, found: Dialogue) -> datetime:
    zone = _zone(found)
    return datetime.combine(moment.astimezone(zone).date(), time(), zone)


def _zone(found: Dialogue) -> ZoneInfo:
    return ZoneInfo(found.time_zone)


def _name(found: Dialogue) -> str:
    return found.text(found.language).short_name


def _id(what: str) -> str:
    """Return a name for good (RFC 4151): it says nothing about where the page is now."""
    return f"tag:{_host()},2026:{what}"


def _host() -> str:
    return urlsplit(current_app.config["BASE_URL"]).hostname or "localhost"
