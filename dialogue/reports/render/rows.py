"""CSV: one row per idea, as UTF-8 with a byte order mark, so that spreadsheets read any script."""

from __future__ import annotations

import csv
import io
from typing import Any

from dialogue.reports.model import Model
from dialogue.reports.render.cells import guard
from dialogue.reports.render.kinds import Circumstances

IDEA_COLUMNS = (
    *("rank", "id", "topic", "idea", "votes", "agree", "disagree", "pass"),
    *("share_agree", "share_low", "share_high"),
)
GROUP_COLUMNS = ("votes", "agree", "disagree", "pass", "share_agree")


def header(document: Model) -> list[str]:
    """Return the names of the columns; each group adds its own."""
    letters = [group["letter"] for group in document["groups"]["list"]]
    return [*IDEA_COLUMNS, *(f"group_{x}_{name}" for x in letters for name in GROUP_COLUMNS)]


def idea_rows(document: Model) -> list[list[Any]]:
    """Return the rows under `header`; None where there is nothing to show."""
    topics = {topic["slug"]: topic["name"] for topic in document["topics"]["list"]}
    rows = []
    for idea in document["ideas"]:
        row: list[Any] = [
            *(idea["rank"], idea["id"], topics.get(idea["topic"], ""), idea["words"]["text"]),
            *(idea["votes"], idea["agree"], idea["disagree"], idea["pass"]),
            *(idea["share"], idea["low"], idea["high"]),
        ]
        for cell in idea["groups"].values():
            names = ("votes", "agree", "disagree", "pass", "share")
            row += [cell[name] if cell else None for name in names]
        rows.append(row)
    return rows


def render(document: Model, _circumstances: Circumstances) -> bytes:
    """Return the file."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(header(document))
    for row in idea_rows(document):
        writer.writerow([guard(cell) if isinstance(cell, str) else cell for cell in row])
    return text.getvalue().encode("utf-8-sig")
