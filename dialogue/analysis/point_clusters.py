"""Clusters weighted points: k-means with several seeded starts, and the silhouette that picks k."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_STEPS = 100
Points = NDArray[np.float64]
Labels = NDArray[np.int64]


def k_means(
    points: Points, weights: NDArray[np.float64], k: int, *, seed: int, starts: int = 20
) -> tuple[Labels, Points]:
    """Labels (n,) and centres (k', d), k' ≤ k where fewer distinct points exist.

    The best of `starts` k-means++ starts (Arthur & Vassilvitskii 2007); deterministic for a seed.
    Cost O(n · k · d) a step.
    """
    rng = np.random.default_rng(seed)
    best: tuple[float, Labels, Points] | None = None
    for _ in range(starts):
        centres = _spread_start(points, weights, k, rng)
        labels, centres, cost = _settle(points, weights, centres)
        if best is None or cost < best[0] * (1 - 1e-12):
            best = (cost, labels, centres)
    assert best is not None  # noqa: S101 - starts is at least one
    return best[1], best[2]


def nearest(points: Points, centres: Points) -> Labels:
    """Index of the closest centre of every point; ties go to the lower index."""
    return np.argmin(_squared_distances(points, centres), axis=1)


def silhouette(points: Points, weights: NDArray[np.float64], labels: Labels) -> float:
    """Weighted mean silhouette (Rousseeuw 1987) in [-1, 1]; O(n²), so give a sample of many "
    "points."""
    groups = np.unique(labels)
    if groups.size < 2:
        return 0.0
    distances = np.sqrt(_squared_distances(points, points))
    np.fill_diagonal(distances, 0.0)
    sums = np.stack([distances[:, labels == g] @ weights[labels == g] for g in groups], axis=1)
    sizes = np.array([weights[labels == g].sum() for g in groups])
    own = np.searchsorted(groups, labels)
    rows = np.arange(points.shape[0])
    within = sums[rows, own] / np.maximum(sizes[own] - weights, 1e-12)
    means = sums / sizes
    means[rows, own] = np.inf
    between = means.min(axis=1)
    larger = np.maximum(within, between)
    values = np.divide(between - within, larger, out=np.zeros_like(larger), where=larger > 0)
    values[sizes[own] <= weights] = 0.0
    return float((values * weights).sum() / weights.sum())


def _spread_start(
    points: Points, weights: NDArray[np.float64], k: int, rng: np.random.Generator
) -> Points:
    """k-means++: each further start far from the ones before, in proportion to squared distance."""
    chosen = [int(rng.choice(points.shape[0], p=weights / weights.sum()))]
    gaps = _squared_distances(points, points[chosen])[:, 0]
    for _ in range(1, k):
        mass = gaps * weights
        total = mass.sum()
        if total <= 0:
            break
        chosen.append(int(np.searchsorted(np.cumsum(mass), rng.random() * total, side="right")))
        chosen[-1] = min(chosen[-1], points.shape[0] - 1)
        gaps = np.minimum(gaps, _squared_distances(points, points[chosen[-1:]])[:, 0])
    return points[chosen]


def _settle(
    points: Points, weights: NDArray[np.float64], centres: Points
) -> tuple[Labels, Points, float]:
    """Lloyd's steps until no label changes. A centre that loses all its points disappears."""
    labels = nearest(points, centres)
    for _ in range(_STEPS):
        labels = np.unique(labels, return_inverse=True)[1]
        mass = np.bincount(labels, weights=weights)
        centres = np.stack(
            [np.bincount(labels, weights=weights * column) / mass for column in points.T], axis=1
        )
        renewed = nearest(points, centres)
        if np.array_equal(renewed, labels):
            break
        labels = renewed
    cost = float((((points - centres[labels]) ** 2).sum(axis=1) * weights).sum())
    return labels, centres, cost


def _squared_distances(points: Points, centres: Points) -> NDArray[np.float64]:
    """(n_points, n_centres), one coordinate at a time: exact zeros for equal points, no BLAS."""
    distances = np.zeros((points.shape[0], centres.shape[0]))
    for axis in range(points.shape[1]):
        distances += (points[:, axis, None] - centres[None, :, axis]) ** 2
    return distances
