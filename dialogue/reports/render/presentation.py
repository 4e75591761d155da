"""A report document made ready for people to read: what the page and the PDF both show.

Sentences stand here once, so that every format says the same; numbers come from the document and
are only looked up and rounded to whole percent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from babel.dates import format_datetime, get_timezone
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from dialogue.reports.model import Model
from dialogue.reports.render import sentences
from dialogue.reports.render.activity import Activity
from dialogue.reports.render.language import language_of
from dialogue.reports.render.numerals import (
    decimal,
    long_day,
    number,
    percent,
    shorten,
    signed,
    whole,
)

LONGEST_TERM = 40  # letters of a word that names a theme
LONG_LIST = 100  # ideas in the table of a page; the spreadsheet has all

Cell = dict[str, Any]
_ENDS = ("?", "!", ".", "…", "？", "！", "。", "؟")  # of a name that is a sentence by itself

_GRADES = {
    "firm": _l("Firm"),
    "fair": _l("Fair"),
    "weak": _l("Not stable"),
    "none": _l("Too little to tell"),
}
_PARTS = {
    "groups": _l("Opinion groups"),
    "common_ground": _l("Agreement in every group"),
    "divisive": _l("Ideas that divide the groups"),
    "themes": _l("Themes"),
    "key_points": _l("What many say"),
    "minority": _l("What few say"),
}
_COUNTS = {
    "people": _l("People taking part"),
    "people_voted": _l("People who voted"),
    "people_voted_on_published": _l("People who voted on a published idea"),
    "people_wrote": _l("People who wrote"),
    "ideas_published": _l("Ideas published"),
    "comments_published": _l("Comments"),
    "contributions_published": _l("Contributions"),
    "different_texts": _l("Different texts"),
    "votes": _l("Votes"),
    "votes_on_published": _l("Votes on published ideas"),
    "votes_on_unpublished": _l("Votes on ideas taken out later"),
}
_DECISIONS = {
    "approved": _l("Published"),
    "rejected": _l("Not published"),
    "returned": _l("Returned for editing"),
    "off_topic": _l("Off topic"),
    "binned": _l("In the bin"),
    "hidden": _l("Hidden"),
    "restored": _l("Shown again"),
    "redacted": _l("Published with text hidden"),
    "merged": _l("Merged"),
    "unmerged": _l("Taken apart again"),
    "split": _l("Split"),
    "moved": _l("Moved to another topic"),
    "comments_closed": _l("Comments closed"),
    "comments_opened": _l("Comments opened"),
    "locked": _l("Locked"),
    "unlocked": _l("Unlocked"),
    "kept": _l("Kept after a report"),
    "escalated": _l("Passed on"),
    "disowned_removed": _l("Removed because its author did not write it"),
    "appeal_granted": _l("Second look: changed"),
    "appeal_refused": _l("Second look: kept"),
}


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
        self.groups: list[Cell] = document["groups"]["list"]
        self.letters = [group["letter"] for group in self.groups]

    @property
    def language(self) -> str:
        """Return the language of the report's own sentences."""
        return language_of(self.document)

    @property
    def title(self) -> str:
        """Return the heading of the report."""
        name = self.document["dialogue"]["name"]
        if name.endswith(_ENDS):
            return _("%(name)s What we have heard", name=name)
        return _("%(name)s: what we have heard", name=name)

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
                    "All groups agree on %(n)s idea.",
                    "All groups agree on %(n)s ideas.",
                    shared["found"],
                    n=number(shared["found"]),
                )
            )
        else:
            lines.append(_("There is no idea that more than half of every group agrees with."))
        if split["ideas"]:
            lines.append(
                ngettext(
                    "They are clearly divided on %(n)s idea.",
                    "They are clearly divided on %(n)s ideas.",
                    split["found"],
                    n=number(split["found"]),
                )
            )
        return lines

    @property
    def figures(self) -> list[Figure]:
        """Return the row of large numbers."""
        counts, moderation = self.document["counts"], self.document["moderation"]
        elsewhere = counts["votes_on_unpublished"]
        since = self._since
        return [
            Figure(
                _("People taking part"),
                number(counts["people"]),
                since("people") or _("%(n)s voted", n=number(counts["people_voted"])),
            ),
            Figure(
                _("Ideas published"), number(counts["ideas_published"]), since("ideas_published")
            ),
            Figure(
                _("Comments"), number(counts["comments_published"]), since("comments_published")
            ),
            Figure(
                _("Votes"),
                number(counts["votes"]),
                _("%(n)s on ideas taken out later", n=number(elsewhere))
                if elsewhere
                else since("votes"),
            ),
            Figure(
                _("Not published"),
                number(moderation["not_published"]),
                _checked(moderation),
            ),
        ]

    def _since(self, name: str) -> str:
        """Return how a count moved since the report before; "" without one."""
        changes = self.document["changes"]
        for row in changes["counts"] if changes else ():
            if row["name"] == name:
                return _(
                    "%(n)s since report %(report)s",
                    n=signed(row["after"] - row["before"]),
                    report=changes["since"]["number"],
                )
        return ""

    def group_name(self, letter: str) -> str:
        """Return "A. Reach workers directly", or "Group A" while nobody has named it."""
        name = next((g.get("name") for g in self.groups if g["letter"] == letter), None)
        return f"{letter}. {name}" if name else str(_("Group %(g)s", g=letter))

    def heap_name(self, row: Cell) -> str:
        """Return the name of a topic or theme: a person's, else its characteristic words."""
        terms = [shorten(term, LONGEST_TERM) for term in row.get("terms", ())]
        return str(row.get("name") or ", ".join(terms) or _("No typical words"))

    def target_name(self, target: str) -> str:
        """Return what a change is about, by name; its key where it is merged away."""
        kind, _colon, key = target.partition(":")
        if kind == "group":
            return self.group_name(key)
        rows = self.document[{"topic": "topics", "theme": "themes"}.get(kind, "topics")]["list"]
        return next((self.heap_name(row) for row in rows if row["key"] == key), key)

    def signature(self, row: Cell) -> str:
        """Return what of a group, topic or theme is a person's doing; "" when nothing is."""
        parts = []
        if row.get("named_by"):
            parts.append(_("named by %(name)s", name=row["named_by"]))
        if row.get("merged"):
            what = ", ".join(row["merged"])
            parts.append(_("%(what)s added by %(name)s", what=what, name=row["changed_by"]))
        if row.get("split_from"):
            parts.append(
                _("taken from %(what)s by %(name)s", what=row["split_from"], name=row["changed_by"])
            )
        if row.get("chosen_by"):
            parts.append(_("quotations chosen by %(name)s", name=row["chosen_by"]))
        return ", ".join(parts)

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
                "%(n)s person voted on fewer and is not on the map.",
                "%(n)s people voted on fewer and are not on the map.",
                groups["people_left_out"],
                n=number(groups["people_left_out"]),
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
                "Not enough votes for a map yet: %(least)s people who voted on %(votes)s ideas are"
                " needed.",
                least=number(least),
                votes=groups["votes_needed"],
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
        """Return the language of what is quoted."""
        return str(quotation["language"])

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
            f"{letter}\u00a0{whole(cell['share'])}" if cell else _("%(g)s too few", g=letter)
            for letter, cell in row["groups"].items()
        ]
        return ", ".join(parts)

    def interval(self, row: Cell) -> str:
        """Return the 95 % interval of a share in whole percent."""
        if row["low"] is None:
            return ""
        return _("%(low)s–%(high)s%%", low=whole(row["low"]), high=whole(row["high"]))

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
        covered = self.document["coverage"]
        if themes["state"] == "too_few":
            return _(
                "Too little for themes: %(n)s contributions, %(needed)s are needed.",
                n=covered["contributions"],
                needed=themes["needed"],
            )
        return _(
            "Found by software, to find one's way. %(grade)s: made again from part of the"
            " texts they agree at %(stability)s. %(coverage)s of contributions are in one.",
            grade=self.grade("themes"),
            stability=decimal(themes["stability"]),
            coverage=percent(covered["in_a_theme"]["share"]),
        )

    def grade(self, part: str) -> str:
        """Return how firmly a part of the report stands, in a word."""
        found = next(row["grade"] for row in self.document["stability"] if row["part"] == part)
        return str(_GRADES[found])

    @property
    def stability_rows(self) -> list[tuple[str, str, str]]:
        """Return part, grade and figure of every part that another sample could change."""
        return [
            (
                str(_PARTS[row["part"]]),
                str(_GRADES[row["grade"]]),
                "–" if row["stability"] is None else decimal(row["stability"]),
            )
            for row in self.document["stability"]
        ]

    @property
    def coverage_rows(self) -> list[tuple[str, str, str]]:
        """Return what contributions are in, how many of them are, and the share."""
        covered = self.document["coverage"]
        names = {
            "in_a_topic": _("In a topic that people chose"),
            "in_a_theme": _("In a theme found by software"),
            "in_a_key_point": _("Matched to a key point"),
        }
        return [
            (name, number(covered[key]["contributions"]), percent(covered[key]["share"]))
            for key, name in names.items()
        ]

    def left_out(self, part: str) -> str:
        """Return the ids of the contributions that a part leaves out, as a line; "" for none."""
        return ", ".join(map(str, self.document["coverage"][part]["left_out"]))

    @property
    def key_point_scopes(self) -> list[tuple[str, Cell]]:
        """Return name and points of each topic that has something to show or to say."""
        names = {row["key"]: row["name"] for row in self.document["topics"]["list"]}
        scopes = self.document["key_points"]["topics"]
        other = _("In no topic") if names else _("All contributions")
        return [
            (names.get(scope["topic"], other), scope)
            for scope in scopes
            if scope["topic"] is None or scope["topic"] in names
        ]

    def scope_line(self, scope: Cell) -> str:
        """Return why a topic has no key points; "" when it has some."""
        if scope["list"]:
            return ""
        if scope["state"] == "too_few":
            return _(
                "Too little for key points: %(n)s different texts, %(needed)s are needed.",
                n=number(scope["different_texts"]),
                needed=number(scope["needed"]),
            )
        return _("No sentence here stands for five people or more.")

    @property
    def key_points_line(self) -> str:
        """Return what key points are, how firm they are and what they cover."""
        share = self.document["coverage"]["in_a_key_point"]["share"]
        return _(
            "Sentences that people wrote and that stand for others like them. %(grade)s."
            " %(share)s of contributions are matched to one. Who sent the same words counts once"
            " in the order.",
            grade=self.grade("key_points"),
            share=percent(share),
        )

    def view_line(self, view: Cell) -> str:
        """Return the numbers of a key point or view."""
        return _(
            "At least %(people)s (%(share)s of those who wrote, 95 percent interval %(interval)s),"
            " %(contributions)s, %(texts)s",
            people=_people(view["people"]),
            share=percent(view["share"]),
            interval=self.interval(view),
            contributions=_contributions(len(view["contributions"])),
            texts=_texts(view["different_texts"]),
        )

    @property
    def minority_line(self) -> str:
        """Return what counts as a view of few."""
        minority, method = self.document["minority"], self.document["method"]["minority"]
        if minority["state"] == "too_few":
            return _("Too few people wrote to tell apart what few of them say.")
        return _(
            "What at least %(percent)s%% of the people who wrote say, and at least %(least)s, here"
            " %(need)s; but no more than %(most)s of them.",
            percent=method["least_percent"],
            least=method["least_people"],
            need=number(minority["people_needed"]),
            most=percent(method["most_share"]),
        )

    @property
    def other_views(self) -> list[Cell]:
        """Return the views of few that do not stand among the key points already."""
        return [row for row in self.document["minority"]["views"] if row["from"] == "other_texts"]

    @property
    def points_of_few(self) -> str:
        """Return how many key points are views of few, too; "" for none."""
        views = self.document["minority"]["views"]
        found = sum(1 for row in views if row["from"] == "key_points")
        if not found:
            return ""
        return ngettext(
            "%(num)s of the key points above is the view of so few, too.",
            "%(num)s of the key points above are views of so few, too.",
            found,
        )

    @property
    def smallest_group_line(self) -> str:
        """Return who the smallest group is; "" without groups."""
        letter = self.document["minority"]["smallest_group"]
        if letter is None:
            return ""
        people = next(group["people"] for group in self.groups if group["letter"] == letter)
        return _(
            "The smallest group is %(name)s, %(n)s people. It is reported like every other.",
            name=self.group_name(letter),
            n=number(people),
        )

    def heap_line(self, row: Cell) -> str:
        """Return the numbers of a topic or theme."""
        parts = [
            ngettext("%(n)s idea", "%(n)s ideas", len(row["ideas"]), n=number(len(row["ideas"])))
        ]
        if row["comments"]:
            comments = len(row["comments"])
            parts.append(ngettext("%(n)s comment", "%(n)s comments", comments, n=number(comments)))
        parts += [_texts(row["different_texts"]), _people(row["people"])]
        if row["gap"] is not None:
            parts.append(_("largest gap %(n)s points", n=whole(row["gap"])))
        return ", ".join(parts)

    def people(self, count: int | None) -> str:
        """Return how many people; a number under five is not shown."""
        return _("fewer than 5") if count is None else number(count)

    @property
    def campaigns_line(self) -> str:
        """Return the three numbers of everything that was written."""
        every = self.document["campaigns"]["all"]
        numbers = _three(every["contributions"], every["different_texts"], every["people"])
        return _("Altogether: %(numbers)s.", numbers=numbers)

    def campaign_line(self, row: Cell) -> str:
        """Return the three numbers of a text that many sent, and how many added to it."""
        numbers = _three(len(row["contributions"]), row["different_texts"], row["people"])
        return f"{numbers}. {self.added_line(row)}"

    def added_line(self, row: Cell) -> str:
        """Return how many of a family added words of their own."""
        added = len(row["added"])
        return ngettext(
            "%(n)s of them added words of their own; %(alone)s added none.",
            "%(n)s of them added words of their own; %(alone)s added none.",
            added,
            n=number(added),
            alone=number(row["nothing_added"]),
        )

    @property
    def edition_line(self) -> str:
        """Return which edition this is and why; "" for the first."""
        edition = self.document["edition"]
        if edition["number"] == 1:
            return ""
        return _(
            "Edition %(n)s: the words of %(taken)s contributions are not public any more and were"
            " left out. All numbers are those of the first edition.",
            n=number(edition["number"]),
            taken=number(len(edition["taken_back"])),
        )

    @property
    def foreword(self) -> Cell | None:
        """Return text and author of the foreword; None without one."""
        found: Cell | None = self.document.get("foreword")
        return found

    @property
    def campaign_rows(self) -> list[tuple[str, ...]]:
        """Return the three numbers of each text that many sent."""
        return [
            (
                f"“{row['quotation']['text']}”",
                number(len(row["contributions"])),
                number(row["different_texts"]),
                self.people(row["people"]),
            )
            for row in self.document["campaigns"]["list"][:50]
        ]

    @property
    def reason_rows(self) -> list[tuple[str, str]]:
        """Return for which reasons contributions were not published, and how many."""
        return [
            (sentences.said(row["reason"]), number(row["contributions"]))
            for row in self.document["moderation"]["reasons"]
        ]

    @property
    def decision_rows(self) -> list[tuple[str, str]]:
        """Return what moderators decided and how often."""
        return [
            (decision_name(row["outcome"]), number(row["decisions"]))
            for row in self.document["moderation"]["decisions"]
        ]

    @property
    def count_rows(self) -> list[tuple[str, ...]]:
        """Return every count that changed since the report before, with the difference."""
        return [
            (
                str(_COUNTS.get(row["name"], row["name"])),
                number(row["before"]),
                number(row["after"]),
                signed(row["after"] - row["before"]),
            )
            for row in self.document["changes"]["counts"]
        ]

    @property
    def agreement_rows(self) -> list[tuple[str, ...]]:
        """Return how agreement moved in each topic and theme."""
        return [
            _moved_row(self.target_name(f"{row['kind']}:{row['key']}"), row)
            for row in self.document["changes"]["agreement"]
        ]

    @property
    def moved_rows(self) -> list[tuple[str, ...]]:
        """Return the ideas whose agreement moved most."""
        return [
            _moved_row(f"{row['idea']}. {self.words(row['idea'])}", row)
            for row in self.document["changes"]["moved_most"]
        ]

    @property
    def change_lines(self) -> list[str]:
        """Return what changed since the report before, in sentences; empty without one."""
        changes = self.document["changes"]
        if not changes:
            return []
        ideas, groups = changes["ideas"], changes["groups"]
        lines = [
            _(
                "Since report %(n)s: %(added)s ideas added, %(gone)s not public any more,"
                " %(edited)s edited.",
                n=changes["since"]["number"],
                added=number(len(ideas["added"])),
                gone=number(len(ideas["gone"])),
                edited=number(len(ideas["edited"])),
            )
        ]
        if groups["new"]:
            lines.append(
                _(
                    "The opinion groups are others than in that report: %(before)s then,"
                    " %(after)s now.",
                    before=groups["before"],
                    after=groups["after"],
                )
            )
        elif groups["after"]:
            lines.append(_("The opinion groups are the same as in that report."))
        return lines

    @property
    def activity(self) -> Activity:
        """Return what happened when."""
        return Activity(self.document["activity"])

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

    @property
    def limits(self) -> list[str]:
        """Return what the reader must bear in mind."""
        return [sentences.limit(row) for row in self.document["limits"]]

    @property
    def ranking_line(self) -> str:
        """Return how ideas are ranked."""
        return sentences.ranking(self.document["ranking"])

    @property
    def method_rows(self) -> list[tuple[str, str]]:
        """Return what was done, and how, with what one needs to do it again."""
        method = self.document["method"]
        parts = [
            (_("Opinion groups"), "groups"),
            (_("Themes"), "themes"),
            (_("Key points"), "key_points"),
        ]
        versions = [f"{name} {version}" for name, version in sorted(method["versions"].items())]
        return [
            *(
                (name, f"{sentences.said(method[part]['how'])}. {self._seed(method[part])}")
                for name, part in parts
            ),
            (_("Language models"), _("None was used.")),
            (_("Shares"), sentences.said(method["intervals"])),
            (_("Covers what happened until"), self.until),
            (_("Versions"), ", ".join(versions)),
        ]

    def _seed(self, method: Cell) -> str:
        return _("Seed %(n)s.", n=method["seed"])

    @property
    def until(self) -> str:
        """Return the moment up to which everything is counted, in the dialogue's time zone."""
        moment = datetime.fromisoformat(self.document["covers"]["until"])
        zone = get_timezone(self.document["dialogue"]["time_zone"])
        locale = get_locale() or "en"
        return str(format_datetime(moment, "long", tzinfo=zone, locale=locale))

    @property
    def digest_rows(self) -> list[tuple[str, str]]:
        """Return the fingerprints of the input, of the report and of its earlier editions."""
        return [
            (_("SHA-256 of the input"), self.document["input_sha256"]),
            (_("SHA-256 of the report"), self.document["sha256"]),
            *(
                (_("SHA-256 of edition %(n)s", n=place), earlier)
                for place, earlier in enumerate(self.document["edition"]["earlier"], start=1)
            ),
        ]

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


def _three(contributions: int, texts: int, people: int | None) -> str:
    return ", ".join((_contributions(contributions), _texts(texts), _people(people)))


def _contributions(count: int) -> str:
    return ngettext("%(n)s contribution", "%(n)s contributions", count, n=number(count))


def _texts(count: int) -> str:
    return ngettext("%(n)s different text", "%(n)s different texts", count, n=number(count))


def _people(count: int | None) -> str:
    if count is None:
        return _("fewer than 5 people")
    return ngettext("%(n)s person", "%(n)s people", count, n=number(count))


def _moved_row(name: str, row: Cell) -> tuple[str, ...]:
    before, after = row["before"], row["after"]
    points = "–" if before is None or after is None else signed(round(100 * (after - before)))
    return (name, percent(before), percent(after), points)


def decision_name(outcome: str) -> str:
    """Return what moderators decided, in words."""
    return str(_DECISIONS.get(outcome, outcome))


def _checked(moderation: dict[str, Any]) -> str:
    """Say of how many: a share only where everything was checked, else it would be one of few."""
    checked, received = moderation["checked"], moderation["received"]
    if not checked:
        return ""
    if checked < received:
        return _(
            "of %(n)s received; %(checked)s checked", n=number(received), checked=number(checked)
        )
    share = percent(moderation["share_not_published"])
    return _("%(share)s of %(n)s checked", share=share, n=number(checked))
