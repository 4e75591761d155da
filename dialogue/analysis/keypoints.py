"""Key points: picks the sentences that say what many say, and matches texts to given points.

Choosing is facility location, which rewards covering everybody over repeating the loudest; matching
is the cosine of words and character n-grams. Every key point is a text that somebody wrote.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from dialogue.analysis.features import vectorise
from dialogue.analysis.tokens import tokenise

SHORTEST, LONGEST = 5, 25  # tokens of a text that can stand as a key point
# Inflected forms of a word should count nearly as much as the word when a point is reworded.
CHAR_WEIGHT = 2.0
_CANDIDATES = 1_500  # with more, an even sample
_AUDIENCE = 3_000  # texts to cover; with more, an even sample stands for all
_BLOCK = 2_000


def choose(texts: Sequence[str], m: int) -> list[int]:
    """Indices of at most m texts that cover all texts best, the most covering first.

    Greedy facility location (Nemhauser et al. 1978: at least 63 % of the best possible coverage)
    over TF-IDF of words and characters. Only texts of 5 to 25 tokens are candidates, unless there
    are none; never two with the same words. Ties go to the lower index. Beyond a few thousand texts
    an even sample stands for all, so that the cost stays linear.
    """
    if m <= 0 or not texts:
        return []
    tokens = tokenise(texts)
    lengths = tokens.lengths
    fitting = np.flatnonzero((lengths >= SHORTEST) & (lengths <= LONGEST))
    if fitting.size == 0:
        fitting = np.flatnonzero(lengths > 0)
    rows = vectorise(tokens, char_weight=CHAR_WEIGHT).rows
    candidates = _first_of_each(rows, fitting)
    return _greedy(rows, _evenly(candidates), m)


def match(texts: Sequence[str], points: Sequence[str]) -> NDArray[np.float64]:
    """(n_texts, n_points) in [0, 1]: higher means that the text expresses the point.

    Only the order of values has a meaning; what counts as a match is for the caller to set.
    """
    if not texts or not points:
        return np.zeros((len(texts), len(points)))
    rows = vectorise(tokenise([*texts, *points]), char_weight=CHAR_WEIGHT).rows
    scores = (rows[: len(texts)] @ rows[len(texts) :].T).toarray()
    return np.clip(scores, 0.0, 1.0)


def _first_of_each(rows: sp.csr_array, chosen: NDArray[np.int64]) -> NDArray[np.int64]:
    """Drops texts whose vector an earlier one already has."""
    seen: set[bytes] = set()
    kept = []
    for index in chosen.tolist():
        first, last = rows.indptr[index], rows.indptr[index + 1]
        key = rows.indices[first:last].tobytes() + rows.data[first:last].tobytes()
        if key not in seen:
            seen.add(key)
            kept.append(index)
    return np.array(kept, dtype=np.int64)


def _evenly(candidates: NDArray[np.int64]) -> NDArray[np.int64]:
    """An even sample, not the most central ones: small themes must stay within reach."""
    if candidates.size == 0:
        return candidates
    return candidates[:: -(-candidates.size // _CANDIDATES)]


def _greedy(rows: sp.csr_array, candidates: NDArray[np.int64], m: int) -> list[int]:
    audience = rows[:: -(-rows.shape[0] // _AUDIENCE)]
    similar = np.concatenate(
        [
            (audience[start : start + _BLOCK] @ rows[candidates].T).toarray().astype(np.float32)
            for start in range(0, audience.shape[0], _BLOCK)
        ]
    )
    # The root lets many loose resemblances outweigh a few close ones: a point is what many say in
    # different words, not what two say in the same.
    np.sqrt(np.maximum(similar, 0), out=similar)
    covered = np.zeros(similar.shape[0], dtype=np.float32)
    chosen: list[int] = []
    free = np.ones(candidates.size, dtype=bool)
    while len(chosen) < min(m, candidates.size):
        gains = np.maximum(similar - covered[:, None], 0).sum(axis=0, dtype=np.float64)
        gains[~free] = -1
        best = int(np.argmax(np.round(gains, 6)))
        free[best] = False
        chosen.append(int(candidates[best]))
        covered = np.maximum(covered, similar[:, best])
    return chosen
