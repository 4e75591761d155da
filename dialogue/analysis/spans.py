"""A marked stretch of a text: the one shape that every screening function returns."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class DetailKind(StrEnum):
    """What a span holds: a personal detail (the first eight), words of present danger (four), a
    word of a watch list, or what one text adds to another that is very like it."""

    PHONE = "phone"
    EMAIL = "email"
    SSN = "ssn"
    CARD = "card"
    ADDRESS = "address"
    ID_NUMBER = "id_number"
    BIRTH_DATE = "birth_date"
    NAME = "name"
    CAPTIVITY = "captivity"
    VIOLENCE = "violence"
    SELF_HARM = "self_harm"
    CALL_FOR_HELP = "call_for_help"
    WATCHED = "watched"
    OWN_WORDS = "own_words"


@dataclass(frozen=True, order=True)
class Span:
    """Half-open interval [start, end) in code points of the text that was given."""

    start: int
    end: int
    kind: DetailKind

    def to_dict(self) -> dict[str, Any]:
        return {"start": self.start, "end": self.end, "kind": str(self.kind)}


class FoldedText:
    """A text made comparable for pattern matching, with a way back to the original offsets.

    Digits of every script become ASCII digits, the many dashes, spaces, apostrophes and full-width
    signs become their plain forms, invisible characters disappear. Each original code point gives
    one code point or none, so `original` can map any match back. O(n).
    """

    def __init__(self, text: str) -> None:
        self._positions: list[int] | None = None
        self._length = len(text)
        if text.isascii():
            self.text = text
            return
        kept: list[str] = []
        positions: list[int] = []
        for index, char in enumerate(text):
            plain = char if char < "\x80" else _plain(char)
            if plain:
                kept.append(plain)
                positions.append(index)
        self.text = "".join(kept)
        self._positions = positions

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Offsets in the given text of the folded interval [start, end); it is not empty."""
        if self._positions is None:
            return start, end
        return self._positions[start], self._positions[end - 1] + 1


def without_overlaps(ranked: Iterable[Span]) -> list[Span]:
    """Spans in text order; where two overlap, the one that came first in `ranked` stays."""
    kept: list[Span] = []
    taken: set[int] = set()
    for span in ranked:
        cells = range(span.start, span.end)
        if taken.isdisjoint(cells):
            taken.update(cells)
            kept.append(span)
    return sorted(kept)


_SIGNS = {
    **dict.fromkeys("‐‑‒–—―−﹣－", "-"),
    **dict.fromkeys("‘’‛ʼ＇`´", "'"),
    **dict.fromkeys("“”„‟", '"'),
    **dict.fromkeys("／⁄∕", "/"),
    "＠": "@",
    "．": ".",
    "。": ".",
    "（": "(",
    "）": ")",
    "＋": "+",
    "＃": "#",
    "：": ":",
    "，": ",",
}


def _plain(char: str) -> str:
    """The plain form of one non-ASCII code point; empty for characters nobody sees."""
    sign = _SIGNS.get(char)
    if sign is not None:
        return sign
    category = unicodedata.category(char)
    if category == "Nd":
        return str(unicodedata.digit(char))
    if category == "Zs":
        return " "
    if category == "Cf" or "\ufe00" <= char <= "\ufe0f":
        return ""
    if "！" <= char <= "～":  # full-width ASCII
        return chr(ord(char) - 0xFEE0)
    return char
