"""Which theme or group of a later report is which of an earlier one.

Themes are matched by the contributions they share. Nobody's membership of a group is stored, so
groups are matched by how they voted: two are the same when their shares lie close on the ideas that
both reports have.
"""

from __future__ import annotations

from typing import Any

from dialogue.reports.model import Model

OVERLAP_FROM = 0.5  # Jaccard, of those contributions that both reports have
DISTANCE_UP_TO = 0.15  # mean difference of the shares that agree
IDEAS_NEEDED = 3


def match_themes(before: Model, after: Model) -> dict[str, str]:
    """Return key before → key after, where each is the other's best."""
    then = _known(before) & _known(after)
    old = {row["key"]: _members(row) & then for row in before["themes"]["list"]}
    new = {row["key"]: _members(row) & then for row in after["themes"]["list"]}
    scores = {
        (one, other): len(mine & theirs) / len(mine | theirs)
        for one, mine in old.items()
        for other, theirs in new.items()
        if mine & theirs
    }
    return _best({pair: -score for pair, score in scores.items()}, -OVERLAP_FROM)


def match_groups(before: Model, after: Model) -> dict[str, str]:
    """Return letter before → letter after, where each is the other's best."""
    old, new = _views(before), _views(after)
    distances = {}
    for one, mine in old.items():
        for other, theirs in new.items():
            both = mine.keys() & theirs.keys()
            if len(both) >= IDEAS_NEEDED:
                total = sum(abs(mine[idea] - theirs[idea]) for idea in both)
                distances[one, other] = total / len(both)
    return _best(distances, DISTANCE_UP_TO)


def _best(distances: dict[tuple[str, str], float], most: float) -> dict[str, str]:
    """Pairs from the closest on, each key once."""
    found: dict[str, str] = {}
    for (one, other), distance in sorted(distances.items(), key=lambda p: (round(p[1], 9), p[0])):
        if distance <= most and one not in found and other not in found.values():
            found[one] = other
    return found


def _members(row: dict[str, Any]) -> set[int]:
    return {*row["ideas"], *row["comments"]}


def _known(document: Model) -> set[int]:
    return {*document["sets"]["ideas_published"], *document["sets"]["comments_published"]}


def _views(document: Model) -> dict[str, dict[int, float]]:
    """Letter → idea → share of the group that agrees, where it may be shown."""
    return {
        group["letter"]: {
            row["id"]: cell["share"]
            for row in document["ideas"]
            if (cell := row["groups"].get(group["letter"])) is not None
        }
        for group in document["groups"]["list"]
    }
