"""Which words of a set of texts mean much the same: the nearest words of each word.

Two words are near when they stand in texts about the same things (latent semantic analysis of
words by texts: Deerwester et al. 1990, section 4) or when they are spelled much alike (cosine of
their character n-grams, for inflections and compounds). No list of any language is needed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from dialogue.analysis.features import WordSums, char_grams, unit_rows
from dialogue.analysis.semantic_space import fit_space

DIMENSIONS = 64  # at most, and one for every few words: fewer words have fewer subjects
_WORDS_A_DIMENSION = 6
MOST_WORDS = 12_000  # the most frequent ones have neighbours; the others are found as they stand
FEWEST_TEXTS = 2  # a word of one text alone has no neighbours and is nobody's: it may be a secret
NEIGHBOURS = 6  # of one word at most
MEANING = 0.55  # cosine of meanings from which on words count as near
SPELLING = 0.5  # the same of spellings
_SEEN_ENOUGH = 4  # texts from which on the company of a word tells its meaning
_TOO_COMMON = 0.2  # share of texts from which on a word keeps everybody's company
_BLOCK = 1024  # words compared at a time


@dataclass(frozen=True, order=True)
class Neighbour:
    """`near` may stand for `word`; `weight` in (0, 1), the higher the nearer."""

    word: str
    near: str
    weight: float


def nearest_words(texts: Sequence[Sequence[str]]) -> list[Neighbour]:
    """Return the at most NEIGHBOURS nearest words of each word, sorted; `texts` are lists of words.

    The same texts in any order give the same words. O(words² · DIMENSIONS) with at most MOST_WORDS
    words, in blocks of memory.
    """
    texts = sorted(map(list, texts))
    frequency = Counter(word for text in texts for word in set(text))
    shared = [(-count, word) for word, count in frequency.items() if count >= FEWEST_TEXTS]
    words = sorted(word for _count, word in sorted(shared)[:MOST_WORDS])
    if len(words) < 2:
        return []
    counts = np.array([frequency[word] for word in words])
    meanings = _meanings(texts, words, counts)
    spellings = _spellings(words)
    heard = (counts >= _SEEN_ENOUGH) & (counts <= max(_SEEN_ENOUGH, _TOO_COMMON * len(texts)))
    trust = np.where(heard, counts / (counts + 1.0), 0.0)
    found: list[Neighbour] = []
    for start in range(0, len(words), _BLOCK):
        rows = slice(start, min(start + _BLOCK, len(words)))
        by_meaning = meanings[rows] @ meanings.T
        by_meaning *= np.sqrt(trust[rows, None] * trust[None, :])
        by_spelling = (spellings[rows] @ spellings.T).toarray()
        near = np.maximum(
            np.where(by_meaning >= MEANING, by_meaning * 0.8, 0),
            np.where(by_spelling >= SPELLING, by_spelling, 0),
        )
        near[np.arange(near.shape[0]), np.arange(rows.start, rows.stop)] = 0
        best = np.argsort(-near, axis=1, kind="stable")[:, :NEIGHBOURS]
        for offset, columns in enumerate(best):
            found += [
                Neighbour(words[start + offset], words[at], round(float(near[offset, at]), 3))
                for at in columns
                if near[offset, at] > 0
            ]
    return sorted(found)


def _meanings(
    texts: Sequence[Sequence[str]], words: Sequence[str], counts: NDArray[np.int64]
) -> NDArray[np.float64]:
    """(n_words, at most DIMENSIONS) unit vectors: words by the texts they stand in."""
    numbers = {word: number for number, word in enumerate(words)}
    rarity = np.log((1 + len(texts)) / (1 + counts)) + 1
    rows: list[int] = []
    columns: list[int] = []
    values: list[float] = []
    for place, text in enumerate(texts):
        inside = sorted({numbers[word] for word in text if word in numbers})
        length = float(np.sqrt((rarity[inside] ** 2).sum()))
        rows += inside
        columns += [place] * len(inside)
        values += [float(rarity[number]) / length for number in inside]
    table = sp.csr_array((values, (rows, columns)), shape=(len(words), len(texts)))
    dimensions = min(DIMENSIONS, max(2, len(words) // _WORDS_A_DIMENSION))
    space = fit_space(WordSums(table, sp.eye_array(len(texts), format="csr")), dimensions)
    return unit_rows(space)


def _spellings(words: Sequence[str]) -> sp.csr_array:
    """(n_words, n_grams) unit vectors of damped n-gram counts."""
    grams = char_grams(tuple(words)).astype(np.float64)
    lengths = np.sqrt(np.asarray(grams.multiply(grams).sum(axis=1)).ravel())
    each = np.repeat(1 / lengths, np.diff(grams.indptr))  # a word has a border at least
    return sp.csr_array((grams.data * each, grams.indices, grams.indptr), shape=grams.shape)
