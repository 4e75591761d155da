"""Distinct texts as sets of word 3-grams that at least two of them share: what duplicates rest
on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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

    grams: NDArray[np.int32]  # numbers of shared 3-grams, sorted and unique within a text
    bounds: NDArray[np.int64]  # (n_distinct + 1,)
    sizes: NDArray[np.int64]  # (n_distinct,) different 3-grams of the text, unshared ones too
    spread: NDArray[np.int64]  # (n_shared,) distinct texts that hold the 3-gram
    copies: NDArray[np.int64]  # (n_distinct,) submissions with exactly these words
    rank: NDArray[np.int64]  # (n_distinct,) place in an order that follows from the words alone
    order: NDArray[np.int64]  # distinct texts, those of the most common 3-grams first
    stubs: tuple[int, ...]
    first_copy: NDArray[np.int64]  # (n_texts,)
    _places: NDArray[np.int32]  # number of the shared 3-gram that starts at each token, or -1
    _starts: NDArray[np.int64]  # (n_distinct,) first token of the text
    _lengths: NDArray[np.int64]  # (n_distinct,) tokens of the text
    _copies_sorted: NDArray[np.int64]
    _copies_bounds: NDArray[np.int64]

    @cached_property
    def _in_core(self) -> NDArray[np.bool_]:
        """A flag for each shared 3-gram, all down; the last one stands for -1. Made once, since
        there are many families."""
        return np.zeros(self.spread.size + 1, dtype=bool)

    def of(self, distinct: int) -> NDArray[np.int32]:
        return self.grams[self.bounds[distinct] : self.bounds[distinct + 1]]

    def copies_of(self, distinct: int) -> list[int]:
        """Indices of all texts with these words, ascending."""
        first, last = self._copies_bounds[distinct], self._copies_bounds[distinct + 1]
        found: list[int] = self._copies_sorted[first:last].tolist()
        return found

    def covered(
        self, distinct: Sequence[int], core: NDArray[np.int32]
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
    """3-grams of all texts with at least `shortest` tokens (which must be WIDTH or more).

    In portions of texts: what stays of a 3-gram that no other text has is a bit in a sieve.
    """
    n_texts = tokens.bounds.size - 1
    hashes_of = mix(tokens.hashes())
    content = _content_hashes(hashes_of, tokens)
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

    texts = _Texts(
        hashes_of, tokens.ids, tokens.bounds[distinct_texts], tokens.lengths[distinct_texts]
    )
    gram, where, counts = _that_may_be_shared(texts, copies > 1)
    n_grams = int(gram.max(initial=-1)) + 1
    pair_gram, pair_counts = _once_in_each(gram, counts, n_grams)
    sizes = texts.lengths - WIDTH + 1 - counts + pair_counts  # only what is kept can come twice
    texts_with = np.bincount(pair_gram, minlength=n_grams)
    more = np.repeat(copies - 1, pair_counts)
    several = more > 0
    submissions_with = texts_with + np.bincount(
        pair_gram[several], weights=more[several], minlength=n_grams
    )
    # Exact copies of a text that nobody else resembles still need 3-grams for their core.
    keep = texts_with >= 2
    keep[pair_gram[several]] = True
    renumbered = np.where(keep, np.cumsum(keep) - 1, -1).astype(np.int32)
    places = np.full(tokens.ids.size, -1, dtype=np.int32)
    places[where] = renumbered[gram]

    pair_bounds = np.concatenate([[0], np.cumsum(pair_counts)])
    commonness = np.log2(np.maximum(submissions_with, 1))
    common = np.zeros(distinct_texts.size)
    kept_counts = np.zeros(distinct_texts.size, dtype=np.int64)
    for start, end in texts.portions():
        some = pair_gram[pair_bounds[start] : pair_bounds[end]]
        text = np.repeat(np.arange(end - start), pair_counts[start:end])
        common[start:end] = np.bincount(text, weights=commonness[some], minlength=end - start)
        kept_counts[start:end] = np.bincount(text[keep[some]], minlength=end - start)
    common = np.round(common / np.maximum(sizes, 1), 9)
    by_content = np.argsort(content[distinct_texts], kind="stable")
    rank = np.empty(distinct_texts.size, dtype=np.int64)
    rank[by_content] = np.arange(distinct_texts.size)
    grams = renumbered[pair_gram]
    return Shingles(
        grams=grams[grams >= 0],
        bounds=np.concatenate([[0], np.cumsum(kept_counts)]),
        sizes=sizes,
        spread=texts_with[keep],
        copies=copies,
        rank=rank,
        order=np.lexsort((rank, -common)),
        stubs=tuple(np.flatnonzero(~long_enough).tolist()),
        first_copy=first_copy,
        _places=places,
        _starts=texts.starts,
        _lengths=texts.lengths,
        _copies_sorted=by_owner,
        _copies_bounds=copies_bounds,
    )


@dataclass(frozen=True)
class _Texts:
    """The distinct texts, to go through in portions."""

    hashes_of: NDArray[np.uint64]  # of every word of the vocabulary
    ids: NDArray[np.int32]
    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]

    def portions(self) -> Iterator[tuple[int, int]]:
        """Ranges of texts of about _PORTION tokens."""
        ends = np.cumsum(self.lengths)
        start = 0
        while start < ends.size:
            before = int(ends[start - 1]) if start else 0
            end = max(start + 1, int(np.searchsorted(ends, before + _PORTION, "right")))
            yield start, end
            start = end

    def three_grams(
        self, start: int, end: int
    ) -> tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.int64]]:
        """Hash, first token and text (from `start`) of every 3-gram in a range of texts."""
        counts = np.maximum(self.lengths[start:end] - WIDTH + 1, 0)
        text = np.repeat(np.arange(end - start), counts)
        offset = np.arange(text.size) - np.repeat(np.cumsum(counts) - counts, counts)
        where = np.repeat(self.starts[start:end], counts) + offset
        hashes = np.zeros(where.size, dtype=np.uint64)
        for shift in range(WIDTH):
            hashes = mix(hashes * _ODD + self.hashes_of[self.ids[where + shift]])
        return hashes, where, text


class _Sieve:
    """Tells of 64-bit numbers which may have come twice: of those that did, all; of the others
    about one in eight, where another number has the same place."""

    def __init__(self, expected: int) -> None:
        bits = min(max(int(expected).bit_length() + 3, 16), 30)
        self._shift = np.uint64(64 - bits)
        self._once = np.zeros(1 << (bits - 3), dtype=np.uint8)
        self._twice = np.zeros(1 << (bits - 3), dtype=np.uint8)

    def add(self, numbers: NDArray[np.uint64]) -> None:
        if not numbers.size:
            return
        slots = np.sort(numbers >> self._shift).view(np.int64)
        is_first = np.ones(slots.size, dtype=bool)
        is_first[1:] = slots[1:] != slots[:-1]
        self._mark(self._twice, slots[~is_first])
        slots = slots[is_first]
        seen = (self._once[slots >> 3] >> (slots & 7).astype(np.uint8)) & 1
        self._mark(self._twice, slots[seen == 1])
        self._mark(self._once, slots)

    def may_be_twice(self, numbers: NDArray[np.uint64]) -> NDArray[np.bool_]:
        slots = (numbers >> self._shift).view(np.int64)
        return ((self._twice[slots >> 3] >> (slots & 7).astype(np.uint8)) & 1).view(bool)

    @staticmethod
    def _mark(flags: NDArray[np.uint8], slots: NDArray[np.int64]) -> None:
        """Set bits; `slots` are sorted, so that those of one byte stand together."""
        if not slots.size:
            return
        cells = slots >> 3
        first = np.flatnonzero(np.append(True, cells[1:] != cells[:-1]))
        ones = np.left_shift(np.uint8(1), (slots & 7).astype(np.uint8))
        flags[cells[first]] |= np.bitwise_or.reduceat(ones, first)


def _that_may_be_shared(
    texts: _Texts, copied: NDArray[np.bool_]
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int64]]:
    """(number, first token) of the 3-grams that another text may have, or whose text has copies;
    and how many each text has of them, in order of texts."""
    sieve = _Sieve(int(texts.lengths.sum()))
    for start, end in texts.portions():
        sieve.add(texts.three_grams(start, end)[0])
    kept_hashes = [np.zeros(0, dtype=np.uint64)]
    kept_where = [np.zeros(0, dtype=np.int32)]
    counts = np.zeros(texts.lengths.size, dtype=np.int64)
    for start, end in texts.portions():
        hashes, where, text = texts.three_grams(start, end)
        keep = sieve.may_be_twice(hashes) | copied[start:end][text]
        kept_hashes.append(hashes[keep])
        kept_where.append(where[keep].astype(np.int32))
        counts[start:end] = np.bincount(text[keep], minlength=end - start)
    del sieve
    hashes = np.concatenate(kept_hashes)
    kept_hashes.clear()
    return number(hashes)[0].astype(np.int32), np.concatenate(kept_where), counts


def _once_in_each(
    gram: NDArray[np.int32], counts: NDArray[np.int64], n_grams: int
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """The 3-grams of each text, sorted and each once, and how many those are."""
    bounds = np.concatenate([[0], np.cumsum(counts)])
    found = [np.zeros(0, dtype=np.int32)]
    sizes = np.zeros(counts.size, dtype=np.int64)
    start = 0
    while start < counts.size:
        end = max(start + 1, int(np.searchsorted(bounds, bounds[start] + _PORTION, "right")) - 1)
        text = np.repeat(np.arange(end - start), counts[start:end])
        pairs = np.sort(text * np.int64(n_grams) + gram[bounds[start] : bounds[end]])
        pairs = pairs[np.append(True, pairs[1:] != pairs[:-1])] if pairs.size else pairs
        text, own = np.divmod(pairs, max(n_grams, 1))
        found.append(own.astype(np.int32))
        sizes[start:end] = np.bincount(text, minlength=end - start)
        start = end
    return np.concatenate(found), sizes


def _content_hashes(hashes_of: NDArray[np.uint64], tokens: Tokens) -> NDArray[np.uint64]:
    """One number a text that depends on its words and their order."""
    lengths = tokens.lengths
    of_place = mix(np.arange(int(lengths.max(initial=0)), dtype=np.uint64) + _ODD)
    totals = np.zeros(lengths.size, dtype=np.uint64)
    for start, end in _Texts(hashes_of, tokens.ids, tokens.bounds[:-1], lengths).portions():
        ids = tokens.ids[tokens.bounds[start] : tokens.bounds[end]]
        bounds = tokens.bounds[start : end + 1] - tokens.bounds[start]
        position = np.arange(ids.size) - np.repeat(bounds[:-1], lengths[start:end])
        terms = mix(hashes_of[ids] ^ of_place[position])
        sums = np.concatenate([np.zeros(1, dtype=np.uint64), np.cumsum(terms, dtype=np.uint64)])
        totals[start:end] = sums[bounds[1:]] - sums[bounds[:-1]]
    return mix(totals + lengths.astype(np.uint64) * _ODD) if lengths.size else totals


_ODD = np.uint64(0x9E3779B97F4A7C15)
_PORTION = 2_000_000  # tokens looked at together
