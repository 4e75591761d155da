"""Quotations: the public's words, never changed, with the place they were taken from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Protocol

LONGEST = 240  # code points
SHORTEST_WORDS, LONGEST_WORDS = 5, 25
_SENTENCE_END = re.compile(r"(?<=[.!?。！？])\s*|\n+")
_SENTENCE = re.compile(r"[^.!?。！？\n]*[.!?。！？]|[^.!?。！？\n]+")
_WORD = re.compile(r"\w+")


class Quotable(Protocol):
    """A text that can be quoted: of a snapshot, or as a page has it."""

    @property
    def id(self) -> int:
        """Return the number of the contribution."""

    @property
    def revision(self) -> int:
        """Return the number of the wording."""

    @property
    def language(self) -> str:
        """Return the language it is written in."""

    @property
    def title(self) -> str:
        """Return the title; empty for a comment."""

    @property
    def wording(self) -> str:
        """Return title, a line feed, and plain text."""


class WithAuthor(Quotable, Protocol):
    """A text that is known to be somebody's."""

    @property
    def author(self) -> int:
        """Return a number that stands for its author."""


def quote(text: Quotable, start: int, end: int) -> dict[str, Any]:
    """Return the span of a contribution's wording as a quotation."""
    return {
        "contribution": text.id,
        "revision": text.revision,
        "language": text.language,
        "start": start,
        "end": end,
        "text": text.wording[start:end],
    }


def is_quotation(value: Any) -> bool:
    """Tell whether a part of a document is a quotation."""
    return isinstance(value, dict) and {"contribution", "revision", "start", "text"} <= value.keys()


def quotations(value: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every quotation in a document with the path to it."""
    if is_quotation(value):
        yield path, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from quotations(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from quotations(item, f"{path}[{place}]")


def whole_title(text: Quotable) -> dict[str, Any]:
    """Quote the title of an idea (of a contribution without one: its opening)."""
    return quote(text, 0, len(text.title)) if text.title else opening(text)


def opening(text: Quotable) -> dict[str, Any]:
    """Quote the first sentences, as many as fit; a long first sentence is cut between words."""
    wording = text.wording
    start = len(wording) - len(wording.lstrip())
    whole = len(wording.rstrip())
    ends = [match.start() for match in _SENTENCE_END.finditer(wording, start + 1)]
    fitting = [end for end in (*ends, whole) if start < end <= min(start + LONGEST, whole)]
    if fitting:
        end = fitting[-1]
    else:
        space = wording.rfind(" ", start + LONGEST // 2, start + LONGEST)
        end = space if space > 0 else min(start + LONGEST, whole)
    return quote(text, start, max(end, start))


def openings(texts: Iterable[WithAuthor], most: int) -> list[dict[str, Any]]:
    """Quote the openings of the first texts, no person and no wording twice."""
    found: list[dict[str, Any]] = []
    people: set[int] = set()
    words: set[str] = set()
    for text in texts:
        if len(found) == most:
            break
        if text.author in people:
            continue
        quotation = opening(text)
        if quotation["text"].strip() and quotation["text"] not in words:
            people.add(text.author)
            words.add(quotation["text"])
            found.append(quotation)
    return found


def sentences(wording: str) -> list[tuple[int, int]]:
    """Return where the sentences of a text lie, as (start, end), without the spaces around them."""
    found = []
    for match in _SENTENCE.finditer(wording):
        start, end = match.span()
        piece = match.group()
        left = start + len(piece) - len(piece.lstrip())
        right = end - len(piece) + len(piece.rstrip())
        if left < right:
            found.append((left, right))
    return found


def fits_a_point(sentence: str) -> bool:
    """Tell whether a sentence is of a length that can stand for a view.

    Scripts without spaces between words make one long word: there letters are counted.
    """
    words = len(_WORD.findall(sentence))
    return SHORTEST_WORDS <= words <= LONGEST_WORDS or (
        words < SHORTEST_WORDS and 12 <= len(sentence) <= LONGEST and _spaceless(sentence)
    )


def _spaceless(sentence: str) -> bool:
    return max(map(len, _WORD.findall(sentence)), default=0) >= 8 and any(
        ord(c) > 0x0E00 for c in sentence
    )
