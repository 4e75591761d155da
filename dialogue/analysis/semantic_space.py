"""Projects sparse text vectors into a few dense dimensions (latent semantic analysis)."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from dialogue.analysis.features import WordSums

FIT_ON = 20_000
_OVERSAMPLING = 10
_POWER_STEPS = 2


def fit_space(sums: WordSums, dimensions: int) -> NDArray[np.float64]:
    """(n, min(dimensions, n, n_columns)) coordinates of all rows."""
    coordinates: NDArray[np.float64] = sums.weights @ fit_words(sums, dimensions)
    return coordinates


def fit_words(sums: WordSums, dimensions: int) -> NDArray[np.float64]:
    """(n_words, min(dimensions, n, n_columns)): what each word adds to the coordinates of a text.

    A randomised singular value decomposition (Halko et al. 2011, algorithm 4.4) fitted on an even
    sample of at most 20 000 rows with a fixed random start; signs fixed. O(non-zeros · dimensions).
    """
    weights, per_word = sums.weights, sums.per_word
    n, width = weights.shape[0], per_word.shape[1]
    size = min(dimensions, n, width)
    if size == 0:
        return np.zeros((weights.shape[1], 0))
    sample = weights if n <= FIT_ON else sp.csr_array(weights[:: -(-n // FIT_ON)])

    def forth(block: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(sample @ (per_word @ block))

    def back(block: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(per_word.T @ (sample.T @ block))

    start = np.random.default_rng(0).standard_normal((width, min(size + _OVERSAMPLING, width)))
    basis = np.linalg.qr(forth(start))[0]
    for _ in range(_POWER_STEPS):
        basis = np.linalg.qr(forth(back(basis)))[0]
    small = back(basis).T
    values, turns = np.linalg.eigh(small @ small.T)
    lengths = np.sqrt(np.maximum(values[::-1][:size], 0))[:, None]
    turned = turns[:, ::-1][:, :size].T @ small
    axes = np.divide(turned, lengths, out=np.zeros_like(turned), where=lengths > 1e-9)
    leaders = np.argmax(
        np.abs(axes) >= np.abs(axes).max(axis=1, keepdims=True) * (1 - 1e-9), axis=1
    )
    axes *= np.where(axes[np.arange(axes.shape[0]), leaders] < 0, -1.0, 1.0)[:, None]
    of_words: NDArray[np.float64] = per_word @ axes.T
    return of_words
