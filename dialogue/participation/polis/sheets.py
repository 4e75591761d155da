"""The four files as rows: pure, from what goes out to bytes.

The files are meant for programs: their cells are written as they are, without the apostrophe
that would keep a spreadsheet from calculating a statement that begins with "=".
"""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dialogue.participation.polis.moments import Calendar


@dataclass(frozen=True)
class Statement:
    """A row of comments.csv, its author by number; `moderated` as there."""

    number: int
    author: int
    milliseconds: int
    moderated: str
    text: str


@dataclass(frozen=True, order=True)
class Cast:
    """A row of votes.csv: 1 agree, -1 disagree, 0 pass. Sorted by statement and person."""

    statement: int
    person: int
    milliseconds: int
    value: int


def comments(statements: Sequence[Statement], cast: Sequence[Cast], calendar: Calendar) -> bytes:
    """Return comments.csv; agrees and disagrees count people, each with their last vote."""
    counts = Counter((one.statement, one.value) for one in cast)
    heading = ["timestamp", "datetime", "comment-id", "author-id", "agrees", "disagrees"]
    rows = (
        [
            one.milliseconds,
            calendar.text(one.milliseconds),
            one.number,
            one.author,
            counts[one.number, 1],
            counts[one.number, -1],
            one.moderated,
            one.text,
        ]
        for one in statements
    )
    return table([[*heading, "moderated", "comment-body"], *rows])


def votes(cast: Sequence[Cast], calendar: Calendar) -> bytes:
    """Return votes.csv, one row for each person and statement."""
    rows = (
        [
            one.milliseconds,
            calendar.text(one.milliseconds),
            one.statement,
            one.person,
            one.value,
        ]
        for one in cast
    )
    return table([["timestamp", "datetime", "comment-id", "voter-id", "vote"], *rows])


def people(
    statements: Sequence[Statement],
    cast: Sequence[Cast],
    order: Sequence[int],
    groups: Mapping[int, str],
) -> bytes:
    """Return participants-votes.csv: a row for each person, in this order, and a column for each
    statement that anybody voted on."""
    wrote = Counter(one.author for one in statements)
    voted: dict[int, dict[int, int]] = defaultdict(dict)
    for one in cast:
        voted[one.person][one.statement] = one.value
    columns = sorted({one.statement for one in cast})
    heading = ["participant", "group-id", "n-comments", "n-votes", "n-agree", "n-disagree"]
    rows = (
        [
            person,
            groups.get(person, ""),
            wrote[person],
            len(voted[person]),
            sum(value == 1 for value in voted[person].values()),
            sum(value == -1 for value in voted[person].values()),
            *(voted[person].get(statement, "") for statement in columns),
        ]
        for person in order
    )
    return table([[*heading, *columns], *rows])


def table(rows: Iterable[Iterable[object]]) -> bytes:
    """Return rows as CSV in UTF-8 with line feeds, quoted where they must be."""
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator="\n").writerows(rows)
    return file.getvalue().encode()
