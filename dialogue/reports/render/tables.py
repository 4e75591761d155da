"""The numbers of a report as plain tables with a dictionary: what workbook and CSV both hold.

Every column says what it means; a column without a meaning cannot be made.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from dialogue.reports.model import Model

Cell = str | int | float | None


@dataclass(frozen=True)
class Column:
    """A column and what it means."""

    name: str
    meaning: str


@dataclass(frozen=True)
class Table:
    """A table by name; each row has a cell for each column, None where there is nothing to show."""

    name: str
    says: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]

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
        (f"{table.name}: {column.name}", column.meaning, None)
        for table in tables(document)
        for column in table.columns
    ]
    counts = [
        (name, document["definitions"][name], value) for name, value in document["counts"].items()
    ]
    return Table(
        "Dictionary",
        "What every count and column means.",
        [
            Column("name", "A count of the report, or a table and its column."),
            Column("what it means", "How it is counted."),
            Column("value", "Of a count, its value."),
        ],
        [*counts, *columns],
    )


def limitations(document: Model) -> Table:
    """Return what to bear in mind, what was left out and why, and the fingerprints."""
    return Table(
        "Limitations",
        "What to bear in mind, what was left out and why, and the fingerprints of the data.",
        [
            Column("limit", "A limit of these data, or what the value is."),
            Column("value", "A number or a fingerprint."),
        ],
        [
            *([limit["text"], None] for limit in document["limits"]),
            [document["ranking"]["says"], None],
            *_left_out(document),
            ["Covers what happened until", document["covers"]["until"]],
            ["SHA-256 of the report", document["sha256"]],
            ["SHA-256 of its input", document["input_sha256"]],
        ],
    )


def ideas(document: Model) -> Table:
    """Return one row per published idea; each opinion group adds its columns."""
    topics = {i: topic["name"] for topic in document["topics"]["list"] for i in topic["ideas"]}
    letters = [group["letter"] for group in document["groups"]["list"]]
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
        "Ideas",
        "One row for each published idea, best ranked first.",
        [
            *_IDEA_COLUMNS,
            *(
                Column(f"group_{letter}_{name}", meaning.format(letter=letter))
                for letter in letters
                for name, meaning in _GROUP_COLUMNS
            ),
        ],
        rows,
    )


_IDEA_COLUMNS = (
    Column(
        "rank",
        "Place by the group that agrees least, or over everybody where there are no clear groups;"
        " empty where too few people voted.",
    ),
    Column("id", "Number of the idea, as in its address."),
    Column("topic", "The topic that its author chose."),
    Column("idea", "The idea in its author's words."),
    Column("votes", "People who voted on it, each once: agree, disagree and pass together."),
    Column("agree", "People whose last choice was agree."),
    Column("disagree", "People whose last choice was disagree."),
    Column("pass", "People whose last choice was pass."),
    Column("share_agree", "Agree divided by all votes on the idea, passes included."),
    Column("share_low", "Lower end of the 95 % Wilson interval of share_agree."),
    Column("share_high", "Upper end of the 95 % Wilson interval of share_agree."),
)
_GROUP_FIELDS = ("votes", "agree", "disagree", "pass", "share")
_FEW = "; empty where fewer than five of it voted."
_GROUP_COLUMNS = (
    ("votes", "Votes of opinion group {letter} on the idea" + _FEW),
    ("agree", "Of group {letter}, those who agree" + _FEW),
    ("disagree", "Of group {letter}, those who disagree" + _FEW),
    ("pass", "Of group {letter}, those who passed" + _FEW),
    ("share_agree", "Agree divided by votes within group {letter}" + _FEW),
)


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
        "Groups",
        "What sets each opinion group apart: a row for each group and idea.",
        [
            Column("group", "Letter of the opinion group."),
            Column("people", "How many people are in it."),
            Column("idea id", "Number of an idea that sets the group apart."),
            Column("idea", "That idea in its author's words."),
            Column("direction", "Whether the group agrees or disagrees more than the others."),
            Column("share in the group", "Share of the group's votes that go this way."),
            Column("share of the others", "Share of the other groups' votes that go this way."),
        ],
        rows,
    )


def _topics(document: Model) -> Table:
    letters = [group["letter"] for group in document["groups"]["list"]]
    return Table(
        "Topics",
        "Topics that people chose, and themes that software found as an aid.",
        [
            Column("kind", "A topic, or a theme found by software."),
            Column("topic", "Its name, or the words that are typical of it."),
            Column("ideas", "Published ideas in it."),
            Column("comments", "Published comments in it."),
            Column("different texts", "How many different wordings there are among them."),
            Column("people", "How many people wrote them; not shown under five."),
            Column("votes", "Votes on its ideas."),
            *(
                Column(
                    f"group {letter} mean share",
                    f"Share of group {letter} that agrees, averaged over its ideas.",
                )
                for letter in letters
            ),
            Column("gap", "Largest minus smallest mean share of the groups that agrees."),
        ],
        [
            *(_views("topic", topic["name"], topic) for topic in document["topics"]["list"]),
            *(
                _views(
                    "theme found by software", theme.get("name") or ", ".join(theme["terms"]), theme
                )
                for theme in document["themes"]["list"]
            ),
        ],
    )


def _views(kind: str, name: str, row: dict[str, Any]) -> list[Cell]:
    return [
        *(kind, name, len(row["ideas"]), len(row["comments"])),
        *(row["different_texts"], _people(row), row["votes"]),
        *row["groups"].values(),
        row["gap"],
    ]


def _activity(document: Model) -> Table:
    return Table(
        "Activity",
        "What happened on each day, in the dialogue's time zone.",
        [
            Column("day", "Year, month and day."),
            Column("votes", "Votes whose last choice was made on that day."),
            Column("ideas", "Ideas written on that day and published since."),
            Column("comments", "Comments written on that day and published since."),
        ],
        [
            [row["day"], row["votes"], len(row["ideas"]), len(row["comments"])]
            for row in document["activity"]
        ],
    )


def _campaigns(document: Model) -> Table:
    return Table(
        "Campaigns",
        "Texts that many sent in the same words, each shown once.",
        [
            Column("contributions", "How many contributions carry the text."),
            Column("different texts", "How many different wordings there are among them."),
            Column("people", "How many people sent it; not shown under five."),
            Column("quotation", "The opening words of one of them."),
        ],
        [
            [
                len(row["contributions"]),
                row["different_texts"],
                _people(row),
                row["quotation"]["text"],
            ]
            for row in document["campaigns"]["list"]
        ],
    )


def _key_points(document: Model) -> Table:
    topics = {row["key"]: row["name"] for row in document["topics"]["list"]}
    return Table(
        "Key points",
        "What many say and what few say: sentences that people wrote and that stand for others.",
        [
            Column("kind", "A key point of a topic, or a view of few."),
            Column("topic", "The topic; empty where contributions are in none."),
            Column("sentence", "The sentence, in its author's words."),
            Column("contribution", "Number of the contribution it stands in."),
            Column("contributions", "How many contributions say so: at least."),
            Column("different texts", "How many different wordings there are among them."),
            Column("people", "How many people say so: at least; not shown under five."),
            Column("voices", "People, with all who sent the same words counted as one: the order."),
            Column("share", "People divided by all who wrote something that is published."),
            Column("share_low", "Lower end of the 95 % Wilson interval of share."),
            Column("share_high", "Upper end of the 95 % Wilson interval of share."),
        ],
        [
            *(
                _view("key point", topics.get(scope["topic"], ""), row)
                for scope in document["key_points"]["topics"]
                for row in scope["list"]
            ),
            *(_view("view of few", "", row) for row in document["minority"]["views"]),
        ],
    )


def _view(kind: str, topic: str, row: dict[str, Any]) -> list[Cell]:
    quotation = row["quotation"]
    return [
        *(kind, topic, quotation["text"], quotation["contribution"], len(row["contributions"])),
        *(row["different_texts"], _people(row), row["voices"]),
        *(row["share"], row["low"], row["high"]),
    ]


def _added(document: Model) -> Table:
    return Table(
        "Added words",
        "What people added to words that many sent: a row for each stretch of their own.",
        [
            Column("text", "Number of the contribution that stands for the common words."),
            Column("contribution", "Number of the contribution with words of its own."),
            Column("added", "The words that its author added."),
            Column("core_share", "Share of the contribution's words that are the common ones."),
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


def _people(row: dict[str, Any]) -> Cell:
    return "fewer than 5" if row["people"] is None else row["people"]


def _moderation(document: Model) -> Table:
    return Table(
        "Moderation",
        "Why contributions were not published.",
        [
            Column("reason", "The reason, from the dialogue's catalogue."),
            Column("contributions", "How many were not published for it."),
        ],
        [[row["reason"], row["contributions"]] for row in document["moderation"]["reasons"]],
    )


def _left_out(document: Model) -> Iterable[list[Cell]]:
    """Return what was received and is not in the tables, with the reason."""
    yield [
        "Contributions not published, by reason in the table Moderation",
        document["moderation"]["not_published"],
    ]
    yield [
        "Votes on ideas that were taken out later: in the totals, in no row of Ideas",
        document["counts"]["votes_on_unpublished"],
    ]
