"""Describes statements by how groups voted on them: typical of a group, shared by all, or
dividing."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from dialogue.analysis.statistics import Share, one_proportion_z, two_proportion_z, wilson

LIST_LENGTH = 10
TYPICAL_LENGTH = 5
Z_ONE_SIDED_95 = 1.6448536269514722
Z_ONE_SIDED_999 = 3.090232306167813


class Direction(StrEnum):
    AGREE = "agree"
    DISAGREE = "disagree"


@dataclass(frozen=True)
class GroupVotes:
    """How one group voted on one statement; `agree_share` has everybody of the group who saw it
    below."""

    group: int
    agree: int
    disagree: int
    passed: int
    agree_share: Share
    disagree_share: Share

    @property
    def seen(self) -> int:
        return self.agree + self.disagree + self.passed

    def to_dict(self) -> dict[str, Any]:
        return asdict(self) | {"seen": self.seen}


@dataclass(frozen=True)
class StatementVotes:
    """One statement (a column of the vote matrix) and the votes of every group on it."""

    statement: int
    groups: tuple[GroupVotes, ...]

    def to_dict(self) -> dict[str, Any]:
        return {"statement": self.statement, "groups": [group.to_dict() for group in self.groups]}


@dataclass(frozen=True)
class Representative:
    """A statement on which a group stands apart: its share in `direction` against all other
    groups."""

    statement: int
    group: int
    direction: Direction
    inside: Share
    outside: Share
    z_inside: float  # share inside against one half
    z_difference: float  # share inside against outside

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Consensus:
    """A statement on which most of every group goes in one direction.

    `score` is the product over groups of the smoothed shares, `least` the smallest group's share.
    """

    statement: int
    direction: Direction
    score: float
    least: float
    shares: tuple[Share, ...]

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Divisive:
    """A statement that sets two groups apart: `spread` between the smoothed agree shares."""

    statement: int
    spread: float
    most: int  # the group that agrees most
    least: int  # the group that agrees least
    z_difference: float
    shares: tuple[Share, ...]

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class GroupCounts:
    """Votes per group and statement, integers of shape (k, n_statements)."""

    agree: NDArray[np.int64]
    disagree: NDArray[np.int64]
    seen: NDArray[np.int64]

    @property
    def k(self) -> int:
        return int(self.agree.shape[0])

    def inside(self, direction: Direction) -> NDArray[np.int64]:
        return self.agree if direction is Direction.AGREE else self.disagree


def count_groups(
    votes: sp.csr_array, voted: sp.csr_array, labels: NDArray[np.int64], k: int
) -> GroupCounts:
    """Counts by group; people with label -1 are left out. O(votes)."""
    members = np.flatnonzero(labels >= 0)
    chosen = sp.csr_array(
        (np.ones(members.size, dtype=np.int64), (labels[members], members)), shape=(k, labels.size)
    )
    balance = (chosen @ votes.astype(np.int64)).toarray()
    decided = (chosen @ abs(votes).astype(np.int64)).toarray()
    seen = (chosen @ voted.astype(np.int64)).toarray()
    return GroupCounts((decided + balance) // 2, (decided - balance) // 2, seen)


def describe(counts: GroupCounts, kept: NDArray[np.int64]) -> tuple[StatementVotes, ...]:
    """The votes of every group on every statement in `kept`, in column order."""
    return tuple(
        StatementVotes(
            int(j),
            tuple(
                GroupVotes(
                    g,
                    int(counts.agree[g, j]),
                    int(counts.disagree[g, j]),
                    int(counts.seen[g, j] - counts.agree[g, j] - counts.disagree[g, j]),
                    wilson(int(counts.agree[g, j]), int(counts.seen[g, j])),
                    wilson(int(counts.disagree[g, j]), int(counts.seen[g, j])),
                )
                for g in range(counts.k)
            ),
        )
        for j in kept
    )


def representative(
    counts: GroupCounts, kept: NDArray[np.int64]
) -> tuple[tuple[Representative, ...], ...]:
    """Per group at most five statements, strongest first; none where no statement passes both
    tests.

    A statement passes when more than half of the group (one-sided z at 95 %) goes one way and does
    so more than the other groups together (one-sided z at 95 %). Strength is the product of both z
    values; ties go to the lower column.
    """
    groups = []
    for g in range(counts.k):
        others = [h for h in range(counts.k) if h != g]
        found: list[tuple[float, Representative]] = []
        for direction in Direction:
            number = counts.inside(direction)
            outside, outside_seen = number[others].sum(axis=0), counts.seen[others].sum(axis=0)
            z_inside = one_proportion_z(number[g], counts.seen[g])
            z_difference = two_proportion_z(number[g], counts.seen[g], outside, outside_seen)
            for j in kept:
                if min(z_inside[j], z_difference[j]) >= Z_ONE_SIDED_95 and outside_seen[j] > 0:
                    entry = Representative(
                        int(j),
                        g,
                        direction,
                        wilson(int(number[g, j]), int(counts.seen[g, j])),
                        wilson(int(outside[j]), int(outside_seen[j])),
                        float(z_inside[j]),
                        float(z_difference[j]),
                    )
                    found.append((float(z_inside[j] * z_difference[j]), entry))
        found.sort(key=lambda pair: (-round(pair[0], 9), pair[1].statement))
        groups.append(tuple(entry for _, entry in found[:TYPICAL_LENGTH]))
    return tuple(groups)


def consensus(counts: GroupCounts, kept: NDArray[np.int64]) -> tuple[Consensus, ...]:
    """At most ten statements that more than half of every group shares, by the product of
    shares."""
    found = []
    for direction in Direction:
        number = counts.inside(direction)
        smoothed = _smoothed(number, counts.seen)
        for j in kept:
            if counts.seen[:, j].min() > 0 and smoothed[:, j].min() > 0.5:
                shares = tuple(
                    wilson(int(number[g, j]), int(counts.seen[g, j])) for g in range(counts.k)
                )
                least = min(share.share for share in shares)
                found.append(
                    Consensus(int(j), direction, float(smoothed[:, j].prod()), least, shares)
                )
    found.sort(key=lambda entry: (-round(entry.score, 12), entry.statement))
    return tuple(found[:LIST_LENGTH])


def divisive(counts: GroupCounts, kept: NDArray[np.int64]) -> tuple[Divisive, ...]:
    """At most ten statements by spread, where the two outermost groups surely differ (one-sided "
    "99.9 %)."""
    if counts.k < 2:
        return ()
    smoothed = _smoothed(counts.agree, counts.seen)
    found = []
    for j in kept:
        if counts.seen[:, j].min() == 0:
            continue
        most, least = int(np.argmax(smoothed[:, j])), int(np.argmin(smoothed[:, j]))
        z = float(
            two_proportion_z(
                counts.agree[most, j],
                counts.seen[most, j],
                counts.agree[least, j],
                counts.seen[least, j],
            )
        )
        if z >= Z_ONE_SIDED_999:
            shares = tuple(
                wilson(int(counts.agree[g, j]), int(counts.seen[g, j])) for g in range(counts.k)
            )
            spread = float(smoothed[most, j] - smoothed[least, j])
            found.append(Divisive(int(j), spread, most, least, z, shares))
    found.sort(key=lambda entry: (-round(entry.spread, 12), entry.statement))
    return tuple(found[:LIST_LENGTH])


def _smoothed(number: NDArray[np.int64], seen: NDArray[np.int64]) -> NDArray[np.float64]:
    return (number + 1) / (seen + 2)
