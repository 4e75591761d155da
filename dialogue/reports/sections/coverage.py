"""How much of what people wrote the report accounts for, and how firmly its parts stand."""

from __future__ import annotations

from typing import Any

from dialogue.analysis.opinions import STABLE_FROM as GROUPS_STABLE_FROM
from dialogue.reports.sections import key_points as points
from dialogue.reports.sections import themes as found_themes
from dialogue.reports.snapshot import Snapshot

GROUPS_FIRM_FROM = 0.8


def describe(
    snapshot: Snapshot, topics: dict[str, Any], themes: dict[str, Any], key_points: dict[str, Any]
) -> dict[str, Any]:
    """Return the section `coverage`: the ids that each part leaves out, and shares in it."""
    left_out = {
        "in_a_topic": topics["without_topic"],
        "in_a_theme": themes["unassigned"],
        "in_a_key_point": key_points["unmatched"],
    }
    whole = len(snapshot.texts)
    return {
        "contributions": whole,
        **{
            name: {
                "contributions": whole - len(ids),
                "share": (whole - len(ids)) / whole if whole else None,
                "left_out": ids,
            }
            for name, ids in left_out.items()
        },
    }


def stability(
    groups: dict[str, Any], themes: dict[str, Any], key_points: dict[str, Any]
) -> list[dict[str, Any]]:
    """Return the section `stability`: a grade for each part that another sample could change.

    `none` says that there is too little to grade. What is only counted has no grade: it is exact.
    """
    by_group = groups["stability"] if groups["list"] else None
    graded = [scope["stability"] for scope in key_points["topics"] if scope["list"]]
    of_points = sum(graded) / len(graded) if graded else None
    return [
        *(
            {"part": part, "grade": _of_groups(by_group), "stability": by_group}
            for part in ("groups", "common_ground", "divisive")
        ),
        {
            "part": "themes",
            "grade": found_themes.grade(themes["stability"]),
            "stability": themes["stability"],
        },
        *(
            {"part": part, "grade": points.grade(of_points), "stability": of_points}
            for part in ("key_points", "minority")
        ),
    ]


def _of_groups(value: float | None) -> str:
    if value is None:
        return "none"
    if value >= GROUPS_FIRM_FROM:
        return "firm"
    return "fair" if value >= GROUPS_STABLE_FROM else "weak"
