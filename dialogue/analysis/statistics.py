"""Small statistics that reports quote: intervals, tests of shares, concentration, agreement of
groupings."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Z_95 = 1.959963984540054


@dataclass(frozen=True)
class Share:
    """A share with its Wilson interval: `low` ≤ `share` ≤ `high`, all in [0, 1]."""

    count: int
    of: int
    share: float
    low: float
    high: float

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def wilson(successes: int, n: int, *, z: float = Z_95) -> Share:
    """The Wilson score interval of a share (Wilson 1927), 95 % unless `z` says otherwise.

    With n = 0 nothing is known: share 0 and the interval [0, 1]. Raises ValueError when
    0 ≤ successes ≤ n does not hold.
    """
    if not 0 <= successes <= n:
        raise ValueError(f"successes must lie between 0 and n, not {successes} of {n}")
    if n == 0:
        return Share(0, 0, 0.0, 0.0, 1.0)
    share = successes / n
    centre = share + z * z / (2 * n)
    margin = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    low = 0.0 if successes == 0 else max(0.0, (centre - margin) / scale)
    high = 1.0 if successes == n else min(1.0, (centre + margin) / scale)
    return Share(int(successes), int(n), share, min(low, share), max(high, share))


def one_proportion_z(successes: ArrayLike, n: ArrayLike) -> NDArray[np.float64]:
    """How far shares lie above one half, in standard errors, with one success and one failure
    added."""
    successes, n = np.asarray(successes, dtype=float) + 1, np.asarray(n, dtype=float) + 2
    return (successes / n - 0.5) * 2 * np.sqrt(n)


def two_proportion_z(
    successes: ArrayLike, n: ArrayLike, other_successes: ArrayLike, other_n: ArrayLike
) -> NDArray[np.float64]:
    """Pooled two-proportion z statistics, with one success and one failure added on both sides.

    Positive where the first share is larger; 0 where both sides are all successes or all failures.
    """
    a, n_a = np.asarray(successes, dtype=float) + 1, np.asarray(n, dtype=float) + 2
    b, n_b = np.asarray(other_successes, dtype=float) + 1, np.asarray(other_n, dtype=float) + 2
    pooled = (a + b) / (n_a + n_b)
    error = np.sqrt(pooled * (1 - pooled) * (1 / n_a + 1 / n_b))
    return np.divide(a / n_a - b / n_b, error, out=np.zeros_like(pooled), where=error > 0)


def gini(counts: ArrayLike) -> float:
    """The Gini coefficient of non-negative counts: 0 = all equal, near 1 = one has everything.

    An empty or all-zero list gives 0. O(n log n).
    """
    values = np.sort(np.asarray(counts, dtype=float))
    total = values.sum()
    if values.size == 0 or total == 0:
        return 0.0
    ranks = np.arange(1, values.size + 1)
    return float(
        max(0.0, 2 * (ranks @ values) / (values.size * total) - (values.size + 1) / values.size)
    )


def top_share(counts: ArrayLike, fraction: float = 0.01) -> float:
    """The part of the total that the most active `fraction` of people hold (at least one
    person)."""
    values = np.sort(np.asarray(counts, dtype=float))[::-1]
    total = values.sum()
    if values.size == 0 or total == 0:
        return 0.0
    return float(values[: max(1, math.ceil(values.size * fraction))].sum() / total)


def adjusted_rand(first: ArrayLike, second: ArrayLike) -> float:
    """Agreement of two groupings of the same things, corrected for chance (Hubert & Arabie 1985).

    1 = the same grouping under any names, about 0 = chance. Fewer than two things agree by
    definition.
    """
    a, b = np.asarray(first), np.asarray(second)
    if a.shape != b.shape:
        raise ValueError("both groupings must name the same things")
    if a.size < 2:
        return 1.0
    _, a = np.unique(a, return_inverse=True)
    _, b = np.unique(b, return_inverse=True)
    table = np.zeros((a.max() + 1, b.max() + 1), dtype=np.int64)
    np.add.at(table, (a, b), 1)
    pairs = _pairs(table).sum()
    rows, columns = _pairs(table.sum(axis=1)).sum(), _pairs(table.sum(axis=0)).sum()
    expected = rows * columns / _pairs(np.int64(a.size))
    largest = (rows + columns) / 2
    return 1.0 if largest == expected else float((pairs - expected) / (largest - expected))


def _pairs(counts: Any) -> Any:
    return counts * (counts - 1) / 2
