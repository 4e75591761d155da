"""Opinion groups: who votes alike, what each group stands for, what all share and what divides.

The method follows the published description of Pol.is (Small et al. 2021, "Polis: scaling
deliberation by mapping high dimensional opinion spaces"): principal components of the vote matrix,
stretched for people who voted little, k-means, k by silhouette. Different here: exact sparse sums,
people weigh by the square root of their votes instead of being pooled in base clusters (whose
chance starts move the border between groups), subsamples grade every grouping, and where the grade
is low the result says so.
Run with one BLAS and OpenMP thread a worker; results are the same for every order of arrival as
long as the caller sorts people and statements by id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from dialogue.analysis import opinion_space, point_clusters
from dialogue.analysis.opinion_space import VoteCounts
from dialogue.analysis.opinion_statements import (
    Consensus,
    Divisive,
    Representative,
    StatementVotes,
    consensus,
    count_groups,
    describe,
    divisive,
    representative,
)
from dialogue.analysis.statistics import adjusted_rand

MIN_VOTES = 7  # of a person, or all statements where there are fewer
MIN_PEOPLE = 10  # with enough votes, else nothing is grouped
MAX_K = 5
STABLE_FROM = 0.6
SILHOUETTE_FROM = 0.25
SMALLEST_GROUP = 5


Each = Callable[[Callable[..., Any], Iterable[tuple[Any, ...]]], list[Any]]


def one_after_another(function: Callable[..., Any], units: Iterable[tuple[Any, ...]]) -> list[Any]:
    """Apply `function` to each tuple of arguments, here and now."""
    return [function(*unit) for unit in units]


class Reason(StrEnum):
    """Why groups are not clear; empty when they are."""

    CLEAR = ""
    TOO_FEW_STATEMENTS = "too_few_statements"
    TOO_FEW_PEOPLE = "too_few_people"
    NO_DIFFERENCES = "no_differences"
    NOT_STABLE = "not_stable"
    NOT_SEPARATE = "not_separate"
    GROUP_TOO_SMALL = "group_too_small"


@dataclass(frozen=True)
class OpinionGroups:
    """The grouping and what it rests on. Columns and rows keep the numbers of the caller's
    matrices.

    labels: int (n_people,), 0 = the largest group, -1 = too few votes. points: (n_people, 2), zero
    for people without a place. stability: mean adjusted Rand index of groupings made from 80 % of
    the people each. silhouettes: (k, value) of every k tried. Where `clear` is False show no groups
    but `reason`. representative: one tuple a group; statements: votes of every group on every
    statement.
    """

    labels: NDArray[np.int64]
    points: NDArray[np.float64]
    k: int
    sizes: tuple[int, ...]
    silhouette: float
    silhouettes: tuple[tuple[int, float], ...]
    stability: float
    clear: bool
    reason: Reason
    explained: tuple[float, float]
    representative: tuple[tuple[Representative, ...], ...]
    consensus: tuple[Consensus, ...]
    divisive: tuple[Divisive, ...]
    statements: tuple[StatementVotes, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain types for JSON; floats are not rounded."""
        return {
            "labels": self.labels.tolist(),
            "points": self.points.tolist(),
            "k": self.k,
            "sizes": list(self.sizes),
            "silhouette": self.silhouette,
            "silhouettes": [list(pair) for pair in self.silhouettes],
            "stability": self.stability,
            "clear": self.clear,
            "reason": str(self.reason),
            "explained": list(self.explained),
            "representative": [
                [entry.to_dict() for entry in group] for group in self.representative
            ],
            "consensus": [entry.to_dict() for entry in self.consensus],
            "divisive": [entry.to_dict() for entry in self.divisive],
            "statements": [entry.to_dict() for entry in self.statements],
        }


def find_groups(
    votes: sp.csr_array,
    voted: sp.csr_array,
    *,
    removed: Sequence[int] = (),
    k: int | None = None,
    seed: int = 0,
    each: Each = one_after_another,
) -> OpinionGroups:
    """Groups people by their votes.

    votes: (n_people, n_statements) in {-1, 0, 1}; voted: same shape, true where a vote was cast, so
    that a pass is told from a statement never seen. removed: columns that moderators took out;
    their votes count as neutral and as cast by everybody. k: number of groups, else 2 to 5 by
    silhouette. each: applies a function to many tuples of arguments and returns the results in
    their order, so that others may carry out parts; the result is the same whoever does.
    Deterministic for a seed. Time grows with the sum over people of (votes of the person)²; with
    many statements, with the number of votes. Raises ValueError when the matrices do not fit each
    other or k < 1.
    """
    votes, voted = _checked(votes, voted)
    if k is not None and k < 1:
        raise ValueError("k must be at least 1")
    n_people, n_statements = votes.shape
    gone = np.unique(np.asarray(list(removed), dtype=np.int64))
    kept = np.setdiff1d(np.arange(n_statements), gone)
    kept_votes, kept_voted = _columns(votes, kept), _columns(voted, kept)
    vote_numbers = _row_sums(voted)
    enough = (vote_numbers >= min(MIN_VOTES, n_statements)) & (_row_sums(kept_voted) > 0)
    people = np.flatnonzero(enough)

    if kept.size < 2:
        return _nothing(n_people, Reason.TOO_FEW_STATEMENTS)
    if people.size < MIN_PEOPLE:
        return _nothing(n_people, Reason.TOO_FEW_PEOPLE)
    blocks = _blocks(n_people, kept.size, int(kept_voted.nnz), seed)
    counts: list[VoteCounts] = []
    if kept.size <= COUNTED_UP_TO:
        counts = each(
            opinion_space.count_votes, ((kept_votes[rows], kept_voted[rows]) for rows in blocks)
        )
        whole = _sum(counts)
        axes = opinion_space.find_axes(whole)
    else:
        axes = opinion_space.find_axes_directly(kept_votes, kept_voted)
    if axes.explained[0] <= 0:
        return _nothing(n_people, Reason.NO_DIFFERENCES)
    points = opinion_space.place_people(kept_votes, kept_voted, axes, gone.size)
    certainty = np.sqrt(_row_sums(kept_voted))
    grouping = _group(points[people], certainty[people], k, seed)

    labels = np.full(n_people, -1, dtype=np.int64)
    labels[people] = grouping.labels
    points[~enough] = 0.0
    stability = 0.0
    if grouping.k > 1:
        crowd = Crowd(kept_votes, kept_voted, gone.size, labels, grouping.k, seed)
        samples = (
            (crowd, rows, whole - _sum([counts[i] for i in left_out]) if counts else None)
            for left_out, rows in _samples(blocks, seed)
        )
        stability = float(np.mean(each(agreement_of_sample, samples)))
    sizes = tuple(int(n) for n in np.bincount(grouping.labels, minlength=grouping.k))
    reason = _verdict(grouping, stability, sizes)
    by_group = count_groups(votes, voted, labels, grouping.k)
    return OpinionGroups(
        labels=labels,
        points=points,
        k=grouping.k,
        sizes=sizes,
        silhouette=grouping.silhouette,
        silhouettes=grouping.silhouettes,
        stability=stability,
        clear=reason is Reason.CLEAR,
        reason=reason,
        explained=axes.explained,
        representative=representative(by_group, kept),
        consensus=consensus(by_group, kept),
        divisive=divisive(by_group, kept),
        statements=describe(by_group, kept),
    )


@dataclass(frozen=True)
class Crowd:
    """Everybody's votes on what stands, and the grouping that samples are compared with.

    votes, voted: (n_people, n_kept); labels: (n_people,), -1 = too few votes.
    """

    votes: sp.csr_array
    voted: sp.csr_array
    counted_as_voted: int
    labels: NDArray[np.int64]
    k: int
    seed: int


def agreement_of_sample(crowd: Crowd, rows: NDArray[np.int64], counts: VoteCounts | None) -> float:
    """Group the people in `rows` anew; return the adjusted Rand index with the grouping of all.

    counts: the votes of these people, where they have been counted.
    """
    votes, voted = crowd.votes[rows], crowd.voted[rows]
    axes = (
        opinion_space.find_axes_directly(votes, voted)
        if counts is None
        else opinion_space.find_axes(counts)
    )
    placed = crowd.labels[rows] >= 0
    points = opinion_space.place_people(votes, voted, axes, crowd.counted_as_voted)[placed]
    certainty = np.sqrt(_row_sums(voted))[placed]
    centres = _centres(points, certainty, crowd.k, crowd.seed)
    if centres is None:
        return 0.0
    return adjusted_rand(crowd.labels[rows][placed], point_clusters.nearest(points, centres))


@dataclass(frozen=True)
class _Grouping:
    labels: NDArray[np.int64]
    k: int
    silhouette: float
    silhouettes: tuple[tuple[int, float], ...]


def _group(
    points: NDArray[np.float64], certainty: NDArray[np.float64], k: int | None, seed: int
) -> _Grouping:
    """Weighted k-means of the points for each k in question; the best silhouette decides."""
    step = -(-points.shape[0] // _SILHOUETTE_SAMPLE)
    few, weights = points[::step], certainty[::step]
    distances = point_clusters.distances_between(few)
    tried: list[tuple[int, float, NDArray[np.float64]]] = []
    for number in [k] if k is not None else range(2, MAX_K + 1):
        centres = _centres(points, certainty, number, seed)
        if centres is None:
            break
        score = point_clusters.silhouette(distances, weights, point_clusters.nearest(few, centres))
        tried.append((number, score, centres))
    if not tried:  # everybody stands at one place, or k is larger than the number of places
        return _Grouping(np.zeros(points.shape[0], dtype=np.int64), 1, 0.0, ())
    best = max(tried, key=lambda entry: (round(entry[1], 9), -entry[0]))
    labels = _largest_first(point_clusters.nearest(points, best[2]))
    scores = tuple((number, score) for number, score, _ in tried)
    return _Grouping(labels, int(labels.max()) + 1, best[1], scores)


def _centres(
    points: NDArray[np.float64], certainty: NDArray[np.float64], k: int, seed: int
) -> NDArray[np.float64] | None:
    """Centres of k groups; None when the points stand at fewer than k places.

    With many people they settle on an even sample; then everybody joins the nearest one.
    """
    step = -(-points.shape[0] // _SAMPLE)
    _, centres = point_clusters.k_means(points[::step], certainty[::step], k, seed=seed)
    return centres if np.unique(np.round(centres, 9), axis=0).shape[0] == k else None


def _largest_first(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Renames groups: 0 = the largest; equal sizes by their first member."""
    names, first, counts = np.unique(labels, return_index=True, return_counts=True)
    order = np.lexsort((first, -counts))
    renamed = np.empty(names.max() + 1, dtype=np.int64)
    renamed[names[order]] = np.arange(names.size)
    return renamed[labels]


def _blocks(n_people: int, n_statements: int, n_votes: int, seed: int) -> list[NDArray[np.int64]]:
    """Random blocks of people, whose votes are counted once each; a sample leaves some out."""
    dear = n_statements > _MANY_STATEMENTS or n_votes > _MANY_VOTES
    order = np.random.default_rng(seed).permutation(n_people)
    return [np.sort(block) for block in np.array_split(order, _LEFT_OUT * (1 if dear else _ROUNDS))]


def _samples(
    blocks: list[NDArray[np.int64]], seed: int
) -> Iterator[tuple[list[int], NDArray[np.int64]]]:
    """(blocks left out, people that stay): a fifth of the blocks is left out each time.

    Rounds of five, in each of which everybody is left out once: four of them as a rule, one where
    it would be dear.
    """
    chance = np.random.default_rng(seed + 1)
    fifth = len(blocks) // _LEFT_OUT
    for _ in range(fifth):
        order = chance.permutation(len(blocks))
        for start in range(0, len(blocks), fifth):
            left_out = np.sort(order[start : start + fifth]).tolist()
            stay = np.setdiff1d(np.arange(len(blocks)), left_out)
            yield left_out, np.sort(np.concatenate([blocks[i] for i in stay]))


def _verdict(grouping: _Grouping, stability: float, sizes: tuple[int, ...]) -> Reason:
    if grouping.k < 2:
        return Reason.NO_DIFFERENCES
    if stability < STABLE_FROM:
        return Reason.NOT_STABLE
    if grouping.silhouette < SILHOUETTE_FROM:
        return Reason.NOT_SEPARATE
    if min(sizes) < SMALLEST_GROUP:
        return Reason.GROUP_TOO_SMALL
    return Reason.CLEAR


def _nothing(n_people: int, reason: Reason) -> OpinionGroups:
    return OpinionGroups(
        labels=np.full(n_people, -1, dtype=np.int64),
        points=np.zeros((n_people, 2)),
        k=0,
        sizes=(),
        silhouette=0.0,
        silhouettes=(),
        stability=0.0,
        clear=False,
        reason=reason,
        explained=(0.0, 0.0),
        representative=(),
        consensus=(),
        divisive=(),
        statements=(),
    )


def _checked(votes: sp.csr_array, voted: sp.csr_array) -> tuple[sp.csr_array, sp.csr_array]:
    votes, voted = sp.csr_array(votes), sp.csr_array(voted)
    if votes.shape != voted.shape:
        raise ValueError("votes and voted must have the same shape")
    if votes.nnz and not np.isin(votes.data, (-1, 0, 1)).all():
        raise ValueError("votes must be -1, 0 or 1")
    votes, voted = votes.astype(np.int8), voted.astype(np.int8)
    if np.array_equal(votes.indptr, voted.indptr) and np.array_equal(votes.indices, voted.indices):
        voted.data = (voted.data != 0) | (votes.data != 0)
        voted.data = voted.data.astype(np.int8)
    else:
        # A vote is cast by definition: entries of `votes` count as voted even where the caller
        # forgot.
        voted = sp.csr_array(voted + abs(votes))
        voted.data = (voted.data != 0).astype(np.int8)
    voted.eliminate_zeros()
    return votes, voted


def _columns(matrix: sp.csr_array, kept: NDArray[np.int64]) -> sp.csr_array:
    return matrix if kept.size == matrix.shape[1] else sp.csr_array(matrix[:, kept])


def _row_sums(matrix: sp.csr_array) -> NDArray[np.int64]:
    return np.asarray(matrix.sum(axis=1, dtype=np.int64)).ravel()


def _sum(parts: list[VoteCounts]) -> VoteCounts:
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total


COUNTED_UP_TO = 2_000  # statements; a matrix of theirs grows with the square
_LEFT_OUT = 5  # one in so many is left out of a sample
_ROUNDS = 4
_MANY_STATEMENTS = 500
_MANY_VOTES = 1_000_000
_SAMPLE = 20_000
_SILHOUETTE_SAMPLE = 1_500
