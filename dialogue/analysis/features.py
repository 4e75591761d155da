"""Turns texts into weighted sparse vectors: words together with the character n-grams inside words.

Character n-grams carry inflected and compound words of many languages. They are counted once per
vocabulary word and then summed over texts, which is ten times cheaper than per text.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from dialogue.analysis.tokens import Tokens

CHAR_SIZES = (3, 4, 5)


@dataclass(frozen=True)
class TextVectors:
    """Vectors of n texts.

    rows: (n, n_words + n_char_grams) float64, L2-normalised (all zero for texts without tokens).
    words: (n, n_words) int32 counts.
    """

    rows: sp.csr_array
    words: sp.csr_array


def vectorise(tokens: Tokens, *, min_texts: int = 1, char_weight: float = 1.0) -> TextVectors:
    """Sublinear TF-IDF of words and of character 3- to 5-grams, each block normalised on its own.

    min_texts: terms found in fewer texts are left out of `rows`. char_weight: length of the
    character block against 1 for words.
    """
    words = count_words(tokens)
    inside = char_grams(tokens.vocabulary)
    chars = sp.csr_array(words @ inside)
    blocks = [
        _normalised(_weighted(words, min_texts)),
        _normalised(_weighted(chars, min_texts)) * char_weight,
    ]
    return TextVectors(_normalised(sp.csr_array(sp.hstack(blocks, format="csr"))), words)


@dataclass(frozen=True)
class WordSums:
    """Vectors of n texts as a product that is never carried out: `weights @ per_word`.

    weights: (n, n_words) float64, sublinear word counts, rows of about one length.
    per_word: (n_words, n_words + n_char_grams) float64, what one word adds: itself and its n-grams.
    """

    weights: sp.csr_array
    per_word: sp.csr_array


def sum_words(words: sp.csr_array, vocabulary: tuple[str, ...], *, min_texts: int = 1) -> WordSums:
    """Like `vectorise`, for many texts: ten times fewer numbers, n-grams summed without damping.

    words: counts of `count_words`. min_texts: words and n-grams in fewer texts count nothing.
    """
    n_texts, n_words = words.shape
    texts_with = np.bincount(words.indices, minlength=n_words)
    rarity = rarity_of(texts_with, n_texts, min_texts)
    inside = char_grams(vocabulary)
    texts_with_gram = np.minimum(texts_with @ inside, n_texts)
    gram_rarity = rarity_of(texts_with_gram, n_texts, min_texts)
    grams = sp.csr_array(
        (inside.data * gram_rarity[inside.indices], inside.indices, inside.indptr), inside.shape
    )
    own = sp.dia_array((rarity[None, :], [0]), shape=(n_words, n_words)).tocsr()
    damped = sp.csr_array((1 + np.log(words.data), words.indices, words.indptr), shape=words.shape)
    sample = damped[:: -(-n_texts // _BALANCE_ON)] if n_texts else damped
    balance = _mean_length(sp.csr_array(sample @ own)) / max(_mean_length(sample @ grams), 1e-12)
    lengths = np.sqrt(np.asarray(damped.power(2) @ rarity**2))
    scale = np.divide(1.0, lengths, out=np.zeros_like(lengths), where=lengths > 0)
    weights = sp.csr_array(
        (damped.data * np.repeat(scale, np.diff(damped.indptr)), damped.indices, damped.indptr),
        shape=damped.shape,
    )
    per_word = sp.csr_array(sp.hstack([own, grams * balance], format="csr"))
    return WordSums(weights, per_word)


def count_words(tokens: Tokens) -> sp.csr_array:
    """(n_texts, n_words) int32 counts."""
    ones = np.ones(tokens.ids.size, dtype=np.int32)
    shape = (tokens.bounds.size - 1, len(tokens.vocabulary))
    counts = sp.csr_array((ones, tokens.ids, tokens.bounds), shape=shape)
    counts.sum_duplicates()
    return counts


def char_grams(vocabulary: tuple[str, ...], numbers: dict[str, int] | None = None) -> sp.csr_array:
    """(n_words, n_char_grams) int32 counts of n-grams of each word with its borders.

    numbers: n-gram → column, to go on from; new ones are added.
    """
    numbers = {} if numbers is None else numbers
    columns: list[int] = []
    bounds = [0]
    for word in vocabulary:
        bordered = f" {word[:_LONGEST]} "
        for size in CHAR_SIZES:
            for start in range(len(bordered) - size + 1):
                gram = bordered[start : start + size]
                columns.append(numbers.setdefault(gram, len(numbers)))
        bounds.append(len(columns))
    ones = np.ones(len(columns), dtype=np.int32)
    counts = sp.csr_array(
        (ones, np.array(columns, dtype=np.int64), np.array(bounds, dtype=np.int64)),
        shape=(len(vocabulary), len(numbers)),
    )
    counts.sum_duplicates()
    return counts


def _weighted(counts: sp.csr_array, min_texts: int) -> sp.csr_array:
    texts_with = np.bincount(counts.indices, minlength=counts.shape[1])
    rarity = rarity_of(texts_with, counts.shape[0], min_texts)
    weights = (1 + np.log(counts.data)) * rarity[counts.indices]
    weighted = sp.csr_array((weights, counts.indices, counts.indptr), shape=counts.shape)
    weighted.eliminate_zeros()
    return weighted


def rarity_of(texts_with: NDArray[np.int64], n_texts: int, min_texts: int) -> NDArray[np.float64]:
    """Smoothed inverse document frequency; 0 for terms in fewer than `min_texts` texts."""
    rarity: NDArray[np.float64] = np.log((1 + n_texts) / (1 + texts_with)) + 1
    rarity[texts_with < min_texts] = 0
    return rarity


def _mean_length(rows: sp.csr_array) -> float:
    squares = np.asarray(rows.multiply(rows).sum(axis=1)).ravel()
    return float(np.sqrt(squares).mean()) if squares.size else 0.0


def _normalised(rows: sp.csr_array) -> sp.csr_array:
    lengths = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
    scale = np.divide(1.0, lengths, out=np.zeros_like(lengths), where=lengths > 0)
    each = np.repeat(scale, np.diff(rows.indptr))
    return sp.csr_array((rows.data * each, rows.indices, rows.indptr), shape=rows.shape)


def unit_rows(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Dense rows scaled to length one; zero rows stay zero."""
    lengths = np.sqrt((rows**2).sum(axis=1, keepdims=True))
    return np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 1e-12)


_BALANCE_ON = 2_000  # texts that set the weight of n-grams against words
_LONGEST = 60  # characters of a word that are looked at
