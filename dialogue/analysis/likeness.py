"""How much one text says what another says, and which words are its own.

For the moment of intake: one new text against those that are there, without numpy. (The report
compares all texts with all: duplicates.py.) Texts are compared by their word 3-grams, after
Broder, "On the resemblance and containment of documents" (1997): the share is the part of the
smaller text's 3-grams that both hold, so that a letter with a long addition is still that letter.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from hashlib import blake2b

SHORTEST = 8  # words; "I agree with this" is like many and copied from none
ALIKE_FROM = 0.5  # share from which two texts are very like each other
_WIDTH = 3
_EVERY = 3  # of the 3-grams one in so many is kept in the index
_SMALLEST = 4  # and always these, so that short texts are found too
_READ_AT_MOST = 20_000  # code points
_WORD = re.compile(r"[^\W_]{1,200}(?:['’][^\W_]{1,50})?")


@dataclass(frozen=True)
class Likeness:
    """How two texts compare: the share they have in common, and what the first one adds.

    `own`: stretches of the first text, as code point offsets, whose words the other does not say.
    """

    share: float
    own: tuple[tuple[int, int], ...]

    @property
    def is_very_like(self) -> bool:
        """Tell whether a person would call them the same letter."""
        return self.share >= ALIKE_FROM


def prints(text: str) -> frozenset[int]:
    """Return what an index keeps of a text: numbers below 2^62 that very like texts share.

    Empty for texts of fewer than eight words. The words cannot be read back from them. O(n).
    """
    grams = {_number(gram) for gram in _grams(_words(text))}
    return frozenset({*(n for n in grams if n % _EVERY == 0), *sorted(grams)[:_SMALLEST]})


def compare(text: str, other: str) -> Likeness:
    """Return how much of the smaller text both say, and the words that are `text`'s own. O(n)."""
    places = [match.span() for match in _WORD.finditer(text[:_READ_AT_MOST])]
    grams = _grams(_words(text))
    there = set(_grams(_words(other)))
    mine = set(grams)
    smaller = min(len(mine), len(there))
    share = len(mine & there) / smaller if smaller else 0.0
    said = [False] * len(places)
    for at, gram in enumerate(grams):
        if gram in there:
            said[at : at + _WIDTH] = [True] * _WIDTH
    return Likeness(round(share, 6), _stretches(places, said))


def _words(text: str) -> list[str]:
    return [word.casefold().replace("’", "'") for word in _WORD.findall(text[:_READ_AT_MOST])]


def _grams(words: list[str]) -> list[tuple[str, ...]]:
    if len(words) < SHORTEST:
        return []
    return [tuple(words[at : at + _WIDTH]) for at in range(len(words) - _WIDTH + 1)]


def _number(gram: Collection[str]) -> int:
    digest = blake2b("\n".join(gram).encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 2


def _stretches(places: list[tuple[int, int]], said: list[bool]) -> tuple[tuple[int, int], ...]:
    """Return runs of words that are not said elsewhere."""
    found: list[tuple[int, int]] = []
    is_open = False
    for (start, end), is_said in zip(places, said, strict=True):
        if is_said:
            is_open = False
        elif is_open:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
            is_open = True
    return tuple(found)
