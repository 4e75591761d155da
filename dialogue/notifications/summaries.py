"""Mails about what is new: one thing by itself, or everything since the last summary.

A thousand comments on one idea are one line. A dialogue on a sensitive matter is not named, nor is
anything said in it: a reader learns that there is news, and reads it on the site.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from flask_babel import force_locale, ngettext
from flask_babel import gettext as _

from dialogue.notifications import wording
from dialogue.notifications.letters import (
    Letter,
    absolute,
    neutral_subject,
    quiet,
    render,
    stop_url,
)
from dialogue.notifications.models import Event, Kind
from dialogue.notifications.queries.notices import Told
from dialogue.participation.addresses import dialogue_url, idea_url

MOST_IDEAS = 10  # new ideas of a dialogue named in a summary; the rest is a number
_SHOWN_FIRST = (Kind.DECISION, Kind.DATES, Kind.REPLY, Kind.NEWS)


@dataclass(frozen=True)
class Line:
    """What happened, and where to see it."""

    text: str
    link: str


@dataclass(frozen=True)
class Section:
    """What happened in one dialogue."""

    name: str
    lines: tuple[Line, ...]


def letter(told: Sequence[Told], *, language: str, token: str, kind: Kind | None) -> Letter:
    """Return the mail that tells of these notices; `kind` is theirs when they are all of one."""
    stop = stop_url(token, kind)
    with force_locale(language):
        if all(one.dialogue.sensitive for one in told):
            return quiet(stop)
        if len(told) == 1:
            return _one(told[0], language, stop)
        return _many(told, language, stop)


def _one(told: Told, language: str, stop: str) -> Letter:
    """Tell of one thing: a reply with its first words, anything else in a sentence."""
    is_reply = told.row.event == Event.REPLY_POSTED
    name = told.dialogue.text(language).short_name
    values: dict[str, Any] = {
        "link": absolute(wording.address(told)),
        "stop": stop,
        "dialogue": name,
    }
    return Letter(
        f"[{name}] {_subject(told)}",
        render(
            "mail/news.txt",
            sentence=wording.sentence(told, language),
            words=told.row.excerpt if is_reply else "",
            **values,
        ),
        quotes=_quotes([told]),
        without_words=render("mail/news.txt", sentence=_subject(told), words="", **values),
    )


def _many(told: Sequence[Told], language: str, stop: str) -> Letter:
    open_ones = [one for one in told if not one.dialogue.sensitive]
    quiet_ones = len(told) - len(open_ones)
    sections = tuple(_sections(open_ones, language))
    values: dict[str, Any] = {
        "quiet": ngettext(
            "%(num)s more piece of news is on the site.",
            "%(num)s more pieces of news are on the site.",
            quiet_ones,
        )
        if quiet_ones
        else "",
        "link": absolute("/me/notices"),
        "choices": absolute("/me/emails"),
        "stop": stop,
        "is_quiet": quiet_ones > 0,
    }
    bare = tuple(Section(section.name, ()) for section in sections)
    return Letter(
        neutral_subject(),
        render("mail/summary.txt", sections=sections, **values),
        quotes=_quotes(open_ones),
        without_words=render("mail/summary.txt", sections=bare, **values),
    )


def _sections(told: Iterable[Told], language: str) -> Iterable[Section]:
    ordered = sorted(told, key=lambda one: (one.dialogue.id, one.row.id))
    for _number, found in groupby(ordered, key=lambda one: one.dialogue.id):
        here = list(found)
        yield Section(here[0].dialogue.text(language).short_name, tuple(_lines(here, language)))


def _lines(told: Sequence[Told], language: str) -> Iterable[Line]:
    for kind in _SHOWN_FIRST:
        here = [one for one in told if one.row.kind == kind]
        if kind in (Kind.DECISION, Kind.DATES):
            for one in here:
                yield Line(wording.sentence(one, language), absolute(wording.address(one)))
        elif kind is Kind.REPLY:
            yield from _by_idea(here, replies=True)
        else:
            yield from _by_idea(
                [one for one in here if one.row.event == Event.COMMENT_POSTED], replies=False
            )
            for one in here:
                if one.row.event == Event.MERGED:
                    yield Line(wording.sentence(one, language), absolute(_idea_of(one)))
            yield from _new_ideas([one for one in here if one.row.event == Event.IDEA_POSTED])


def _by_idea(told: Sequence[Told], *, replies: bool) -> Iterable[Line]:
    ordered = sorted(told, key=lambda one: (one.row.idea_id or 0, one.row.id))
    for _number, found in groupby(ordered, key=lambda one: one.row.idea_id):
        here = list(found)
        title, number = here[0].row.title, len(here)
        text = (
            ngettext(
                "%(num)s reply to you on “%(title)s”",
                "%(num)s replies to you on “%(title)s”",
                number,
                title=title,
            )
            if replies
            else ngettext(
                "%(num)s new comment on “%(title)s”",
                "%(num)s new comments on “%(title)s”",
                number,
                title=title,
            )
        )
        yield Line(text, absolute(_idea_of(here[0])))


def _new_ideas(told: Sequence[Told]) -> Iterable[Line]:
    for one in told[:MOST_IDEAS]:
        yield Line(_("New idea: “%(title)s”", title=one.row.title), absolute(_idea_of(one)))
    left = len(told) - MOST_IDEAS
    if left > 0:
        text = ngettext("%(num)s more new idea", "%(num)s more new ideas", left)
        yield Line(text, absolute(f"{dialogue_url(told[0].dialogue.slug)}?sort=newest"))


def _subject(told: Told) -> str:
    """Say what happened without anybody's words: a subject is kept longer than a text."""
    row = told.row
    match Event(row.event):
        case Event.REPLY_POSTED:
            return _("A reply to you on idea %(number)s", number=row.idea_id)
        case Event.COMMENT_POSTED:
            return _("A comment on idea %(number)s", number=row.idea_id)
        case Event.IDEA_POSTED:
            return _("A new idea: number %(number)s", number=row.idea_id)
        case Event.MERGED:
            return _("Idea %(number)s counts with another one", number=row.detail["merged"])
        case Event.DECIDED | Event.FLAG_ANSWERED:
            return wording.sentence(told, "")
        case Event.IDEA_JOINED:
            return _("Another idea was merged into idea %(number)s", number=row.idea_id)
        case Event.OPENED:
            return _("Open now")
        case Event.CLOSING:
            return _("Closes in two days")
        case Event.EXTENDED:
            return _("Closes at another time")
        case Event.CLOSED:
            return _("Closed: we are reading")
        case Event.REPORT_PUBLISHED:
            return _("A report is published")


def _idea_of(told: Told) -> str:
    return idea_url(told.dialogue.slug, told.row.idea_id or 0, told.row.slug or "")


def _quotes(told: Iterable[Told]) -> tuple[str, ...]:
    """Name whose words a mail may hold: titles, and the words and name of who replied."""
    numbers = {one.row.idea_id for one in told} | {
        one.row.contribution_id for one in told if one.row.event == Event.REPLY_POSTED
    }
    return tuple(f"contribution:{number}" for number in sorted(filter(None, numbers)))
