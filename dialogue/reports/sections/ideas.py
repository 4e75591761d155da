"""Ideas with their votes: ranked, shared by every group, dividing the groups."""

from __future__ import annotations

from typing import Any

from dialogue.analysis.statistics import wilson
from dialogue.reports.sections.groups import Grouping
from dialogue.reports.sections.quotes import whole_title
from dialogue.reports.sections.tallies import Tally
from dialogue.reports.snapshot import Snapshot, Text

VOTES_TO_RANK = 10  # an idea with fewer votes is listed after the ranked ones
LIST_LENGTH = 10
MAJORITY = 0.5


def rank(snapshot: Snapshot, tallies: dict[int, Tally], grouping: Grouping) -> list[dict[str, Any]]:
    """Return every published idea, best first.

    With clear groups an idea stands as high as the group that agrees least lets it: ordered by
    the lowest lower end of the groups' Wilson intervals, so that neither a large group nor a
    handful of votes decides. Without clear groups by the lower end over everybody. Ideas that too
    few people (of some group) voted on follow unranked, by votes.
    """
    rows = [_row(idea, tallies[idea.id], grouping) for idea in snapshot.ideas]
    rows.sort(
        key=lambda row: (row["_key"] is None, -(row["_key"] or 0.0), -row["votes"], row["id"])
    )
    for place, row in enumerate(rows, start=1):
        row["rank"] = place if row.pop("_key") is not None else None
    return rows


def taken_out(snapshot: Snapshot, tallies: dict[int, Tally]) -> list[dict[str, Any]]:
    """Return the votes on ideas that are not public now: counted, without their words."""
    return [{"id": idea, **tallies[idea].to_dict()} for idea in snapshot.removed]


def common_ground(ideas: list[dict[str, Any]], grouping: Grouping) -> dict[str, Any]:
    """Return the ideas that more than half of every group agrees with, in their ranking."""
    if not grouping.letters:
        return {"state": "no_groups", "ideas": []}
    found = [
        row["id"] for row in ideas if row["rank"] is not None and row["least"]["share"] > MAJORITY
    ]
    return {"state": "ok" if found else "none", "ideas": found[:LIST_LENGTH], "found": len(found)}


def divisive(ideas: list[dict[str, Any]], grouping: Grouping) -> dict[str, Any]:
    """Return the ideas on which two groups' intervals lie furthest apart (and do not touch)."""
    if not grouping.letters:
        return {"state": "no_groups", "ideas": []}
    gaps = []
    for row in ideas:
        cells = [cell for cell in row["groups"].values() if cell is not None]
        if row["rank"] is None or len(cells) < 2:
            continue
        most = max(cells, key=lambda cell: cell["share"])
        least = min(cells, key=lambda cell: cell["share"])
        if most["low"] > least["high"]:
            gaps.append((least["share"] - most["share"], row["id"]))
    gaps.sort(key=lambda pair: (round(pair[0], 9), pair[1]))
    found = [idea for _, idea in gaps]
    return {"state": "ok" if found else "none", "ideas": found[:LIST_LENGTH], "found": len(found)}


def _row(idea: Text, tally: Tally, grouping: Grouping) -> dict[str, Any]:
    cells = {letter: grouping.cell(group, idea.id) for group, letter in enumerate(grouping.letters)}
    key: float | None = None
    least = None
    if grouping.letters:
        if all(cells.values()):
            lows = {letter: wilson(c.agree, c.votes) for letter, c in cells.items() if c}
            key = min(value.low for value in lows.values())
            letter, value = min(lows.items(), key=lambda pair: (pair[1].share, pair[0]))
            least = {"group": letter, "share": value.share}
    elif tally.votes >= VOTES_TO_RANK:
        key = wilson(tally.agree, tally.votes).low
    return {
        "id": idea.id,
        "topic": idea.topic,
        "language": idea.language,
        "words": whole_title(idea),
        **tally.to_dict(),
        "groups": {letter: cell.to_dict() if cell else None for letter, cell in cells.items()},
        "least": least,
        "_key": key,
    }
