"""Distinct texts as sets of word 3-grams that at least two of them share: what duplicates rest "
"on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from dialogue.analysis.numbering import mix, number
from dialogue.analysis.tokens import Tokens

WIDTH = 3


@dataclass(frozen=True)
class Shingles:
    """Word 3-grams of the distinct texts that are long enough to compare.

    Distinct texts have numbers of their own, in order of their lowest index. Only 3-grams that two
    or more distinct texts share are kept (others cannot join anything).
    """

    grams: NDArray[np.int64]  # numbers of shared 3-grams, sorted and unique within a text
    bounds: NDArray[np.int64]  # (n_distinct + 1,)
    sizes: NDArray[np.int64]  # (n_distinct,) different 3-grams of the text, unshared ones too
    spread: NDArray[np.int64]  # (n_shared,) distinct texts that hold the 3-gram
    copies: NDArray[np.int64]  # (n_distinct,) submissions with exactly these words
    rank: NDArray[np.int64]  # (n_distinct,) place in an order that follows from the words alone
    order: NDArray[np.int64]  # distinct texts, those of the most common 3-grams first
    stubs: tuple[int, ...]
    first_copy: NDArray[np.int64]  # (n_texts,)
    _places: NDArray[np.int64]  # number of the shared 3-gram that starts at each token, or -1
    _starts: NDArray[np.int64]  # (n_distinct,) first token of the text
    _lengths: NDArray[np.int64]  # (n_distinct,) tokens of the text
    _copies_sorted: NDArray[np.int64]
    _copies_bounds: NDArray[np.int64]

    @cached_property
    def _in_core(self) -> NDArray[np.bool_]:
        """A flag for each shared 3-gram, all down; the last one stands for -1. Made once, since
        there are many families."""
        return np.zeros(self.spread.size + 1, dtype=bool)

    def of(self, distinct: int) -> NDArray[np.int64]:
        return self.grams[self.bounds[distinct] : self.bounds[distinct + 1]]

    def copies_of(self, distinct: int) -> list[int]:
        """Indices of all texts with these words, ascending."""
        first, last = self._copies_bounds[distinct], self._copies_bounds[distinct + 1]
        found: list[int] = self._copies_sorted[first:last].tolist()
        return found

    def covered(
        self, distinct: Sequence[int], core: NDArray[np.int64]
    ) -> tuple[list[NDArray[np.bool_]], list[float]]:
        """For each of some texts, which of its tokens lie in a 3-gram of the core; their share."""
        starts, lengths = self._starts[distinct], self._lengths[distinct]
        first = np.cumsum(lengths) - lengths
        token = np.repeat(starts - first, lengths) + np.arange(lengths.sum())
        places = self._places[token]
        self._in_core[core] = True
        hits = self._in_core[places]
        self._in_core[core] = False
        covered = hits.copy()
        for shift in range(1, WIDTH):  # no 3-gram starts in a text's last two tokens
            covered[shift:] |= hits[:-shift]
        shares = np.add.reduceat(covered, first, dtype=np.int64) / lengths
        return np.split(covered, first[1:]), shares.tolist()


def shingle(tokens: Tokens, shortest: int) -> Shingles:
    """3-grams of all texts with at least `shortest` tokens (which must be WIDTH or more)."""
    n_texts = tokens.bounds.size - 1
    word = mix(tokens.hashes())[tokens.ids] if tokens.ids.size else np.zeros(0, dtype=np.uint64)
    content = _content_hashes(word, tokens)
    _, lowest, of_text = np.unique(content, return_index=True, return_inverse=True)
    first_copy = lowest[of_text].astype(np.int64)
    long_enough = tokens.lengths >= shortest
    distinct_texts = np.flatnonzero((first_copy == np.arange(n_texts)) & long_enough)

    number_of = np.full(n_texts, -1, dtype=np.int64)
    number_of[distinct_texts] = np.arange(distinct_texts.size)
    owner = np.where(long_enough, number_of[first_copy], -1)
    by_owner = np.argsort(owner, kind="stable")
    by_owner = by_owner[owner[by_owner] >= 0]
    copies = np.bincount(owner[by_owner], minlength=distinct_texts.size)
    copies_bounds = np.concatenate([[0], np.cumsum(copies)])

    starts, lengths = tokens.bounds[distinct_texts], tokens.lengths[distinct_texts]
    hashes, where, text = _three_grams(word, starts, lengths)
    gram, different = number(hashes)
    n_grams = different.size
    pairs = _without_repeats(text * np.int64(n_grams) + gram)
    pair_text, pair_gram = np.divmod(pairs, max(n_grams, 1))
    sizes = np.bincount(pair_text, minlength=distinct_texts.size)
    texts_with = np.bincount(pair_gram, minlength=n_grams)
    submissions_with = np.bincount(
        pair_gram, weights=copies[pair_text].astype(float), minlength=n_grams
    )

    shared = texts_with >= 2
    # Exact copies of a text that nobody else resembles still need 3-grams for their core.
    copied = np.zeros(n_grams, dtype=bool)
    copied[pair_gram[copies[pair_text] > 1]] = True
    keep = shared | copied
    renumbered = np.where(keep, np.cumsum(keep) - 1, -1)
    kept_pairs = keep[pair_gram]
    bounds = np.searchsorted(pair_text[kept_pairs], np.arange(distinct_texts.size + 1))
    places = np.full(tokens.ids.size, -1, dtype=np.int64)
    places[where] = renumbered[gram]

    common = np.bincount(
        pair_text,
        weights=np.log2(np.maximum(submissions_with, 1))[pair_gram],
        minlength=distinct_texts.size,
    )
    common = np.round(common / np.maximum(sizes, 1), 9)
    by_content = np.argsort(content[distinct_texts], kind="stable")
    rank = np.empty(distinct_texts.size, dtype=np.int64)
    rank[by_content] = np.arange(distinct_texts.size)
    return Shingles(
        grams=renumbered[pair_gram[kept_pairs]],
        bounds=bounds,
        sizes=sizes,
        spread=texts_with[keep],
        copies=copies,
        rank=rank,
        order=np.lexsort((rank, -common)),
        stubs=tuple(np.flatnonzero(~long_enough).tolist()),
        first_copy=first_copy,
        _places=places,
        _starts=starts,
        _lengths=lengths,
        _copies_sorted=by_owner,
        _copies_bounds=copies_bounds,
    )


def _without_repeats(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sorted, each once. By sorting: numpy's own way hashes, which takes ten times as long here."""
    ordered = np.sort(numbers)
    first = np.ones(ordered.size, dtype=bool)
    first[1:] = ordered[1:] != ordered[:-1]
    return ordered[first]


def _three_grams(
    word: NDArray[np.uint64], starts: NDArray[np.int64], lengths: NDArray[np.int64]
) -> tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.int64]]:
    """Hash, first token and text of every 3-gram inside a text."""
    counts = np.maximum(lengths - WIDTH + 1, 0)
    text = np.repeat(np.arange(starts.size), counts)
    offset = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    where = np.repeat(starts, counts) + offset
    hashes = np.zeros(where.size, dtype=np.uint64)
    for shift in range(WIDTH):
        hashes = mix(hashes * _ODD + word[where + shift])
    return hashes, where, text


def _content_hashes(word: NDArray[np.uint64], tokens: Tokens) -> NDArray[np.uint64]:
    """One number a text that depends on its words and their order."""
    n_texts = tokens.bounds.size - 1
    position = np.arange(tokens.ids.size) - np.repeat(tokens.bounds[:-1], tokens.lengths)
    longest = int(tokens.lengths.max(initial=0))
    terms = mix(word ^ mix(np.arange(longest, dtype=np.uint64) + _ODD)[position])
    sums = np.concatenate([np.zeros(1, dtype=np.uint64), np.cumsum(terms, dtype=np.uint64)])
    totals = sums[tokens.bounds[1:]] - sums[tokens.bounds[:-1]]
    return mix(totals + tokens.lengths.astype(np.uint64) * _ODD) if n_texts else totals


_ODD = np.uint64(0x9E3779B97F4A7C15)
