"""XLSX: the numbers in sheets of their own, with a dictionary and the limits.

Every text is written as a string (never as a formula, a link or a number), without the control
characters that a workbook cannot hold.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import xlsxwriter

from dialogue.reports.model import Model
from dialogue.reports.render import rows
from dialogue.reports.render.cells import writable
from dialogue.reports.render.kinds import Circumstances

_WIDE = {"idea", "quotation", "what it means", "limit", "reason", "terms", "topic", "value"}
_OPTIONS = {
    "constant_memory": True,
    "in_memory": False,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def render(document: Model, circumstances: Circumstances) -> bytes:
    """Return the workbook."""
    target = io.BytesIO()
    workbook = xlsxwriter.Workbook(target, _OPTIONS)
    workbook.set_properties(
        {
            "title": writable(document["dialogue"]["name"]),
            "author": writable(circumstances.site),
            "created": datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None),  # no clock in files
        }
    )
    bold = workbook.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    for name, header, lines in _sheets(document):
        sheet = workbook.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        for column, title in enumerate(header):
            sheet.set_column(column, column, 60 if title in _WIDE else 14)
        for column, title in enumerate(header):
            sheet.write_string(0, column, title, bold)
        for place, line in enumerate(lines, start=1):
            for column, value in enumerate(line):
                if isinstance(value, str):
                    sheet.write_string(place, column, writable(value))
                elif value is not None:
                    sheet.write_number(place, column, value)
    workbook.close()
    return target.getvalue()


def _sheets(document: Model) -> Iterable[tuple[str, list[str], Iterable[list[Any]]]]:
    counts = document["counts"]
    yield "Ideas", rows.header(document), rows.idea_rows(document)
    yield "Groups", ["group", "people", "idea id", "idea", *_STANCE], _group_lines(document)
    yield (
        "Topics",
        ["kind", "topic", "ideas", "comments", "votes", *_letters(document), "gap"],
        (_topic_lines(document)),
    )
    yield (
        "Activity",
        ["day", "votes", "ideas", "comments"],
        (
            [row["day"], row["votes"], len(row["ideas"]), len(row["comments"])]
            for row in document["activity"]
        ),
    )
    yield (
        "Campaigns",
        ["contributions", "different texts", "people", "quotation"],
        (
            [
                len(row["contributions"]),
                row["different_texts"],
                "fewer than 5" if row["people"] is None else row["people"],
                row["quotation"]["text"],
            ]
            for row in document["campaigns"]["list"]
        ),
    )
    yield (
        "Moderation",
        ["reason", "contributions"],
        ([row["reason"], row["contributions"]] for row in document["moderation"]["reasons"]),
    )
    yield (
        "Dictionary",
        ["name", "what it means", "value"],
        [
            *([name, document["definitions"][name], counts[name]] for name in counts),
            *([name, meaning, None] for name, meaning in _COLUMN_MEANINGS.items()),
        ],
    )
    yield (
        "Limitations",
        ["limit", "value"],
        [
            *([limit["text"], None] for limit in document["limits"]),
            [document["ranking"]["says"], None],
            ["SHA-256 of the report", document["sha256"]],
            ["SHA-256 of its input", document["input_sha256"]],
        ],
    )


_STANCE = ["direction", "share in the group", "share of the others"]

_COLUMN_MEANINGS = {
    "rank": "Place by the group that agrees least, or over everybody where there are no clear"
    " groups; empty where too few people voted.",
    "share_agree": "Agree divided by all votes on the idea, passes included.",
    "share_low, share_high": "Ends of the 95 % Wilson interval of share_agree.",
    "group_A_…": "The same counts for one opinion group; empty where fewer than five of it voted.",
    "gap": "Largest minus smallest mean share of the groups that agrees.",
}


def _letters(document: Model) -> list[str]:
    return [f"group {group['letter']} mean share" for group in document["groups"]["list"]]


def _group_lines(document: Model) -> Iterable[list[Any]]:
    words = {idea["id"]: idea["words"]["text"] for idea in document["ideas"]}
    for group in document["groups"]["list"]:
        if not group["stands_for"]:
            yield [group["letter"], group["people"]]
        for stance in group["stands_for"]:
            yield [
                *(group["letter"], group["people"], stance["idea"], words[stance["idea"]]),
                *(stance["direction"], stance["inside"]["share"], stance["outside"]["share"]),
            ]


def _topic_lines(document: Model) -> Iterable[list[Any]]:
    for topic in document["topics"]["list"]:
        yield _views("topic", topic["name"], topic)
    for theme in document["themes"]["list"]:
        yield _views("theme found by software", ", ".join(theme["terms"]), theme)


def _views(kind: str, name: str, row: dict[str, Any]) -> list[Any]:
    return [
        *(kind, name, len(row["ideas"]), len(row["comments"]), row["votes"]),
        *row["groups"].values(),
        row["gap"],
    ]
