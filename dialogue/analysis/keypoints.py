"""Key points: picks the sentences that say what many say, and matches texts to given points.

Choosing is facility location, which rewards covering everybody over repeating the loudest; matching
is the cosine of words and character n-grams. Every key point is a text that somebody wrote.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from dialogue.analysis.features import char_grams, count_words, rarity_of, vectorise
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
    return Coverage(texts).choose(m) if m > 0 and texts else []


def match(texts: Sequence[str], points: Sequence[str]) -> NDArray[np.float64]:
    """(n_texts, n_points) in [0, 1]: higher means that the text expresses the point.

    What a score must be to count as a match is for the caller to set (`expressed` is one way).
    """
    if not texts or not points:
        return np.zeros((len(texts), len(points)))
    return Weights([*texts, *points]).match(texts, points)


def expressed(scores: NDArray[np.float64], *, sure: float, nearer: float) -> NDArray[np.bool_]:
    """(n_texts, n_points): which points a text expresses.

    All that it resembles by `sure`; and one that it is nearer to than to every other by `nearer`.
    Where there is one point only, nothing says how near others would be.
    """
    found: NDArray[np.bool_] = scores >= sure
    if scores.shape[1] > 1 and scores.shape[0]:
        ordered = np.partition(scores, -2, axis=1)
        apart = np.flatnonzero(ordered[:, -1] - ordered[:, -2] >= nearer)
        found[apart, scores[apart].argmax(axis=1)] = True
    return found


class Weights:
    """How telling words and their n-grams are, learned from some texts; matches any others by it.

    Learning needs a sample only; matching looks at each text for itself, so texts may come in
    portions: memory stays bounded and every division gives the same scores.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        tokens = tokenise(texts)
        texts_with = np.bincount(count_words(tokens).indices, minlength=len(tokens.vocabulary))
        self._size = len(texts)
        self._rarity = rarity_of(texts_with, self._size, 0)
        self._numbers = {word: number for number, word in enumerate(tokens.vocabulary)}
        self._grams: dict[str, int] = {}
        inside = char_grams(tokens.vocabulary, self._grams)
        self._gram_rarity = rarity_of(np.minimum(texts_with @ inside, self._size), self._size, 0)
        self._inside = _weighed(inside, self._gram_rarity)

    def match(self, texts: Sequence[str], points: Sequence[str]) -> NDArray[np.float64]:
        """(n_texts, n_points) cosines of words and of their n-grams, weighed together.

        The n-grams of a text are those of its words, added up. The length of such a sum is taken
        as if words had no n-gram in common, so that a text needs nothing but its words and a table
        of words by points (on ArgKP the mean average precision is the same). O(words of the texts
        · points + n-grams of the vocabulary).
        """
        tokens = tokenise([*points, *texts])
        counts = count_words(tokens)
        counts = sp.csr_array(
            (1 + np.log(counts.data), counts.indices, counts.indptr), counts.shape
        )
        own, inside = self._of_words(tokens.vocabulary)
        lengths = np.asarray(inside.multiply(inside).sum(axis=1)).ravel()
        given = counts[: len(points)]
        words = sp.csr_array(given * (own**2)[None, :]).T.toarray()
        grams = (inside @ sp.csr_array(given @ inside).T).toarray()
        squares = counts.power(2)
        by_words = _cosines(counts @ words, np.sqrt(squares @ own**2), len(points))
        by_grams = _cosines(counts @ grams, np.sqrt(squares @ lengths), len(points))
        share = CHAR_WEIGHT**2 / (1 + CHAR_WEIGHT**2)
        return np.clip((1 - share) * by_words + share * by_grams, 0.0, 1.0)

    def _of_words(self, vocabulary: tuple[str, ...]) -> tuple[NDArray[np.float64], sp.csr_array]:
        """Rarity of words, and (n_words, n_grams) their n-grams by rarity; new ones are rarest."""
        places = np.array([self._numbers.get(word, -1) for word in vocabulary], dtype=np.int64)
        new = np.flatnonzero(places < 0)
        numbers = dict(self._grams) if new.size else self._grams
        added = char_grams(tuple(vocabulary[at] for at in new.tolist()), numbers)
        none = np.zeros(len(numbers) - len(self._grams), dtype=np.int64)
        rarity = np.concatenate([self._gram_rarity, rarity_of(none, self._size, 0)])
        shape = (self._inside.shape[0], len(numbers))
        known = sp.csr_array((self._inside.data, self._inside.indices, self._inside.indptr), shape)
        added.resize((new.size, len(numbers)))
        table = sp.csr_array(sp.vstack([known, _weighed(added, rarity)], format="csr"))
        places[new] = shape[0] + np.arange(new.size)
        rarest = rarity_of(np.zeros(new.size, dtype=np.int64), self._size, 0)
        return np.concatenate([self._rarity, rarest])[places], sp.csr_array(table[places])


def _weighed(inside: sp.csr_array, rarity: NDArray[np.float64]) -> sp.csr_array:
    weights = inside.data * rarity[inside.indices]
    return sp.csr_array((weights, inside.indices, inside.indptr), shape=inside.shape)


def _cosines(
    products: NDArray[np.float64], lengths: NDArray[np.float64], n_points: int
) -> NDArray[np.float64]:
    """Products of all rows with the first n_points, by the lengths of both; without those rows."""
    whole = lengths[n_points:, None] * lengths[None, :n_points]
    return np.divide(products[n_points:], whole, out=np.zeros_like(whole), where=whole > 0)


class Coverage:
    """How like some texts are to each other: computed once, to choose from all or from a part."""

    def __init__(self, texts: Sequence[str]) -> None:
        tokens = tokenise(texts)
        lengths = tokens.lengths
        fitting = np.flatnonzero((lengths >= SHORTEST) & (lengths <= LONGEST))
        if fitting.size == 0:
            fitting = np.flatnonzero(lengths > 0)
        rows = vectorise(tokens, char_weight=CHAR_WEIGHT).rows
        self._candidates = _evenly(_first_of_each(rows, fitting))
        self._audience = np.arange(0, len(texts), max(1, -(-len(texts) // _AUDIENCE)))
        columns = sp.csr_array(rows[self._candidates].T)
        audience = rows[self._audience]
        similar = [
            (audience[start : start + _BLOCK] @ columns).toarray().astype(np.float32)
            for start in range(0, audience.shape[0], _BLOCK)
        ]
        self._similar = np.concatenate([np.zeros((0, columns.shape[1]), np.float32), *similar])
        # The root lets many loose resemblances outweigh a few close ones: a point is what many say
        # in different words, not what two say in the same.
        np.sqrt(np.maximum(self._similar, 0), out=self._similar)

    def choose(self, m: int, among: NDArray[np.bool_] | None = None) -> list[int]:
        """Indices of at most m texts that cover all, or those marked in `among`, best."""
        candidates, similar = self._candidates, self._similar
        if among is not None:
            kept = among[candidates]
            candidates, similar = candidates[kept], similar[among[self._audience]][:, kept]
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
