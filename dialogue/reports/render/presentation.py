"""A report document made ready for people to read: what the page and the PDF both show.

Sentences stand here once, so that every format says the same; numbers come from the document and
are only looked up, rounded to whole percent and counted together by day, week or month.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from babel.dates import format_date
from babel.numbers import format_decimal
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from dialogue.reports.model import Model

MOST_BARS = 62
LONG_LIST = 100  # ideas in the table of a page; the spreadsheet has all

Cell = dict[str, Any]


@dataclass(frozen=True)
class Bar:
    """One stretch of time in the chart of activity."""

    first: date
    label: str
    votes: int
    comments: int
    ideas: int


@dataclass(frozen=True)
class Figure:
    """One large number with what it counts and a note under it."""

    label: str
    value: str
    note: str


class Presentation:
    """Reads one document; every method is for templates."""

    def __init__(self, document: Model) -> None:
        self.document = document
        self.ideas: dict[int, dict[str, Any]] = {row["id"]: row for row in document["ideas"]}
        self.letters = [group["letter"] for group in document["groups"]["list"]]

    @property
    def title(self) -> str:
        """Return the heading of the report."""
        return _("%(name)s: what we have heard", name=self.document["dialogue"]["name"])

    @property
    def covers(self) -> str:
        """Return the days that the report covers."""
        first, last = self.document["covers"]["first_day"], self.document["covers"]["last_day"]
        if first is None:
            return _("Nothing has been published yet")
        if first == last:
            return _("Covers %(day)s", day=long_day(first))
        return _("Covers %(first)s to %(last)s", first=long_day(first), last=long_day(last))

    @property
    def lede(self) -> list[str]:
        """Return the findings in a few fixed sentences."""
        counts = self.document["counts"]
        if not counts["votes"]:
            return [_("There are no votes yet, so nothing can be said about agreement.")]
        groups, shared, split = (
            self.document["groups"],
            self.document["common_ground"],
            self.document["divisive"],
        )
        if not self.letters:
            return [
                _(
                    "%(people)s people gave %(votes)s votes on %(ideas)s ideas.",
                    people=number(counts["people_voted"]),
                    votes=number(counts["votes"]),
                    ideas=number(counts["ideas_published"]),
                ),
                _("No clear opinion groups were found, so ideas are ranked over everybody."),
            ]
        lines = [
            _(
                "By their votes, %(people)s people stand in %(k)s opinion groups.",
                people=number(groups["people_placed"]),
                k=groups["k"],
            )
        ]
        if shared["ideas"]:
            lines.append(
                ngettext(
                    "All groups agree on %(num)s idea.",
                    "All groups agree on %(num)s ideas.",
                    shared["found"],
                )
            )
        else:
            lines.append(_("There is no idea that more than half of every group agrees with."))
        if split["ideas"]:
            lines.append(
                ngettext(
                    "They are clearly divided on %(num)s idea.",
                    "They are clearly divided on %(num)s ideas.",
                    split["found"],
                )
            )
        return lines

    @property
    def figures(self) -> list[Figure]:
        """Return the row of large numbers."""
        counts, moderation = self.document["counts"], self.document["moderation"]
        elsewhere = counts["votes_on_unpublished"]
        return [
            Figure(
                _("People taking part"),
                number(counts["people"]),
                _("%(n)s voted", n=number(counts["people_voted"])),
            ),
            Figure(_("Ideas published"), number(counts["ideas_published"]), ""),
            Figure(_("Comments"), number(counts["comments_published"]), ""),
            Figure(
                _("Votes"),
                number(counts["votes"]),
                _("%(n)s on ideas taken out later", n=number(elsewhere)) if elsewhere else "",
            ),
            Figure(
                _("Not published"),
                number(moderation["not_published"]),
                _(
                    "%(share)s of %(n)s checked",
                    share=percent(moderation["share_not_published"]),
                    n=number(moderation["checked"]),
                )
                if moderation["checked"]
                else "",
            ),
        ]

    @property
    def people_line(self) -> str:
        """Return who stands on the map and who does not."""
        groups = self.document["groups"]
        line = _(
            "%(n)s people voted on at least %(least)s ideas. People who voted alike are drawn"
            " close together. Groups come only from votes, not from who people are.",
            n=number(groups["people_placed"]),
            least=groups["votes_needed"],
        )
        if groups["people_left_out"]:
            line += " " + ngettext(
                "%(num)s person voted on fewer and is not on the map.",
                "%(num)s people voted on fewer and are not on the map.",
                groups["people_left_out"],
            )
        return line

    @property
    def no_groups_reason(self) -> str:
        """Return why no groups are shown."""
        groups = self.document["groups"]
        least = self.document["method"]["groups"]["least_people"]
        return {
            "too_few_statements": _("Not enough ideas for a map yet: two are needed."),
            "too_few_people": _(
                "Not enough votes for a map yet: %(n)s of %(least)s people.",
                n=groups["people_placed"],
                least=least,
            ),
            "no_differences": _("People voted so much alike that there is nothing to tell apart."),
            "not_stable": _(
                "No clear groups: made from four fifths of the people, the groups come out"
                " differently each time."
            ),
            "not_separate": _("No clear groups: people's views shade into each other."),
            "group_too_small": _(
                "No groups are shown: one of them would have fewer than five people."
            ),
        }.get(groups["reason"], "")

    def words(self, idea: int) -> str:
        """Return the public's words for an idea."""
        return str(self.ideas[idea]["words"]["text"])

    def language_of(self, quotation: Cell) -> str:
        """Return the language of what is quoted; the dialogue's own for a comment."""
        idea = self.ideas.get(quotation["contribution"])
        return str(idea["language"] if idea else self.document["dialogue"]["language"])

    def stance(self, stance: Cell) -> str:
        """Return how a group stands apart on an idea, without the idea's words."""
        shares = {
            "inside": percent(stance["inside"]["share"]),
            "outside": percent(stance["outside"]["share"]),
        }
        if stance["direction"] == "agree":
            return _("%(inside)s agree, others %(outside)s", **shares)
        return _("%(inside)s disagree, others %(outside)s", **shares)

    def group_shares(self, row: Cell) -> str:
        """Return the share of each group that agrees: "A 88, B 79"."""
        parts = [
            f"{letter} {whole(cell['share'])}" if cell else _("%(g)s too few", g=letter)
            for letter, cell in row["groups"].items()
        ]
        return ", ".join(parts)

    def interval(self, row: Cell) -> str:
        """Return the 95 % interval of a share in whole percent."""
        if row["low"] is None:
            return ""
        return f"{whole(row['low'])}–{whole(row['high'])} %"

    @property
    def stability_line(self) -> str:
        """Return how firm the groups are."""
        groups = self.document["groups"]
        return _(
            "Made again from four fifths of the people, the groups agree with these at"
            " %(stability)s (1 is the same, 0 is chance).",
            stability=decimal(groups["stability"]),
        )

    @property
    def themes_line(self) -> str:
        """Return how firm the themes are and what they leave out."""
        themes = self.document["themes"]
        if themes["state"] == "too_few":
            return _(
                "Too little for themes: %(n)s contributions, %(needed)s are needed.",
                n=themes["contributions"],
                needed=themes["needed"],
            )
        grade = {
            "firm": _("Firm"),
            "fair": _("Fair"),
            "weak": _("Not stable"),
        }[themes["grade"]]
        return _(
            "Found by software, to find one's way. %(grade)s: made again from part of the"
            " texts they agree at %(stability)s. %(coverage)s of contributions are in one.",
            grade=grade,
            stability=decimal(themes["stability"]),
            coverage=percent(themes["coverage"]),
        )

    @property
    def bars(self) -> list[Bar]:
        """Return the activity by day; by week or month where days would be too many."""
        days = {date.fromisoformat(row["day"]): row for row in self.document["activity"]}
        if not days:
            return []
        starts = _starts(min(days), max(days))
        pattern = "MMM y" if _by_month(starts) else "MMM d"
        bars = []
        for place, first in enumerate(starts):
            beyond = starts[place + 1] if place + 1 < len(starts) else date.max
            rows = [row for day, row in days.items() if first <= day < beyond]
            bars.append(
                Bar(
                    first,
                    format_date(first, pattern, locale=get_locale() or "en"),
                    sum(row["votes"] for row in rows),
                    sum(len(row["comments"]) for row in rows),
                    sum(len(row["ideas"]) for row in rows),
                )
            )
        return bars

    @property
    def bar_unit(self) -> str:
        """Return what a bar stands for, as the heading says it."""
        starts = [bar.first for bar in self.bars]
        if _by_month(starts):
            return _("Activity by month")
        step = (starts[1] - starts[0]).days if len(starts) > 1 else 1
        return _("Activity by week") if step == 7 else _("Activity by day")

    @property
    def activity_names(self) -> list[tuple[str, str]]:
        """Return what the chart of activity shows: field of a Bar, and its name."""
        return [("votes", _("Votes")), ("comments", _("Comments")), ("ideas", _("Ideas"))]

    @property
    def concentration_lines(self) -> list[str]:
        """Return how unevenly votes and texts are spread over people."""
        spread = self.document["concentration"]
        sentences = {
            "votes": _(
                "Votes a person: %(median)s in the middle (median). The most active %(fraction)s"
                " gave %(share)s of all votes (Gini coefficient %(gini)s)."
            ),
            "contributions": _(
                "Published contributions of a person who wrote: %(median)s in the middle (median)."
                " The most active %(fraction)s wrote %(share)s of them (Gini coefficient %(gini)s)."
            ),
        }
        return [
            sentence
            % {
                "median": number(spread[kind]["median"]),
                "fraction": percent(spread[kind]["top"]["fraction"]),
                "share": percent(spread[kind]["top"]["share"]),
                "gini": decimal(spread[kind]["gini"]),
            }
            for kind, sentence in sentences.items()
            if spread[kind]["state"] == "ok"
        ]

    @property
    def moderation_line(self) -> str:
        """Return what was received and what became of it."""
        moderation = self.document["moderation"]
        return _(
            "%(received)s contributions were received, %(checked)s of them checked;"
            " %(refused)s were not published.",
            received=number(moderation["received"]),
            checked=number(moderation["checked"]),
            refused=number(moderation["not_published"]),
        )

    def campaign_people(self, row: Cell) -> str:
        """Return how many people sent a text."""
        return _("fewer than 5") if row["people"] is None else number(row["people"])

    @property
    def limits(self) -> list[str]:
        """Return what the reader must bear in mind."""
        return [
            {
                "self_selected": _(
                    "People chose to take part. This is not a poll: the figures describe those who"
                    " took part, not the public."
                ),
                "groups_from_votes": _(
                    "Groups come only from votes, not from who people are. A person can stand"
                    " between groups."
                ),
                "small_cells": _(
                    "Nothing is shown about fewer than five people: a group's votes on an idea are"
                    " left out where fewer than five of the group voted, and every mark of the map"
                    " stands for at least five."
                ),
                "themes_by_software": _(
                    "Themes were found by software and are an aid to find one's way. Topics were"
                    " chosen by people."
                ),
                "no_generated_text": _(
                    "No sentence in this report was written by a language model. Every quotation is"
                    " an exact piece of a published text."
                ),
                "unseen_votes": _(
                    "Not everybody saw every idea. Shares are of those who voted on an idea, and"
                    " people who passed count as having voted."
                ),
            }[limit["code"]]
            for limit in self.document["limits"]
        ]

    @property
    def ranking_line(self) -> str:
        """Return how ideas are ranked."""
        if self.document["ranking"]["by"] == "least_agreeing_group":
            return _(
                "Ranked by the group that agrees least, so a large group cannot outvote a small"
                " one. What counts is the lower end of that group's 95 percent interval, so a"
                " handful of votes does not decide."
            )
        return _("Ranked by the lower end of the 95 percent interval of the share that agrees.")

    @property
    def votes_note(self) -> str:
        """Return which votes are counted where."""
        counts = self.document["counts"]
        if not counts["votes_on_unpublished"]:
            return _("One vote for each person and idea: the last choice.")
        return _(
            "One vote for each person and idea: the last choice. Of %(all)s votes by %(people)s"
            " people, %(shown)s stand on the published ideas and %(other)s on ideas that were"
            " taken out later: those have no row below, but everybody's votes count in the totals.",
            all=number(counts["votes"]),
            people=number(counts["people_voted"]),
            shown=number(counts["votes_on_published"]),
            other=number(counts["votes_on_unpublished"]),
        )


def number(value: float) -> str:
    """Return 2904 as "2,904" in the page's language."""
    return str(format_decimal(value, locale=get_locale() or "en"))


def decimal(value: float) -> str:
    """Return a number with two decimals."""
    return str(format_decimal(value, format="0.00", locale=get_locale() or "en"))


def whole(share: float | None) -> str:
    """Return a share as whole percent without the sign; a dash where there is none."""
    return "–" if share is None else str(int(100 * share + 0.5))


def percent(share: float | None) -> str:
    """Return a share as "82%"."""
    return "–" if share is None else _("%(n)s%%", n=whole(share))


def long_day(day: str) -> str:
    """Return an ISO day as "November 3, 2026"."""
    return str(format_date(date.fromisoformat(day), "long", locale=get_locale() or "en"))


def _by_month(starts: list[date]) -> bool:
    return len(starts) > 1 and (starts[1] - starts[0]).days >= 28


def _starts(first: date, last: date) -> list[date]:
    days = (last - first).days + 1
    if days <= MOST_BARS:
        return [first + timedelta(n) for n in range(days)]
    if days <= 7 * MOST_BARS:
        monday = first - timedelta(first.weekday())
        return [monday + timedelta(7 * n) for n in range((last - monday).days // 7 + 1)]
    months, month = [], first.replace(day=1)
    while month <= last:
        months.append(month)
        month = (month + timedelta(32)).replace(day=1)
    return months
