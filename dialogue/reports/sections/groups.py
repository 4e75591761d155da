"""Opinion groups: people who voted alike, and what each group stands for.

Groups come from votes alone. Where the analysis finds none that is clear and stable, none is
shown. The map shows no person: its marks are the means of at least five people who stand close.
"""

from __future__ import annotations

from dataclasses import dataclass
from string import ascii_uppercase
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dialogue.analysis.opinions import (
    MIN_VOTES,
    Each,
    OpinionGroups,
    find_groups,
    one_after_another,
)
from dialogue.analysis.statistics import Share
from dialogue.reports.sections.counting import SMALLEST_CELL
from dialogue.reports.sections.tallies import Matrix, Tally
from dialogue.reports.snapshot import Snapshot

DESCRIBED_BY = 3  # representative ideas named with each group
SEED = 0


@dataclass(frozen=True)
class Grouping:
    """The groups that may be shown: letters, sizes and the votes of each; empty when not clear."""

    found: OpinionGroups
    letters: tuple[str, ...]
    tallies: tuple[dict[int, Tally], ...]

    def cell(self, group: int, idea: int) -> Tally | None:
        """Return the votes of a group on an idea; None when fewer than five of it voted there."""
        tally = self.tallies[group].get(idea)
        return tally if tally is not None and tally.votes >= SMALLEST_CELL else None


def group_people(snapshot: Snapshot, matrix: Matrix, each: Each = one_after_another) -> Grouping:
    """Group the people of a snapshot by their votes; `each` may have others carry out parts."""
    removed = [matrix.column[idea] for idea in snapshot.removed]
    found = find_groups(matrix.choices, matrix.voted, removed=removed, seed=SEED, each=each)
    if not found.clear:
        return Grouping(found, (), ())
    return Grouping(
        found,
        tuple(ascii_uppercase[: found.k]),
        tuple(matrix.tallies(found.labels == group) for group in range(found.k)),
    )


def describe(snapshot: Snapshot, matrix: Matrix, grouping: Grouping) -> dict[str, Any]:
    """Return the section `groups` of the report."""
    found = grouping.found
    placed = int((found.labels >= 0).sum())
    voters = int(np.unique(snapshot.votes.person).size)
    result: dict[str, Any] = {
        "state": "ok" if grouping.letters else "not_clear",
        "reason": str(found.reason),
        "votes_needed": min(MIN_VOTES, len(matrix.ideas)),
        "people_placed": placed,
        "people_left_out": voters - placed,
        "k": found.k,
        "silhouette": found.silhouette,
        "stability": found.stability,
        "explained": list(found.explained),
        "list": [],
        "map": None,
    }
    if not grouping.letters:
        return result
    result["list"] = [
        {
            "letter": letter,
            "people": found.sizes[group],
            "stands_for": [
                _stance(matrix, grouping, entry)
                for entry in found.representative[group]
                if grouping.cell(group, matrix.ideas[entry.statement]) is not None
            ][:DESCRIBED_BY],
        }
        for group, letter in enumerate(grouping.letters)
    ]
    result["map"] = _map(found, grouping.letters)
    return result


def _stance(matrix: Matrix, grouping: Grouping, entry: Any) -> dict[str, Any]:
    return {
        "idea": matrix.ideas[entry.statement],
        "direction": str(entry.direction),
        "inside": share(entry.inside),
        "outside": share(entry.outside),
    }


def share(value: Share) -> dict[str, Any]:
    """Return a share with its interval, as it stands in the report."""
    return {
        "count": value.count,
        "of": value.of,
        "share": value.share,
        "low": value.low,
        "high": value.high,
    }


def _map(found: OpinionGroups, letters: tuple[str, ...]) -> dict[str, Any]:
    """Marks and outlines in [-1, 1]², the same scale on both axes; no mark is a single person."""
    placed = found.labels >= 0
    scale = float(np.abs(found.points[placed]).max()) or 1.0
    points = found.points / scale
    marks, outlines = [], []
    for group, letter in enumerate(letters):
        mine = points[found.labels == group]
        for cell in _cells(mine):
            x, y = cell.mean(axis=0)
            marks.append({"group": letter, "x": x, "y": y, "people": int(cell.shape[0])})
        outlines.append({"group": letter, **_ellipse(mine)})
    marks.sort(key=lambda m: (m["group"], round(m["x"], 6), round(m["y"], 6)))
    return {"marks": marks, "outlines": outlines}


def _cells(points: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Halve the points along their wider axis until no half would have fewer than five."""
    if points.shape[0] < 2 * SMALLEST_CELL:
        return [points]
    axis = int(np.argmax(np.ptp(points, axis=0)))
    order = np.lexsort((points[:, 1 - axis], points[:, axis]))
    half = points.shape[0] // 2
    return [*_cells(points[order[:half]]), *_cells(points[order[half:]])]


def _ellipse(points: NDArray[np.float64]) -> dict[str, float]:
    """Return centre, half axes (two standard deviations) and turn (degrees) of a group."""
    x, y = points.mean(axis=0)
    (a, b), (_, c) = np.cov(points.T)
    middle, spread = (a + c) / 2, float(np.hypot((a - c) / 2, b))
    turn = float(np.degrees(0.5 * np.arctan2(2 * b, a - c))) if spread > 1e-12 else 0.0
    return {
        "x": float(x),
        "y": float(y),
        "rx": 2 * float(np.sqrt(max(middle + spread, 0.0))),
        "ry": 2 * float(np.sqrt(max(middle - spread, 0.0))),
        "turn": turn,
    }
