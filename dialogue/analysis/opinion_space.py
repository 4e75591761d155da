"""Lays people out in two dimensions by their votes: principal components from exact vote counts.

After filling gaps with a statement's mean and centring, a vote nobody cast is exactly 0. So the
principal components of the filled matrix are the eigenvectors of a small statements × statements
matrix that follows from integer counts over people. Counts add up over shards of people without
rounding, in any order; no dense people × statements matrix exists at any time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.linalg
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.sparse.linalg import ArpackNoConvergence, eigsh

_DENSE_UP_TO = 300  # statements; above it the iterative eigensolver is faster


@dataclass(frozen=True)
class VoteCounts:
    """What a set of people contributes to the components: sums of integers, so shards add "
    "exactly."""

    agree_minus_disagree: NDArray[np.int32]  # (n_statements,)
    voted: NDArray[np.int32]  # (n_statements,)
    vote_vote: NDArray[np.int32]  # (n_statements, n_statements) sum of v_j v_k
    vote_voted: NDArray[np.int32]  # (n_statements, n_statements) sum of v_j w_k
    voted_voted: NDArray[np.int32]  # (n_statements, n_statements) sum of w_j w_k

    def __add__(self, other: VoteCounts) -> VoteCounts:
        return VoteCounts(
            self.agree_minus_disagree + other.agree_minus_disagree,
            self.voted + other.voted,
            self.vote_vote + other.vote_vote,
            self.vote_voted + other.vote_voted,
            self.voted_voted + other.voted_voted,
        )

    def __sub__(self, other: VoteCounts) -> VoteCounts:
        return VoteCounts(
            self.agree_minus_disagree - other.agree_minus_disagree,
            self.voted - other.voted,
            self.vote_vote - other.vote_vote,
            self.vote_voted - other.vote_voted,
            self.voted_voted - other.voted_voted,
        )


@dataclass(frozen=True)
class Axes:
    """The plane of opinions: mean vote per statement and two directions of most disagreement."""

    means: NDArray[np.float64]  # (n_statements,)
    components: NDArray[np.float64]  # (n_statements, 2), columns orthonormal or zero
    explained: tuple[float, float]  # part of the total variance on each axis


def count_votes(votes: sp.csr_array, voted: sp.csr_array) -> VoteCounts:
    """Counts of one shard of people. Cost: the sum over people of (votes of the person)²."""
    v, w = votes.astype(np.int32), voted.astype(np.int32)
    return VoteCounts(
        _column_sums(v),
        _column_sums(w),
        (v.T @ v).toarray(),
        (v.T @ w).toarray(),
        (w.T @ w).toarray(),
    )


def find_axes(counts: VoteCounts) -> Axes:
    """The two leading principal components; signs fixed so that the largest loading is positive."""
    n = counts.voted.size
    means = counts.agree_minus_disagree / np.maximum(counts.voted, 1)
    mixed = counts.vote_voted * means[None, :]
    gram = counts.voted_voted * np.outer(means, means) + counts.vote_vote
    gram -= mixed
    gram -= mixed.T  # the mirrored term, so gram stays exactly symmetric up to rounding
    del mixed
    total = float(np.trace(gram))
    components = np.zeros((n, 2))
    if n == 0 or total <= 1e-9:
        return Axes(means, components, (0.0, 0.0))
    values, vectors = _leading_two(gram)
    for axis in range(values.size):
        if values[axis] > total * 1e-12:
            components[:, axis] = _with_fixed_sign(vectors[:, axis])
    parts = [float(max(0.0, value) / total) for value in values] + [0.0, 0.0]
    return Axes(means, components, (parts[0], parts[1]))


def place_people(
    votes: sp.csr_array, voted: sp.csr_array, axes: Axes, counted_as_voted: int
) -> NDArray[np.float64]:
    """Points (n_people, 2): projections, stretched by √(n_statements / votes of the person).

    Without the stretch people who voted little would all lie in the middle. `counted_as_voted` is
    the number of removed statements, which count as a neutral vote of everybody.
    """
    n_statements = voted.shape[1] + counted_as_voted
    n_votes = np.asarray(voted.sum(axis=1)).ravel() + counted_as_voted
    flat = votes @ axes.components - voted @ (axes.means[:, None] * axes.components)
    return flat * np.sqrt(n_statements / np.maximum(n_votes, 1))[:, None]


def _leading_two(gram: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    n = gram.shape[0]
    wanted = min(2, n)
    if n > _DENSE_UP_TO:
        start = np.random.default_rng(0).standard_normal(n)
        try:
            values, vectors = eigsh(gram, k=wanted, which="LA", v0=start, tol=1e-10)
            order = np.argsort(-values, kind="stable")
            return values[order], vectors[:, order]
        except ArpackNoConvergence:
            pass  # nearly equal eigenvalues: the direct solver below decides
    values, vectors = scipy.linalg.eigh(gram, subset_by_index=(n - wanted, n - 1))
    return values[::-1], vectors[:, ::-1]


def _with_fixed_sign(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ties between equally large loadings go to the first statement, also after rounding errors."""
    sizes = np.abs(vector)
    leader = int(np.argmax(sizes >= sizes.max() * (1 - 1e-9)))
    return vector if vector[leader] > 0 else -vector


def _column_sums(matrix: sp.csr_array) -> NDArray[np.int32]:
    return np.asarray(matrix.sum(axis=0)).ravel().astype(np.int32)
