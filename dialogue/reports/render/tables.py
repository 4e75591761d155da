"""The numbers of a report as plain tables with a dictionary: what workbook and CSV both hold.

Names of tables and columns, and the codes in cells, are the same in every language, so that a
program reads every report; what they mean is said in the report's language. A column without a
meaning cannot be made.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from dialogue.reports.model import Model
from dialogue.reports.render import sentences

Cell = str | int | float | None
Rows = Sequence[Sequence[Cell]]
FEW = "<5"  # people; a number under five is not shown


@dataclass(frozen=True)
class Column:
    """A column and what it means; `is_wide` where sentences stand in it."""

    name: str
    meaning: str
    is_wide: bool = False


@dataclass(frozen=True)
class Table:
    """A table: its name for programs, its title for people; each row has a cell for each column,
    None where there is nothing to show."""

    name: str
    title: str
    says: str
    columns: Sequence[Column]
    rows: Rows

    @property
    def header(self) -> list[str]:
        """Return the names of the columns."""
        return [column.name for column in self.columns]


def tables(document: Model) -> list[Table]:
    """Return all tables of a report, in the order of the workbook."""
    return [
        ideas(document),
        _groups(document),
        _topics(document),
        _activity(document),
        _key_points(document),
        _campaigns(document),
        _added(document),
        _moderation(document),
    ]


def dictionary(document: Model) -> Table:
    """Return what every count and every column means, with the value of each count."""
    columns = [
        (f"{table.title}: {column.name}", column.meaning, None)
        for table in tables(document)
        for column in table.columns
    ]
    return Table(
        "dictionary",
        _("Dictionary"),
        _("What every count and column means."),
        [
            Column(_("name"), _("A count of the report, or a table and its column.")),
            Column(_("what it means"), _("How it is counted."), is_wide=True),
            Column(_("value"), _("Of a count, its value.")),
        ],
        [*counts(document), *columns],
    )


def counts(document: Model) -> list[tuple[str, str, int]]:
    """Return name, meaning and value of every count."""
    meanings = document["definitions"]
    return [
        (name, sentences.definition(name, meanings[name]), value)
        for name, value in document["counts"].items()
    ]


def limitations(document: Model) -> Table:
    """Return what to bear in mind, what was left out and why, and the fingerprints."""
    return Table(
        "limitations",
        _("Limitations"),
        _("What to bear in mind, what was left out and why, and the fingerprints of the data."),
        [
            Column(_("limit"), _("A limit of these data, or what the value is."), is_wide=True),
            Column(_("value"), _("A number or a fingerprint."), is_wide=True),
        ],
        [
            *([sentences.limit(limit), None] for limit in document["limits"]),
            [sentences.ranking(document["ranking"]), None],
            *_left_out(document),
            [_("Covers what happened until"), document["covers"]["until"]],
            [_("SHA-256 of the report"), document["sha256"]],
            [_("SHA-256 of the input"), document["input_sha256"]],
        ],
    )


def ideas(document: Model) -> Table:
    """Return one row per published idea; each opinion group adds its columns."""
    topics = {i: topic["name"] for topic in document["topics"]["list"] for i in topic["ideas"]}
    rows: list[list[Cell]] = []
    for idea in document["ideas"]:
        row: list[Cell] = [
            *(idea["rank"], idea["id"], topics.get(idea["id"], ""), idea["words"]["text"]),
            *(idea["votes"], idea["agree"], idea["disagree"], idea["pass"]),
            *(idea["share"], idea["low"], idea["high"]),
        ]
        for cell in idea["groups"].values():
            row += [cell[name] if cell else None for name in _GROUP_FIELDS]
        rows.append(row)
    return Table(
        "ideas",
        _("Ideas"),
        _("One row for each published idea, best ranked first."),
        [
            Column(
                "rank",
                _(
                    "Place by the group that agrees least, or over everybody where there are no"
                    " clear groups; empty where too few people voted."
                ),
            ),
            Column("id", _("Number of the idea, as in its address.")),
            Column("topic", _("The topic that its author chose."), is_wide=True),
            Column("idea", _("The idea in its author's words."), is_wide=True),
            Column(
                "votes",
                _("People who voted on it, each once: agree, disagree and pass together."),
            ),
            Column("agree", _("People whose last choice was to agree.")),
            Column("disagree", _("People whose last choice was to disagree.")),
            Column("pass", _("People whose last choice was to pass.")),
            Column("share_agree", _("Agree divided by all votes on the idea, passes included.")),
            *_interval("share_agree"),
            *(column for letter in _letters(document) for column in _of_group(letter)),
        ],
        rows,
    )


_GROUP_FIELDS = ("votes", "agree", "disagree", "pass", "share")


def _of_group(letter: str) -> list[Column]:
    """Return the columns of one opinion group, in the order of _GROUP_FIELDS."""
    few = _("empty where fewer than five of it voted")
    meanings = {
        "votes": _("Votes of opinion group %(g)s on the idea", g=letter),
        "agree": _("Of group %(g)s, those who agree", g=letter),
        "disagree": _("Of group %(g)s, those who disagree", g=letter),
        "pass": _("Of group %(g)s, those who passed", g=letter),
        "share_agree": _("Agree divided by votes within group %(g)s", g=letter),
    }
    return [
        Column(f"group_{letter}_{name}", f"{meaning}; {few}.") for name, meaning in meanings.items()
    ]


def _groups(document: Model) -> Table:
    words = {idea["id"]: idea["words"]["text"] for idea in document["ideas"]}
    rows: list[list[Cell]] = []
    for group in document["groups"]["list"]:
        if not group["stands_for"]:
            rows.append([group["letter"], group["people"], None, None, None, None, None])
        rows += [
            [
                *(group["letter"], group["people"], stance["idea"], words[stance["idea"]]),
                *(stance["direction"], stance["inside"]["share"], stance["outside"]["share"]),
            ]
            for stance in group["stands_for"]
        ]
    return Table(
        "groups",
        _("Groups"),
        _("What sets each opinion group apart: a row for each group and idea."),
        [
            Column("group", _("Letter of the opinion group.")),
            Column("people", _("How many people are in it.")),
            Column("idea_id", _("Number of an idea that sets the group apart.")),
            Column("idea", _("The idea in its author's words."), is_wide=True),
            Column(
                "direction",
                _("Whether the group agrees (agree) or disagrees (disagree) more than the others."),
            ),
            Column("share_in_group", _("Share of the group's votes that go this way.")),
            Column("share_of_others", _("Share of the other groups' votes that go this way.")),
        ],
        rows,
    )


def _topics(document: Model) -> Table:
    return Table(
        "topics",
        _("Topics"),
        _("Topics that people chose, and themes that software found as an aid."),
        [
            Column("kind", _("A topic (topic), or a theme found by software (theme).")),
            Column("topic", _("Its name, or the words that are typical of it."), is_wide=True),
            Column("ideas", _("Published ideas in it.")),
            Column("comments", _("Published comments in it.")),
            _different_texts(),
            Column("people", _("How many people wrote them; not shown under five.")),
            Column("votes", _("Votes on its ideas.")),
            *(
                Column(
                    f"group_{letter}_mean_share",
                    _("Share of group %(g)s that agrees, averaged over its ideas.", g=letter),
                )
                for letter in _letters(document)
            ),
            Column("gap", _("Largest minus smallest mean share of the groups that agrees.")),
        ],
        [
            *(_heap("topic", topic["name"], topic) for topic in document["topics"]["list"]),
            *(
                _heap("theme", theme.get("name") or ", ".join(theme["terms"]), theme)
                for theme in document["themes"]["list"]
            ),
        ],
    )


def _heap(kind: str, name: str, row: dict[str, Any]) -> list[Cell]:
    return [
        *(kind, name, len(row["ideas"]), len(row["comments"])),
        *(row["different_texts"], _people(row), row["votes"]),
        *row["groups"].values(),
        row["gap"],
    ]


def _activity(document: Model) -> Table:
    return Table(
        "activity",
        _("Activity"),
        _("What happened on each day, in the dialogue's time zone."),
        [
            Column("day", _("Year, month and day.")),
            Column("votes", _("Votes whose last choice was made on that day.")),
            Column("ideas", _("Ideas written on that day and published since.")),
            Column("comments", _("Comments written on that day and published since.")),
        ],
        [
            [row["day"], row["votes"], len(row["ideas"]), len(row["comments"])]
            for row in document["activity"]
        ],
    )


def _key_points(document: Model) -> Table:
    topics = {row["key"]: row["name"] for row in document["topics"]["list"]}
    return Table(
        "key_points",
        _("Key points"),
        _("What many say and what few say: sentences that people wrote and that stand for others."),
        [
            Column(
                "kind", _("A key point of a topic (key_point), or a view of few (view_of_few).")
            ),
            Column("topic", _("The topic; empty where contributions are in none."), is_wide=True),
            Column("sentence", _("The sentence, in its author's words."), is_wide=True),
            Column("contribution", _("Number of the contribution it stands in.")),
            Column("contributions", _("How many contributions say so: at least.")),
            _different_texts(),
            Column("people", _("How many people say so: at least; not shown under five.")),
            Column(
                "voices",
                _("People, with all who sent the same words counted as one: the order."),
            ),
            Column("share", _("People divided by all who wrote something that is published.")),
            *_interval("share"),
        ],
        [
            *(
                _view("key_point", topics.get(scope["topic"], ""), row)
                for scope in document["key_points"]["topics"]
                for row in scope["list"]
            ),
            *(_view("view_of_few", "", row) for row in document["minority"]["views"]),
        ],
    )


def _view(kind: str, topic: str, row: dict[str, Any]) -> list[Cell]:
    quotation = row["quotation"]
    return [
        *(kind, topic, quotation["text"], quotation["contribution"], len(row["contributions"])),
        *(row["different_texts"], _people(row), row["voices"]),
        *(row["share"], row["low"], row["high"]),
    ]


def _campaigns(document: Model) -> Table:
    return Table(
        "campaigns",
        _("Campaigns"),
        _("Texts that many sent in the same words, each shown once."),
        [
            Column("contributions", _("How many contributions carry the text.")),
            _different_texts(),
            Column("people", _("How many people sent it; not shown under five.")),
            Column("quotation", _("The opening words of one of them."), is_wide=True),
        ],
        [
            [
                *(len(row["contributions"]), row["different_texts"], _people(row)),
                row["quotation"]["text"],
            ]
            for row in document["campaigns"]["list"]
        ],
    )


def _added(document: Model) -> Table:
    return Table(
        "added_words",
        _("Added words"),
        _("What people added to words that many sent: a row for each stretch of their own."),
        [
            Column("text", _("Number of the contribution that stands for the common words.")),
            Column("contribution", _("Number of the contribution with words of its own.")),
            Column("added", _("The words that its author added."), is_wide=True),
            Column("core_share", _("Share of the contribution's words that are the common ones.")),
        ],
        [
            [
                *(row["quotation"]["contribution"], words["contribution"]),
                *(words["text"], one["core_share"]),
            ]
            for row in document["campaigns"]["list"]
            for one in row["added"]
            for words in one["words"]
        ],
    )


def _moderation(document: Model) -> Table:
    return Table(
        "moderation",
        _("Moderation"),
        _("Why contributions were not published."),
        [
            Column("reason", _("The reason, from the dialogue's catalogue."), is_wide=True),
            Column("contributions", _("How many were not published for it.")),
        ],
        [
            [sentences.said(row["reason"]), row["contributions"]]
            for row in document["moderation"]["reasons"]
        ],
    )


def _left_out(document: Model) -> Iterable[list[Cell]]:
    """Return what was received and is not in the tables, with the reason."""
    yield [
        _("Contributions not published; the table Moderation has the reasons"),
        document["moderation"]["not_published"],
    ]
    yield [
        _("Votes on ideas that were taken out later: in the totals, in no row of Ideas"),
        document["counts"]["votes_on_unpublished"],
    ]


def _letters(document: Model) -> list[str]:
    return [group["letter"] for group in document["groups"]["list"]]


def _different_texts() -> Column:
    return Column("different_texts", _("How many different wordings there are among them."))


def _interval(share: str) -> list[Column]:
    low = _("Lower end of the 95 percent Wilson interval of %(share)s.", share=share)
    high = _("Upper end of the 95 percent Wilson interval of %(share)s.", share=share)
    return [Column("share_low", low), Column("share_high", high)]


def _people(row: dict[str, Any]) -> Cell:
    return FEW if row["people"] is None else row["people"]
