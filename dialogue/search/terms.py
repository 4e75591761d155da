"""How text is cut into the terms that are indexed and looked for, the same on both databases.

Words are runs of letters, marks and digits, folded. Scripts that put no spaces between words are
cut into overlapping pairs of characters; the last character of a run stands once more alone, so
that a single character is found as the beginning of some term wherever it stands.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from dialogue.kernel.text import fold

LONGEST = 60  # characters of a term; longer ones are cut, in the index and in the query alike

# Thai, Lao, Tibetan, Myanmar, Khmer, kana, Han (with its extensions) and bopomofo.
_UNSPACED = re.compile(
    "[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u312f\u31a0-\u31bf\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U0001b000-\U0001b16f\U00020000-\U0003ffff]+"
)

_ASCII_RUN = re.compile("[a-z0-9]+")


def index_terms(text: str) -> list[str]:
    """Return the terms of a text in reading order, as they are indexed."""
    return [term for run in _runs(text) for term in _cut(run, ends=True)]


def query_terms(text: str) -> list[str]:
    """Return the terms that must follow each other where `text` is found."""
    runs = _runs(text)
    # What is looked for may be the beginning of a longer run, so the last one has no end.
    return [
        term
        for number, run in enumerate(runs, start=1)
        for term in _cut(run, ends=number < len(runs))
    ]


@dataclass(frozen=True)
class Located:
    """A term of a text and the characters of the text that it stands for."""

    term: str
    start: int
    end: int


def located_terms(text: str) -> list[Located]:
    """Return what `index_terms` returns, with places: for marking what was found."""
    return [
        Located(term, start + first, start + last)
        for start, end in _words(text)
        for term, first, last in _cut_word(text[start:end])
    ]


def _words(text: str) -> Iterator[tuple[int, int]]:
    """Yield beginning and end of each run of letters, marks, digits and what clings to them."""
    start = None
    for place, character in enumerate(text):
        if character.isalnum() or unicodedata.category(character)[0] in "LMN":
            start = place if start is None else start
        elif unicodedata.category(character) != "Cf" and start is not None:
            yield start, place
            start = None
    if start is not None:
        yield start, len(text)


@lru_cache(maxsize=16_384)
def _cut_word(word: str) -> tuple[tuple[str, int, int], ...]:
    """Return (term, first, last) within one word. Kept: texts say the same words again."""
    runs = _runs(word)
    if sum(map(len, runs)) != len(word):  # folding changed the length: the places are not known
        return tuple((term, 0, len(word)) for run in runs for term in _cut(run, ends=True))
    found, place = [], 0
    for run in runs:
        if not _UNSPACED.match(run):
            found.append((run[:LONGEST], place, place + len(run)))
        else:
            found += [
                (term, place + index, place + index + len(term))
                for index, term in enumerate(_cut(run, ends=True))
            ]
        place += len(run)
    return tuple(found)


def may_go_on(term: str) -> bool:
    """Tell whether a term of a query also stands for longer ones: a single unspaced character."""
    return len(term) == 1 and _UNSPACED.match(term) is not None


def _runs(text: str) -> list[str]:
    if text.isascii():  # most of it is, and the long way leads to the same
        return _ASCII_RUN.findall(fold(text))
    spaced = "".join(
        character if unicodedata.category(character)[0] in "LMN" else " "
        for character in fold(text)
    )
    return [run for word in spaced.split() for run in _by_script(word)]


def _by_script(word: str) -> Iterator[str]:
    position = 0
    for match in _UNSPACED.finditer(word):
        if match.start() > position:
            yield word[position : match.start()]
        yield match.group()
        position = match.end()
    if position < len(word):
        yield word[position:]


def _cut(run: str, *, ends: bool) -> Iterator[str]:
    if not _UNSPACED.match(run):
        yield run[:LONGEST]
        return
    for index in range(len(run) - 1):
        yield run[index : index + 2]
    if ends or len(run) == 1:
        yield run[-1]
