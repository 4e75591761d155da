"""Cuts texts into tokens once, for every stage that follows; all scripts, the same rules
everywhere.

A token is a word of letters, digits and their marks, compared after NFKC and case folding. Scripts
that put no spaces between words (Chinese, Japanese, Thai, Lao, Khmer, Burmese) give pairs of
neighbouring characters instead. Markup tags are skipped.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import chain

import numpy as np
from numpy.typing import NDArray


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
    pieces = [_pieces(text) for text in texts]
    counts = Counter(chain.from_iterable(pieces))
    folded = {piece: fold(piece) for piece in counts}
    spellings: dict[str, tuple[int, str]] = {}
    for piece, count in counts.items():
        word = folded[piece]
        best = spellings.get(word)
        if best is None or (-count, piece) < (-best[0], best[1]):
            spellings[word] = (count, piece)
    vocabulary = sorted(spellings)
    numbers = {word: number for number, word in enumerate(vocabulary)}
    of_piece = {piece: numbers[word] for piece, word in folded.items()}
    bounds = np.zeros(len(pieces) + 1, dtype=np.int64)
    np.cumsum([len(found) for found in pieces], out=bounds[1:])
    ids = np.fromiter(
        map(of_piece.__getitem__, chain.from_iterable(pieces)),
        dtype=np.int32,
        count=int(bounds[-1]),
    )
    display = tuple(spellings[word][1] for word in vocabulary)
    return Tokens(tuple(vocabulary), display, ids, bounds)


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
_TAG = r"</?[a-zA-Z][^<>]{0,200}>"
_LETTER = rf"(?:(?![{_UNSPACED_RANGES}])[^\W_])"
_REST = rf"(?:(?![{_UNSPACED_RANGES}])[^\W_]|[{_marks()}])"
_WORD = re.compile(rf"{_TAG}|[{_UNSPACED_RANGES}]+|{_LETTER}{_REST}*(?:['’]{_LETTER}{_REST}*)?")
# The same, for texts of nothing but ASCII: five times as quick, since nothing has to be looked up.
_ASCII_WORD = re.compile(rf"{_TAG}|[a-zA-Z0-9]+(?:'[a-zA-Z0-9]+)?")
