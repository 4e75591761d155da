"""Clusters weighted points: k-means with several seeded starts, and the silhouette that picks k."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_STEPS = 100
_REFINED = 2  # starts
_MOVES = 200  # of single points; each is looked for among all
_CHOOSING = 1_000  # points that choose among the starts
Points = NDArray[np.float64]
Labels = NDArray[np.int64]


def k_means(
    points: Points, weights: NDArray[np.float64], k: int, *, seed: int, starts: int = 8
) -> tuple[Labels, Points]:
    """Labels (n,) and centres (k', d), k' ≤ k where fewer distinct points exist.

    The best of `starts` k-means++ starts (Arthur & Vassilvitskii 2007), all taken side by side;
    deterministic for a seed. The best few are refined by moving single points (Hartigan & Wong
    1979), which leaves local optima that Lloyd's steps do not. Of many points an even sample
    chooses among the starts; all points settle from the best, which is refined again. Cost
    O(starts · n · k · d) a step.
    """
    rng = np.random.default_rng(seed)
    step = -(-points.shape[0] // _CHOOSING)
    few, few_weights = points[::step], weights[::step]
    centres, costs = _settle_all(few, few_weights, _spread_starts(few, few_weights, k, starts, rng))
    refined = [_refine(few, few_weights, centres[start]) for start in _best_different(costs)]
    # The first among those that are as good as the best.
    least = min(cost for _, cost in refined)
    best = next(found for found, cost in refined if cost <= least * (1 + 1e-12))
    if step > 1:
        settled, _ = _settle_all(points, weights, best[None])
        best, _ = _refine(points, weights, settled[0])
    best = best[np.isfinite(best).all(axis=1)]
    return nearest(points, best), best


def nearest(points: Points, centres: Points) -> Labels:
    """Index of the closest centre of every point; ties go to the lower index."""
    return np.argmin(_squared_distances(points, centres), axis=1)


def distances_between(points: Points) -> NDArray[np.float64]:
    """(n, n) distances; O(n²), so give a sample of many points."""
    distances = np.sqrt(_squared_distances(points, points))
    np.fill_diagonal(distances, 0.0)
    return distances


def silhouette(
    distances: NDArray[np.float64], weights: NDArray[np.float64], labels: Labels
) -> float:
    """Weighted mean silhouette (Rousseeuw 1987) in [-1, 1] of points, given the distances between
    them; O(n²)."""
    groups = np.unique(labels)
    if groups.size < 2:
        return 0.0
    shares = np.where(labels[:, None] == groups, weights[:, None], 0.0)
    sums = distances @ shares
    sizes = np.array([weights[labels == g].sum() for g in groups])
    own = np.searchsorted(groups, labels)
    rows = np.arange(labels.size)
    within = sums[rows, own] / np.maximum(sizes[own] - weights, 1e-12)
    means = sums / sizes
    means[rows, own] = np.inf
    between = means.min(axis=1)
    larger = np.maximum(within, between)
    values = np.divide(between - within, larger, out=np.zeros_like(larger), where=larger > 0)
    values[sizes[own] <= weights] = 0.0
    return float((values * weights).sum() / weights.sum())


def _spread_starts(
    points: Points, weights: NDArray[np.float64], k: int, starts: int, rng: np.random.Generator
) -> Points:
    """(starts, k, d) by k-means++: each further centre far from the ones before, in proportion to
    squared distance. Where fewer than k distinct points exist some centres are the same."""
    rows = np.arange(starts)
    chosen = np.empty((starts, k), dtype=np.int64)
    chosen[:, 0] = rng.choice(points.shape[0], size=starts, p=weights / weights.sum())
    gaps = _squared_distances(points[chosen[:, 0]], points)
    for place in range(1, k):
        mass = np.cumsum(gaps * weights, axis=1)
        aim = rng.random(starts) * mass[:, -1]
        found = (mass <= aim[:, None]).sum(axis=1)
        # Where nothing is left to cover, the last centre comes again and gets no points.
        chosen[:, place] = np.where(mass[rows, -1] > 0, found, chosen[:, place - 1])
        np.minimum(chosen, points.shape[0] - 1, out=chosen)
        np.minimum(gaps, _squared_distances(points[chosen[:, place]], points), out=gaps)
    return points[chosen]


def _settle_all(
    points: Points, weights: NDArray[np.float64], centres: Points
) -> tuple[Points, NDArray[np.float64]]:
    """Lloyd's steps for (starts, k, d) centres side by side, each until no label of its changes.

    Returns the centres and the cost (starts,) of each. A centre that loses all its points
    disappears: it goes to infinity.
    """
    centres = centres.copy()
    labels = _nearest_of_each(points, centres)
    moving = np.arange(centres.shape[0])
    for _ in range(_STEPS):
        centres[moving] = _means(points, weights, labels[moving], centres.shape[1])
        renewed = _nearest_of_each(points, centres[moving])
        changed = (renewed != labels[moving]).any(axis=1)
        labels[moving] = renewed
        moving = moving[changed]
        if moving.size == 0:
            break
    costs = np.zeros(centres.shape[0])
    for axis in range(points.shape[1]):
        at = np.take_along_axis(centres[:, :, axis], labels, axis=1)
        costs += ((points[:, axis] - at) ** 2 * weights).sum(axis=1)
    return centres, costs


def _best_different(costs: NDArray[np.float64]) -> list[int]:
    """The starts that ended best, one of each cost."""
    _, first = np.unique(np.round(costs / max(costs.min(), 1e-300), 9), return_index=True)
    found: list[int] = first[:_REFINED].tolist()
    return found


def _refine(points: Points, weights: NDArray[np.float64], centres: Points) -> tuple[Points, float]:
    """Move the one point whose move saves most, again and again, then settle; (centres, cost)."""
    centres = centres[np.isfinite(centres).all(axis=1)]
    labels = nearest(points, centres)
    mass = np.bincount(labels, weights, centres.shape[0])
    rows = np.arange(points.shape[0])
    for _ in range(_MOVES):
        distances = _squared_distances(points, centres)
        here = distances[rows, labels]
        rest = mass[labels] - weights
        # The last point of a group stays: without it there would be one group fewer.
        saved = np.where(rest > 1e-9, mass[labels] / np.maximum(rest, 1e-9) * here, 0.0)
        added = distances * mass / (mass + weights[:, None])
        added[rows, labels] = np.inf
        gain = saved - added.min(axis=1)
        point = int(np.argmax(gain * weights))
        if gain[point] <= 1e-9 * max(float(here.max()), 1e-300):
            break
        out, into, weight = labels[point], int(np.argmin(added[point])), weights[point]
        centres[out] += (centres[out] - points[point]) * (weight / (mass[out] - weight))
        centres[into] += (points[point] - centres[into]) * (weight / (mass[into] + weight))
        mass[out] -= weight
        mass[into] += weight
        labels[point] = into
    settled, costs = _settle_all(points, weights, centres[None])
    return settled[0], float(costs[0])


def _means(points: Points, weights: NDArray[np.float64], labels: Labels, k: int) -> Points:
    """(starts, k, d): the weighted middle of the points of each label; infinite without points."""
    starts = labels.shape[0]
    cells = (labels + np.arange(starts)[:, None] * k).ravel()
    mass = np.bincount(cells, np.tile(weights, starts), starts * k)
    centres = np.full((starts * k, points.shape[1]), np.inf)
    for axis in range(points.shape[1]):
        sums = np.bincount(cells, np.tile(weights * points[:, axis], starts), starts * k)
        np.divide(sums, mass, out=centres[:, axis], where=mass > 0)
    return centres.reshape(starts, k, -1)


def _nearest_of_each(points: Points, centres: Points) -> Labels:
    """(starts, n): index of the closest of each start's centres; ties go to the lower index."""
    starts, k, _ = centres.shape
    labels = np.zeros((starts, points.shape[0]), dtype=np.int64)
    least = _squared_distances(centres[:, 0], points)
    for number in range(1, k):
        distances = _squared_distances(centres[:, number], points)
        closer = distances < least
        labels[closer] = number
        np.minimum(least, distances, out=least)
    return labels


def _squared_distances(points: Points, centres: Points) -> NDArray[np.float64]:
    """(n_points, n_centres), one coordinate at a time: exact zeros for equal points, no BLAS."""
    distances = np.zeros((points.shape[0], centres.shape[0]))
    for axis in range(points.shape[1]):
        distances += (points[:, axis, None] - centres[None, :, axis]) ** 2
    return distances
