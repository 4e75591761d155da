"""Projects sparse text vectors into a few dense dimensions (latent semantic analysis)."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

FIT_ON = 8_000
_OVERSAMPLING = 10
_POWER_STEPS = 2


def fit_space(rows: sp.csr_array, dimensions: int) -> NDArray[np.float64]:
    """(n, min(dimensions, n, n_columns)) coordinates of all rows.

    A randomised singular value decomposition (Halko et al. 2011, algorithm 4.4) fitted on an even
    sample of at most 8 000 rows with a fixed random start; signs fixed. O(non-zeros · dimensions).
    """
    n, width = rows.shape
    size = min(dimensions, n, width)
    if size == 0:
        return np.zeros((n, 0))
    sample = rows if n <= FIT_ON else rows[:: -(-n // FIT_ON)]
    start = np.random.default_rng(0).standard_normal((width, min(size + _OVERSAMPLING, width)))
    basis = np.linalg.qr(sample @ start)[0]
    for _ in range(_POWER_STEPS):
        basis = np.linalg.qr(sample @ np.linalg.qr(sample.T @ basis)[0])[0]
    small = (sample.T @ basis).T
    axes = np.linalg.svd(small, full_matrices=False)[2][:size]
    leaders = np.argmax(
        np.abs(axes) >= np.abs(axes).max(axis=1, keepdims=True) * (1 - 1e-9), axis=1
    )
    axes *= np.where(axes[np.arange(axes.shape[0]), leaders] < 0, -1.0, 1.0)[:, None]
    coordinates: NDArray[np.float64] = rows @ axes.T
    return coordinates
