"""The desk: what one queue page shows to one moderator, from a fixed number of statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from flask import url_for
from flask_babel import gettext as _
from markupsafe import Markup

from dialogue.kernel import marks, text
from dialogue.kernel.db import transaction
from dialogue.kernel.errors import NotFound
from dialogue.kernel.settings import setting
from dialogue.kernel.templating import DEFAULT_ZONE
from dialogue.moderation import wording
from dialogue.moderation.commands.queue import ensure_items
from dialogue.moderation.models import Lane
from dialogue.moderation.policies import Scope, may_decide
from dialogue.moderation.queries import decisions, items, waiting
from dialogue.moderation.queries.decisions import Decided, MyDay
from dialogue.moderation.queries.items import Item, Reason
from dialogue.moderation.queries.notes import Beside, beside
from dialogue.moderation.queries.waiting import Counts, Row
from dialogue.moderation.screening import Findings
from dialogue.participation.addresses import idea_url

DECIDED = "decided"
LANES = ("", *wording.LANE_NAMES, DECIDED)  # "": everything that waits


@dataclass(frozen=True)
class Moderator:
    """Who looks, at which dialogues, and when."""

    id: int
    scope: Scope
    now: datetime
    undo_window: timedelta
    language: str = "en"

    @property
    def undo_from(self) -> datetime:
        """Return since when decisions can be taken back."""
        return self.now - self.undo_window


@dataclass(frozen=True)
class Place:
    """Where in the queue the moderator is."""

    lane: str = ""
    item_id: int | None = None
    after: str = ""  # cursor of the list

    def url(self, **changes: Any) -> str:
        """Return the address of a place in the queue; what is empty is left out."""
        values = {"lane": self.lane, "item": self.item_id, "after": self.after, **changes}
        return url_for("moderation.queue", **{k: v for k, v in values.items() if v})


@dataclass(frozen=True)
class LaneLink:
    """An entry of the rail."""

    key: str
    name: str
    number: str
    url: str
    is_current: bool


@dataclass(frozen=True)
class Line:
    """A row of the list."""

    id: int
    title: str
    is_hard: bool  # to read: its words stand behind a click
    about: str
    flags: Sequence[str]
    url: str
    is_open: bool


class Ask(StrEnum):
    """What the moderator is asked about an item."""

    WORDING = "wording"  # may it be published?
    PUBLIC = "public"  # is it all right where it is? (people reported it)
    AUTHOR = "author"  # did its author write it? (it was disowned)
    APPEAL = "appeal"  # was the first decision right?


@dataclass(frozen=True)
class Opened:
    """The open item, ready to be shown."""

    item: Item
    ask: Ask
    beside: Sequence[Beside]
    hides: int  # personal details that one key hides before it approves
    title: Markup
    words: Markup
    published_words: Markup
    idea_url: str
    waited: str
    details: str
    danger: str
    spam: str
    alike: str
    watched: str
    question: str
    reasons: Sequence[Reason]
    is_own: bool
    may_claim: bool
    may_escalate: bool  # to the safety lead
    history: Sequence[Decided]


@dataclass(frozen=True)
class Desk:
    """Everything on a queue page."""

    place: Place
    counts: Counts
    lanes: Sequence[LaneLink]
    lines: Sequence[Line]
    decided: Sequence[Decided]
    opened: Opened | None
    mine: MyDay
    oldest: str
    target: str
    now: datetime
    mentions: int = 0
    suggests_pause: bool = False
    skip_url: str = ""
    first_url: str = ""
    more_url: str = ""

    def ago(self, moment: datetime) -> str:
        """Return how long ago a moment was."""
        return wording.ago(self.now - moment)


def known_lane(asked: str | None) -> str:
    """Return a lane that was asked for; what is no lane is all that waits."""
    return asked if asked and asked in LANES else ""


def open_desk(moderator: Moderator, place: Place) -> Desk:
    """Return the page for a place; raises NotFound for an item outside the moderator's dialogues.

    Makes items that are missing first (only while the reaction to a submission is behind).
    """
    counts = waiting.counts(moderator.scope, moderator_id=moderator.id)
    if counts.missing:
        with transaction():
            ensure_items(scope=moderator.scope)
        counts = waiting.counts(moderator.scope, moderator_id=moderator.id)
    decided: Sequence[Decided] = ()
    rows: list[Row] = []
    if place.lane == DECIDED:
        decided = decisions.decided(
            moderator.scope, undo_from=moderator.undo_from, language=moderator.language
        )
    else:
        rows = waiting.waiting_items(
            moderator.scope,
            lane=place.lane or None,
            after=waiting.place(place.after),
            moderator_id=moderator.id,
            now=moderator.now,
            language=moderator.language,
        )
    has_more = len(rows) > waiting.PAGE
    rows = rows[: waiting.PAGE]
    item = _item(moderator, place, rows)
    opened = _opened(moderator, item) if item else None
    zone = item.time_zone if item else DEFAULT_ZONE
    midnight = moderator.now.astimezone(ZoneInfo(zone)).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    more_url = place.url(item=None, after=rows[-1].cursor) if has_more else ""
    mine = decisions.my_day(moderator.id, since=midnight, undo_from=moderator.undo_from)
    return Desk(
        place=place,
        counts=counts,
        lanes=[_lane(place, counts, key) for key in LANES],
        lines=[_line(moderator, place, row, item) for row in rows],
        decided=decided,
        opened=opened,
        mine=mine,
        mentions=counts.mentions,
        suggests_pause=mine.hard >= setting("HARD_ITEMS"),
        oldest=wording.ago(moderator.now - counts.oldest) if counts.oldest else "",
        target=_("%(n)s h", n=item.target_hours) if item else "",
        now=moderator.now,
        skip_url=_skip_url(place, rows, item, more_url),
        first_url=place.url(item=None, after=None) if place.after else "",
        more_url=more_url,
    )


def open_item(moderator: Moderator, item_id: int) -> Opened:
    """Return one item for a page of its own; raises NotFound."""
    item = _load(moderator, item_id)
    return _opened(moderator, item)


def _item(moderator: Moderator, place: Place, rows: Sequence[Row]) -> Item | None:
    """Return the item that was asked for, else the first that nobody else reads."""
    if place.item_id is not None:
        return _load(moderator, place.item_id)
    free = [row for row in rows if not row.claimed_by] or rows
    return _load(moderator, free[0].id) if free else None


def _load(moderator: Moderator, item_id: int) -> Item:
    item = items.item(
        item_id,
        moderator.scope,
        moderator_id=moderator.id,
        now=moderator.now,
        language=moderator.language,
    )
    if item is None:
        raise NotFound("")
    return item


def _opened(moderator: Moderator, item: Item) -> Opened:
    findings = item.findings
    is_own = not may_decide(moderator.id, item.author_user_id)
    unchecked = _("Not checked yet. Read with care.")
    ask = _ask(item)
    return Opened(
        item=item,
        ask=ask,
        beside=beside(item.contribution_id) if item.reports or item.notes else (),
        hides=len(findings.details) if ask == Ask.WORDING else 0,
        title=text.stored(marks.mark_plain(item.title, _stretches(findings, "title"))),
        words=text.stored(marks.mark(item.html, _stretches(findings, "text"))),
        published_words=text.stored(item.published_html),
        idea_url=idea_url(item.dialogue_slug, item.idea_id, item.idea_slug) if item.idea_id else "",
        waited=wording.ago((item.closed_at or moderator.now) - item.since),
        details=wording.details_found(findings) if item.is_screened else unchecked,
        danger=wording.danger_found(findings) if item.is_screened else unchecked,
        spam=wording.spam_found(findings) if item.is_screened else unchecked,
        alike=wording.like_found(findings) if item.is_screened else unchecked,
        watched=wording.watched_found(findings) if item.is_screened else unchecked,
        question=wording.question(ask, item.kind),
        reasons=items.reasons(item.dialogue_id, moderator.language) if item.is_open else (),
        is_own=is_own,
        may_claim=item.is_open and not is_own and item.claimed_by_id is None,
        may_escalate=item.is_open and not is_own and item.lane != Lane.SAFETY,
        history=()
        if item.is_open
        else decisions.history(item.id, undo_from=moderator.undo_from, language=moderator.language),
    )


def _ask(item: Item) -> Ask:
    if item.lane == Lane.APPEALS:
        return Ask.APPEAL
    if item.lane == Lane.DISOWNED:
        return Ask.AUTHOR
    return Ask.PUBLIC if item.reports and item.is_public_wording else Ask.WORDING


def _stretches(findings: Findings, field: str) -> list[marks.Stretch]:
    return [
        marks.Stretch(one.start, one.end, str(wording.MARK_NAMES[one.kind]), look)
        for found, look in (
            (findings.details, "found"),
            (findings.danger, "found found--danger"),
            (findings.watched, "found found--watched"),
            (findings.alike.own if findings.alike else (), "found found--own"),
        )
        for one in found
        if one.field == field
    ]


def _lane(place: Place, counts: Counts, key: str) -> LaneLink:
    if key == DECIDED:
        most = waiting.DECIDED_AT_MOST
        name, number = _("Decided"), str(counts.decided) if counts.decided <= most else f"{most}+"
    elif key:
        name, number = str(wording.LANE_NAMES[Lane(key)]), str(counts.by_lane.get(key, 0))
    else:
        name, number = _("All waiting"), str(counts.waiting)
    return LaneLink(
        key, name, number, place.url(lane=key, item=None, after=None), key == place.lane
    )


def _line(moderator: Moderator, place: Place, row: Row, item: Item | None) -> Line:
    kind = _("Comment on %(id)s", id=row.idea_id) if row.idea_id else _("Idea")
    about = f"{kind} · {row.topic}" if row.topic and not row.idea_id else kind
    flags = wording.flags(row.findings, row.reports)
    if row.lane == Lane.EDITED:
        flags.insert(0, _("Edited"))
    if row.claimed_by:
        flags.append(_("%(name)s is reading this", name=row.claimed_by))
    if row.is_distressing:
        flags.insert(0, _("Hard to read"))
    return Line(
        id=row.id,
        title=_("Behind a click") if row.is_distressing else row.title,
        is_hard=row.is_distressing,
        about=f"{about} · {wording.short_ago(moderator.now - row.since)}",
        flags=flags,
        url=place.url(item=row.id),
        is_open=item is not None and item.id == row.id,
    )


def _skip_url(place: Place, rows: Sequence[Row], item: Item | None, more_url: str) -> str:
    """Return where Skip leads: to the item after the open one, at the end to the next page."""
    if item is None:
        return ""
    ids = [row.id for row in rows]
    position = ids.index(item.id) + 1 if item.id in ids else 0
    if position < len(ids):
        return place.url(item=ids[position])
    return more_url or (place.url(item=None, after=None) if place.after else "")
