"""Finds the words of many texts at once: one pass over their joined characters, with arrays.

The same words as a regular expression would find one text after the other, five times as fast.
Two kinds of texts are left to that: those with markup and those in scripts without spaces.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from dialogue.analysis.numbering import mix, number

_PAD = 8  # characters after the last text: a word is read in pieces of eight bytes


class Sort(IntEnum):
    """What a character can be to a word."""

    OTHER = 0
    LETTER = 1  # a digit, too
    MARK = 2  # belongs to the letter before it
    APOSTROPHE = 3  # once in a word, between letters
    SPECIAL = 4  # makes its text one that is read by the regular expression


@dataclass(frozen=True)
class Words:
    """Words of n joined texts, in order. `starts` and `ends` are offsets in the joined text."""

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    text: NDArray[np.int64]  # which text each word stands in
    first: NDArray[np.int64]  # (n_texts,) offset of each text
    special: NDArray[np.int64]  # texts whose words are not here


class Scan:
    """Some texts, joined. Their words stand in `words`."""

    def __init__(self, texts: Sequence[str], sort_of: Callable[[str], Sort]) -> None:
        self.joined = "\n" + "\n".join(texts) + "\n" * _PAD
        self._codes = _codes(self.joined)
        lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
        first = 1 + np.concatenate([[0], np.cumsum(lengths + 1)])[:-1]
        self.words = _words(_sorts(self._codes, sort_of), first)

    def spellings(self) -> tuple[list[str], NDArray[np.int64]]:
        """The different words, and the number of each word among them."""
        numbers, at = number(self._keys())
        starts, ends = self.words.starts, self.words.ends
        if not self._same_as(starts[at][numbers], ends[at][numbers]):
            # Two words share a 64-bit key, by ill luck or on purpose.
            every = [self.joined[s:e] for s, e in zip(starts.tolist(), ends.tolist(), strict=True)]
            places = {word: place for place, word in enumerate(dict.fromkeys(every))}
            return list(places), np.array([places[word] for word in every], dtype=np.int64)
        different = zip(starts[at].tolist(), ends[at].tolist(), strict=True)
        return [self.joined[start:end] for start, end in different], numbers

    def _keys(self) -> NDArray[np.uint64]:
        """A number that follows from a word's characters; different for words of eight bytes."""
        starts, lengths = self.words.starts, self.words.ends - self.words.starts
        keys = np.zeros(starts.size, dtype=np.uint64)
        longer = np.arange(starts.size)
        done = 0
        while longer.size:
            rest = lengths[longer] - done
            keys[longer] = mix(keys[longer]) ^ self._piece(starts[longer] + done, rest)
            done += self._step
            longer = longer[rest > self._step]
        return keys

    def _same_as(self, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> bool:
        """Tell whether each word has the characters of its counterpart."""
        own, lengths = self.words.starts, self.words.ends - self.words.starts
        if not np.array_equal(lengths, ends - starts):
            return False
        longer = np.flatnonzero(lengths > self._step)  # shorter ones are their keys
        done = 0
        while longer.size:
            rest = lengths[longer] - done
            mine = self._piece(own[longer] + done, rest)
            if not np.array_equal(mine, self._piece(starts[longer] + done, rest)):
                return False
            done += self._step
            longer = longer[rest > self._step]
        return True

    @property
    def _step(self) -> int:
        """How many characters eight bytes hold."""
        return 8 // self._codes.itemsize

    def _piece(self, places: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.uint64]:
        """The next characters, as many as fit into eight bytes; zeros after the word's end."""
        windows: NDArray[np.uint64] = np.ndarray(
            (self._codes.size - self._step + 1,),
            dtype="<u8",
            buffer=self._codes.data,
            strides=(self._codes.itemsize,),
        )
        bits = 8 * self._codes.itemsize
        masks = np.array(
            [(1 << bits * held) - 1 for held in range(self._step + 1)], dtype=np.uint64
        )
        return windows[places] & masks[np.minimum(lengths, self._step)]


def _codes(text: str) -> NDArray[np.uint32]:
    """Code points in the smallest type that holds them all."""
    try:
        return np.frombuffer(text.encode("latin-1"), dtype=np.uint8)
    except UnicodeEncodeError:
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
        return codes.astype("<u2") if codes.max() < 1 << 16 else codes


def _sorts(codes: NDArray[np.uint32], sort_of: Callable[[str], Sort]) -> NDArray[np.uint8]:
    """(n,) what each character is; asks once for each different one, and never again."""
    if codes.itemsize == 1:
        for code in np.flatnonzero(_KNOWN[:256] == _UNKNOWN).tolist():
            _KNOWN[code] = sort_of(chr(code))
        looked_up = codes.tobytes().translate(_KNOWN[:256].tobytes())
        return np.frombuffer(looked_up, dtype=np.uint8)
    unknown = codes[_KNOWN[codes] == _UNKNOWN]
    for code in np.unique(unknown).tolist():
        _KNOWN[code] = sort_of(chr(code))
    return _KNOWN[codes]


def _words(sorts: NDArray[np.uint8], first: NDArray[np.int64]) -> Words:
    inside = (sorts == Sort.LETTER) | (sorts == Sort.MARK)
    edges = np.flatnonzero(inside[1:] != inside[:-1]) + 1
    starts, ends = edges[::2], edges[1::2]
    leading = sorts[starts] == Sort.MARK
    while leading.any():  # a mark with no letter before it
        starts = starts + leading
        starts, ends = starts[starts < ends], ends[starts < ends]
        leading = sorts[starts] == Sort.MARK
    starts, ends = _with_apostrophes(sorts, starts, ends)
    special = np.unique(np.searchsorted(first, np.flatnonzero(sorts == Sort.SPECIAL), "right") - 1)
    text = np.searchsorted(first, starts, "right") - 1
    if special.size:
        ours = np.ones(first.size, dtype=bool)
        ours[special] = False
        keep = ours[text]
        starts, ends, text = starts[keep], ends[keep], text[keep]
    return Words(starts, ends, text, first, special)


def _with_apostrophes(
    sorts: NDArray[np.uint8], starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Joins two runs with an apostrophe between them: don't; never three."""
    linked = np.zeros(starts.size, dtype=bool)
    linked[1:] = (starts[1:] - ends[:-1] == 1) & (sorts[ends[:-1]] == Sort.APOSTROPHE)
    if not linked.any():
        return starts, ends
    place = np.arange(starts.size)
    chain = np.maximum.accumulate(np.where(linked, 0, place))
    second = (place - chain) % 2 == 1
    joined = np.append(second[1:], False)
    ends = np.where(joined, np.append(ends[1:], 0), ends)
    return starts[~second], ends[~second]


_UNKNOWN = 255
_KNOWN = np.full(0x110000, _UNKNOWN, dtype=np.uint8)
