"""What changed between two reports: counts, ideas, agreement, groups, and how they were made.

Pure: two documents in, plain values out. The page "What changed", the section `changes` of a
document and `report diff` all show this. What became of ideas that are gone stands in the database
(`queries.fates`), not in a document.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dialogue.reports.matching import match_groups, match_themes
from dialogue.reports.model import Model

MOVED_MOST = 10
VOTES_TO_MOVE = 10  # in both reports


def compare(before: Model, after: Model, number: int = 0) -> dict[str, Any]:
    """Return what changed from one report to a later one of the same dialogue.

    `number`: of the earlier report, 0 where it has none.
    """
    return {
        "since": {
            "number": number,
            "sha256": before["sha256"],
            "until": before["covers"]["until"],
        },
        "counts": [
            {"name": name, "before": before["counts"][name], "after": value}
            for name, value in sorted(after["counts"].items())
            if name in before["counts"]
        ],
        "ideas": _moved(before, after, "ideas_published"),
        "comments": _moved(before, after, "comments_published"),
        "agreement": [*_topics(before, after), *_themes(before, after)],
        "moved_most": _moved_most(before, after),
        "common_ground": _appeared(before, after),
        "groups": _groups(before, after),
        "method": sorted(_parameters(before["method"], after["method"], "")),
    }


def is_same(changes: dict[str, Any]) -> bool:
    """Tell whether nothing changed that a reader could see."""
    return not (
        any(row["before"] != row["after"] for row in changes["counts"])
        or any(changes[kind][how] for kind in ("ideas", "comments") for how in changes[kind])
        or any(row["before"] != row["after"] for row in changes["agreement"])
        or any(row["before"] != row["after"] for row in changes["moved_most"])
        or any(changes["common_ground"].values())
        or changes["groups"]["new"]
        or changes["method"]
    )


def _moved(before: Model, after: Model, name: str) -> dict[str, list[int]]:
    old, new = set(before["sets"][name]), set(after["sets"][name])
    then = {row["id"]: row["revision"] for row in before["texts"]}
    edited = [r["id"] for r in after["texts"] if then.get(r["id"], r["revision"]) != r["revision"]]
    return {
        "added": sorted(new - old),
        "gone": sorted(old - new),
        "edited": [i for i in edited if i in new],
    }


def _topics(before: Model, after: Model) -> Iterator[dict[str, Any]]:
    then = {row["key"]: row["share"] for row in before["topics"]["list"]}
    for row in after["topics"]["list"]:
        yield {
            "kind": "topic",
            "key": row["key"],
            "before": then.get(row["key"]),
            "after": row["share"],
        }


def _themes(before: Model, after: Model) -> Iterator[dict[str, Any]]:
    same = {new: old for old, new in match_themes(before, after).items()}
    then = {row["key"]: row["share"] for row in before["themes"]["list"]}
    for row in after["themes"]["list"]:
        yield {
            "kind": "theme",
            "key": row["key"],
            "before": then.get(same.get(row["key"], "")),
            "after": row["share"],
        }


def _moved_most(before: Model, after: Model) -> list[dict[str, Any]]:
    then = {row["id"]: row for row in before["ideas"] if row["votes"] >= VOTES_TO_MOVE}
    rows = [
        {"idea": row["id"], "before": then[row["id"]]["share"], "after": row["share"]}
        for row in after["ideas"]
        if row["id"] in then and row["votes"] >= VOTES_TO_MOVE
    ]
    rows = [row for row in rows if row["before"] != row["after"]]
    rows.sort(key=lambda row: (-round(abs(row["after"] - row["before"]), 6), row["idea"]))
    return rows[:MOVED_MOST]


def _appeared(before: Model, after: Model) -> dict[str, list[int]]:
    old, new = set(before["common_ground"]["ideas"]), set(after["common_ground"]["ideas"])
    return {"added": sorted(new - old), "gone": sorted(old - new)}


def _groups(before: Model, after: Model) -> dict[str, Any]:
    there, here = before["groups"]["list"], after["groups"]["list"]
    same = match_groups(before, after)
    return {
        "before": len(there),
        "after": len(here),
        "new": len(there) != len(here) or len(same) != len(here),
    }


def _parameters(before: Any, after: Any, path: str) -> Iterator[str]:
    for name in sorted({*before, *after}):
        here = f"{path}.{name}" if path else name
        one, other = before.get(name), after.get(name)
        if isinstance(one, dict) and isinstance(other, dict):
            yield from _parameters(one, other, here)
        elif one != other:
            yield here
