"""Cuts texts into tokens once, for every stage that follows; all scripts, the same rules
everywhere.

A token is a word of letters, digits and their marks, compared after NFKC and case folding. Scripts
that put no spaces between words (Chinese, Japanese, Thai, Lao, Khmer, Burmese) give pairs of
neighbouring characters instead. Markup tags are skipped.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from dialogue.analysis.scanning import Scan, Sort


@dataclass(frozen=True)
class Tokens:
    """The tokens of n texts. Text i has the token ids `ids[bounds[i]:bounds[i + 1]]`.

    vocabulary: folded words in code point order, so ids do not depend on the order of texts.
    display: for each of them the spelling seen most often.
    """

    vocabulary: tuple[str, ...]
    display: tuple[str, ...]
    ids: NDArray[np.int32]  # (n_tokens,)
    bounds: NDArray[np.int64]  # (n_texts + 1,)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Number of tokens of each text."""
        return np.diff(self.bounds)

    def of(self, text: int) -> NDArray[np.int32]:
        return self.ids[self.bounds[text] : self.bounds[text + 1]]

    def hashes(self) -> NDArray[np.uint64]:
        """One 64-bit number a vocabulary word, the same on every machine and in every run."""
        numbers = [
            int.from_bytes(
                blake2b(word.encode("utf-8", "replace"), digest_size=8).digest(), "little"
            )
            for word in self.vocabulary
        ]
        return np.array(numbers, dtype=np.uint64)


def tokenise(texts: Sequence[str]) -> Tokens:
    """Tokens of all texts. O(total length)."""
    seen: dict[str, int] = {}  # as written → number, in order of appearance
    ids: list[NDArray[np.int32]] = []
    lengths: list[NDArray[np.int64]] = []
    for start, end in _portions(texts):
        pieces, numbers, sizes = _scanned(texts[start:end])
        here = [seen.setdefault(piece, len(seen)) for piece in pieces]
        ids.append(np.array(here, dtype=np.int32)[numbers])
        lengths.append(sizes)
    as_written = np.concatenate([np.zeros(0, dtype=np.int32), *ids])
    ids.clear()
    counts = np.bincount(as_written, minlength=len(seen)).tolist()
    folded = [fold(piece) for piece in seen]
    spellings: dict[str, tuple[int, str]] = {}
    for piece, word, count in zip(seen, folded, counts, strict=True):
        best = spellings.get(word)
        if best is None or (-count, piece) < (-best[0], best[1]):
            spellings[word] = (count, piece)
    vocabulary = sorted(spellings)
    numbers_of = {word: number for number, word in enumerate(vocabulary)}
    number = np.array([numbers_of[word] for word in folded], dtype=np.int32)
    bounds = np.zeros(len(texts) + 1, dtype=np.int64)
    np.cumsum(np.concatenate([np.zeros(0, dtype=np.int64), *lengths]), out=bounds[1:])
    display = tuple(spellings[word][1] for word in vocabulary)
    return Tokens(tuple(vocabulary), display, number[as_written], bounds)


def all_spans(texts: Sequence[str]) -> Iterator[NDArray[np.int64]]:
    """For each text in turn where its tokens stand, as `spans`: (n_tokens, 2). O(total length)."""
    for start, end in _portions(texts):
        some = texts[start:end]
        found = Scan(some, _sort).words
        special = set(found.special.tolist())
        places = np.stack([found.starts, found.ends], axis=1) - found.first[found.text, None]
        bounds = np.searchsorted(found.text, np.arange(len(some) + 1)).tolist()
        for at, text in enumerate(some):
            if at in special:
                yield np.array(spans(text), dtype=np.int64).reshape(-1, 2)
            else:
                yield places[bounds[at] : bounds[at + 1]]


def spans(text: str) -> list[tuple[int, int]]:
    """Where each token of one text stands, as code point offsets, in the order of `tokenise`."""
    if "<" not in text and (text.isascii() or not _UNSPACED.search(text)):
        word = _ASCII_WORD if text.isascii() else _WORD
        return [match.span() for match in word.finditer(text)]
    found: list[tuple[int, int]] = []
    for match in _WORD.finditer(text):
        start, end = match.span()
        if text[start] == "<":
            continue
        if _UNSPACED.match(text[start]) and end - start > 1:
            found.extend((at, at + 2) for at in range(start, end - 1))
        else:
            found.append((start, end))
    return found


def fold(word: str) -> str:
    """The form in which words are compared."""
    if word.isascii():
        return word.lower()
    return unicodedata.normalize("NFKC", word).casefold().replace("’", "'")


def _portions(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Ranges of texts of bounded length, so that memory is bounded too."""
    start, size = 0, 0
    for at, text in enumerate(texts):
        if size and size + len(text) > _PORTION:
            yield start, at
            start, size = at, 0
        size += len(text) + 1
    if start < len(texts):
        yield start, len(texts)


def _scanned(texts: Sequence[str]) -> tuple[list[str], NDArray[np.int64], NDArray[np.int64]]:
    """(different tokens as written, number of every token among them, tokens of each text)."""
    scan = Scan(texts, _sort)
    found = scan.words
    pieces, numbers = scan.spellings()
    if found.special.size == 0:
        return pieces, numbers, np.bincount(found.text, minlength=len(texts))
    known = {piece: number for number, piece in enumerate(pieces)}
    sizes = np.bincount(found.text, minlength=len(texts))
    apart = []
    for text in found.special.tolist():
        own = _pieces(texts[text])
        sizes[text] = len(own)
        apart.append([known.setdefault(piece, len(known)) for piece in own])
    of_text = np.repeat(np.arange(len(texts)), sizes)
    is_special = np.zeros(len(texts), dtype=bool)
    is_special[found.special] = True
    merged = np.empty(of_text.size, dtype=np.int64)
    merged[~is_special[of_text]] = numbers
    merged[is_special[of_text]] = np.fromiter(chain.from_iterable(apart), dtype=np.int64)
    return list(known), merged, sizes


def _sort(character: str) -> Sort:
    """What the regular expressions below take a character for."""
    if character == "<" or _UNSPACED.match(character):
        return Sort.SPECIAL
    if character.isalnum():
        return Sort.LETTER
    if character in "'’":
        return Sort.APOSTROPHE
    return Sort.MARK if _MARK.match(character) else Sort.OTHER


def _pieces(text: str) -> list[str]:
    found: list[str] = (_ASCII_WORD if text.isascii() else _WORD).findall(text)
    if "<" in text:
        found = [piece for piece in found if piece[0] != "<"]
    if text.isascii() or not _UNSPACED.search(text):
        return found
    pieces: list[str] = []
    for piece in found:
        if len(piece) > 1 and _UNSPACED.match(piece[0]):
            pieces.extend(piece[at : at + 2] for at in range(len(piece) - 1))
        else:
            pieces.append(piece)
    return pieces


def _marks() -> str:
    """Character ranges of combining marks, which belong to words but are no letters to `re`."""
    ranges: list[list[int]] = []
    for code in range(0x300, 0x10000):
        if unicodedata.category(chr(code))[0] == "M":
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1][1] = code
            else:
                ranges.append([code, code])
    return "".join(f"\\u{first:04x}-\\u{last:04x}" for first, last in ranges)


# Scripts written without spaces: Thai, Lao, Burmese, Khmer, kana, Han (with rare planes).
_UNSPACED_RANGES = (
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    r"\uff66-\uff9f\U00020000-\U0003ffff"
)
_UNSPACED = re.compile(f"[{_UNSPACED_RANGES}]")
_MARK = re.compile(f"[{_marks()}]")
_TAG = r"</?[a-zA-Z][^<>]{0,200}>"
_LETTER = rf"(?:(?![{_UNSPACED_RANGES}])[^\W_])"
_REST = rf"(?:(?![{_UNSPACED_RANGES}])[^\W_]|[{_marks()}])"
_WORD = re.compile(rf"{_TAG}|[{_UNSPACED_RANGES}]+|{_LETTER}{_REST}*(?:['’]{_LETTER}{_REST}*)?")
# The same, for texts of nothing but ASCII: five times as quick, since nothing has to be looked up.
_ASCII_WORD = re.compile(rf"{_TAG}|[a-zA-Z0-9]+(?:'[a-zA-Z0-9]+)?")
_PORTION = 2_000_000  # characters looked at together
