"""Lays people out in two dimensions by their votes: principal components from exact vote counts.

After filling gaps with a statement's mean and centring, a vote nobody cast is exactly 0. So the
principal components of the filled matrix are the eigenvectors of a small statements × statements
matrix that follows from integer counts over people. Counts add up over shards of people without
rounding, in any order; no dense people × statements matrix exists at any time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.linalg
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigsh

_FIELD_HOLDS = (1 << 15) - 1  # people whose counts fit into 16 bits with a sign
_DENSE_UP_TO = 300  # statements; above it the iterative eigensolver is faster


@dataclass(frozen=True)
class VoteCounts:
    """What a set of people contributes to the components: sums of integers, so shards add
    exactly."""

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
    """Counts of one shard of people. Cost: the sum over people of (votes of the person)².

    One product of integers instead of three: every number carries four counts in fields of 16
    bits, which hold the counts of up to 32,767 people.
    """
    n = voted.shape[1]
    vote_vote, vote_voted, voted_voted = (np.zeros((n, n), dtype=np.int32) for _ in range(3))
    for start in range(0, voted.shape[0], _FIELD_HOLDS):
        few = slice(start, start + _FIELD_HOLDS)
        v, w = votes[few].astype(np.int64), voted[few].astype(np.int64)
        packed = ((w + v * (1 << 16)).T @ (w + v * (1 << 32))).toarray()
        voted_voted += _lowest_field(packed)
        vote_voted += _lowest_field(packed)
        _lowest_field(packed)  # its mirror image
        vote_vote += packed.astype(np.int32)
    return VoteCounts(_column_sums(votes), _column_sums(voted), vote_vote, vote_voted, voted_voted)


def find_axes(counts: VoteCounts) -> Axes:
    """The two leading principal components; signs fixed so that the largest loading is positive."""
    n = counts.voted.size
    means = counts.agree_minus_disagree / np.maximum(counts.voted, 1)
    mixed = counts.vote_voted * means[None, :]
    gram = counts.voted_voted * np.outer(means, means) + counts.vote_vote
    gram -= mixed
    gram -= mixed.T  # the mirrored term, so gram stays exactly symmetric up to rounding
    del mixed
    return _axes(means, float(np.trace(gram)), lambda: _leading_two(gram), n)


def find_axes_directly(votes: sp.csr_array, voted: sp.csr_array) -> Axes:
    """The same axes without the statements × statements matrix: for very many statements.

    Cost: O(votes) for each of some dozen steps of the eigensolver. Sums of floats, so everybody
    must be here at once; memory O(votes).
    """
    n = voted.shape[1]
    means = _column_sums(votes) / np.maximum(_column_sums(voted), 1)
    # What nobody cast is 0 once gaps hold the mean and the mean is taken off: stays sparse.
    centred = sp.csr_array(votes - voted.multiply(means[None, :]))
    turned = sp.csr_array(centred.T)
    total = float((centred.data**2).sum())

    def leading_two() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        applied = LinearOperator((n, n), matvec=lambda x: turned @ (centred @ x), dtype=np.float64)
        try:
            values, vectors = eigsh(applied, k=2, which="LA", v0=_start(n), tol=1e-9)
        except ArpackNoConvergence:  # nearly equal eigenvalues: any plane between them will do
            values, vectors = eigsh(applied, k=2, which="LA", v0=_start(n), tol=1e-3)
        order = np.argsort(-values, kind="stable")
        return values[order], vectors[:, order]

    return _axes(means, total, leading_two, n)


def _axes(
    means: NDArray[np.float64],
    total: float,
    leading_two: Callable[[], tuple[NDArray[np.float64], NDArray[np.float64]]],
    n: int,
) -> Axes:
    components = np.zeros((n, 2))
    if n == 0 or total <= 1e-9:
        return Axes(means, components, (0.0, 0.0))
    values, vectors = leading_two()
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
        try:
            values, vectors = eigsh(gram, k=wanted, which="LA", v0=_start(n), tol=1e-10)
            order = np.argsort(-values, kind="stable")
            return values[order], vectors[:, order]
        except ArpackNoConvergence:
            pass  # nearly equal eigenvalues: the direct solver below decides
    values, vectors = scipy.linalg.eigh(gram, subset_by_index=(n - wanted, n - 1))
    return values[::-1], vectors[:, ::-1]


def _start(n: int) -> NDArray[np.float64]:
    """Where the iterative eigensolver begins: anywhere, but always the same."""
    return np.random.default_rng(0).standard_normal(n)


def _lowest_field(packed: NDArray[np.int64]) -> NDArray[np.int32]:
    """Take the signed count in the lowest 16 bits out of every number, which shifts the others."""
    field = ((packed + (1 << 15)) & 0xFFFF) - (1 << 15)
    packed -= field
    packed >>= 16
    return field.astype(np.int32)


def _with_fixed_sign(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ties between equally large loadings go to the first statement, also after rounding errors."""
    sizes = np.abs(vector)
    leader = int(np.argmax(sizes >= sizes.max() * (1 - 1e-9)))
    return vector if vector[leader] > 0 else -vector


def _column_sums(matrix: sp.csr_array) -> NDArray[np.int32]:
    return np.asarray(matrix.sum(axis=0)).ravel().astype(np.int32)
