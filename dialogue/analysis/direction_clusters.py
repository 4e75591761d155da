"""Clusters unit vectors by direction: spherical k-means with seeded members that stay where they
are."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from dialogue.analysis.features import unit_rows

_STEPS = 60
_SETTLED = 12  # steps that many points take from where a sample of them has settled
_SAMPLE = 3_000
_BLOCK = 50_000


def spherical_k_means(
    points: NDArray[np.float64],
    weights: NDArray[np.float64],
    k: int,
    *,
    seed: int,
    fixed: NDArray[np.int64] | None,
    starts: int = 6,
) -> NDArray[np.int64]:
    """Labels (n,) in [0, k) of unit vectors (n, d); every cluster keeps at least one member if n ≥
    k.

    fixed: cluster of seeded points, -1 for free ones. Best of `starts` k-means++ starts, each
    centre the best of a few candidates (Arthur & Vassilvitskii 2007, section 5; the objective:
    Dhillon & Modha 2001), deterministic for a seed. O(n · k · d) a step. With many points
    an even sample of them is settled first, and all go on from there.
    """
    if points.shape[0] > 2 * _SAMPLE:
        is_chosen = np.zeros(points.shape[0], dtype=bool) if fixed is None else fixed >= 0
        is_chosen[:: -(-points.shape[0] // _SAMPLE)] = True
        some = np.flatnonzero(is_chosen)
        part = None if fixed is None else fixed[some]
        found = _best(points[some], weights[some], k, seed, part, starts)
        centres = unit_rows(_members(found, weights[some], k) @ points[some])
        return _settle(points, weights, centres, fixed, _SETTLED)[0]
    return _best(points, weights, k, seed, fixed, starts)


def _best(
    points: NDArray[np.float64],
    weights: NDArray[np.float64],
    k: int,
    seed: int,
    fixed: NDArray[np.int64] | None,
    starts: int,
) -> NDArray[np.int64]:
    rng = np.random.default_rng(seed)
    best: tuple[float, NDArray[np.int64]] | None = None
    for _ in range(starts):
        centres = _start(points, weights, k, rng, fixed)
        labels, score = _settle(points, weights, centres, fixed)
        if best is None or score > best[0] * (1 + 1e-9):
            best = (score, labels)
    assert best is not None  # noqa: S101 - there is at least one start
    return best[1]


def assign(points: NDArray[np.float64], centres: NDArray[np.float64]) -> NDArray[np.int64]:
    """The centre of the smallest angle for every point; ties to the lower number."""
    labels = np.empty(points.shape[0], dtype=np.int64)
    for start in range(0, points.shape[0], _BLOCK):
        nearness = points[start : start + _BLOCK] @ centres.T
        labels[start : start + _BLOCK] = np.argmax(np.round(nearness, 12, out=nearness), axis=1)
    return labels


def _start(
    points: NDArray[np.float64],
    weights: NDArray[np.float64],
    k: int,
    rng: np.random.Generator,
    fixed: NDArray[np.int64] | None,
) -> NDArray[np.float64]:
    centres: list[NDArray[np.float64]] = []
    if fixed is not None:
        for number in range(int(fixed.max(initial=-1)) + 1):
            own = points[fixed == number]
            centres.append(unit_rows(own.sum(axis=0, keepdims=True))[0])
    if not centres:
        centres.append(points[int(rng.choice(points.shape[0], p=weights / weights.sum()))])
    nearest = (points @ np.stack(centres).T).max(axis=1)
    tries = 2 + int(np.log(k))
    while len(centres) < k:
        gaps = np.maximum(1 - nearest, 0) * weights
        total = gaps.sum()
        if total <= 1e-9:
            picks = rng.integers(points.shape[0], size=1)
        else:
            picks = np.searchsorted(np.cumsum(gaps), rng.random(tries) * total, side="right")
            picks = np.minimum(picks, points.shape[0] - 1)
        closer = np.maximum(points @ points[picks].T, nearest[:, None])
        best = int(np.argmax(np.round(weights @ closer, 9)))
        centres.append(points[picks[best]])
        nearest = closer[:, best]
    return np.stack(centres)


def _settle(
    points: NDArray[np.float64],
    weights: NDArray[np.float64],
    centres: NDArray[np.float64],
    fixed: NDArray[np.int64] | None,
    steps: int = _STEPS,
) -> tuple[NDArray[np.int64], float]:
    k = centres.shape[0]
    labels = np.full(points.shape[0], -1, dtype=np.int64)
    for _ in range(steps):
        renewed = assign(points, centres)
        if fixed is not None:
            renewed = np.where(fixed >= 0, fixed, renewed)
        _fill_empty(points, centres, renewed, fixed, k)
        if np.array_equal(renewed, labels):
            break
        labels = renewed
        centres = unit_rows(_members(labels, weights, k) @ points)
    fit = np.einsum("ij,ij->i", points, centres[labels])
    return labels, float(fit @ weights)


def _members(labels: NDArray[np.int64], weights: NDArray[np.float64], k: int) -> sp.csr_array:
    """(k, n) weights of each cluster's points, to sum them by one sparse product."""
    return sp.csr_array((weights, (labels, np.arange(labels.size))), shape=(k, labels.size))


def _fill_empty(
    points: NDArray[np.float64],
    centres: NDArray[np.float64],
    labels: NDArray[np.int64],
    fixed: NDArray[np.int64] | None,
    k: int,
) -> None:
    """Gives an empty cluster the free point that fits worst where it is, if its cluster can
    spare it."""
    sizes = np.bincount(labels, minlength=k)
    for number in np.flatnonzero(sizes == 0).tolist():
        fit = (points * centres[labels]).sum(axis=1)
        movable = sizes[labels] > 1
        if fixed is not None:
            movable &= fixed < 0
        if not movable.any():
            return
        worst = int(np.argmin(np.where(movable, np.round(fit, 12), np.inf)))
        sizes[labels[worst]] -= 1
        labels[worst] = number
        sizes[number] = 1
