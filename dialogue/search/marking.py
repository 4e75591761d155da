"""Where in a text the words of a query stand, and the part of a text that shows it best.

Works on the words that the public reads, never on the index: what is marked is what is there.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from dialogue.search.parser import Phrase, Query
from dialogue.search.terms import Located, located_terms, may_go_on

BEFORE = 60  # characters that a snippet shows in front of the first hit


@dataclass(frozen=True)
class Piece:
    """A part of a text; `hit` where it is what was looked for."""

    text: str
    hit: bool = False


def marked(text: str, query: Query) -> tuple[Piece, ...]:
    """Return a whole text on one line, cut where hits begin and end."""
    line = " ".join(text.split())
    return _pieces(line, hits(line, query), 0, len(line))


def snippet(text: str, query: Query, length: int) -> tuple[Piece, ...]:
    """Return about `length` characters of a text around the first hit, else its beginning.

    Cut between words; an ellipsis stands for what is left out.
    """
    line = " ".join(text.split())
    found = hits(line, query)
    start = _word_start(line, found[0][0] - BEFORE) if found else 0
    end = _word_end(line, max(start + length, found[0][1] if found else 0))
    pieces = _pieces(line, found, start, end)
    before = (Piece("… "),) if start else ()
    after = (Piece(" …"),) if end < len(line) else ()
    return (*before, *pieces, *after)


def hits(text: str, query: Query) -> list[tuple[int, int]]:
    """Return beginning and end of what a query finds in a text, in order, none touching another."""
    terms = located_terms(text)
    found = [(term.start, term.end) for term in terms if term.term.startswith(query.words)]
    for phrase in query.phrases:
        found += _of_phrase(terms, phrase)
    joined: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _of_phrase(terms: Sequence[Located], phrase: Phrase) -> list[tuple[int, int]]:
    *head, last = phrase
    found = []
    for index in range(len(terms) - len(head)):
        if any(terms[index + place].term != term for place, term in enumerate(head)):
            continue
        end = terms[index + len(head)]
        if end.term == last or (may_go_on(last) and end.term.startswith(last)):
            found.append((terms[index].start, end.end))
    return found


def _pieces(line: str, found: Sequence[tuple[int, int]], start: int, end: int) -> tuple[Piece, ...]:
    pieces, place = [], start
    for first, last in found:
        if first >= end:
            break
        if last <= start:
            continue
        if first > place:
            pieces.append(Piece(line[place:first]))
        pieces.append(Piece(line[max(first, start) : min(last, end)], hit=True))
        place = min(last, end)
    if place < end:
        pieces.append(Piece(line[place:end]))
    return tuple(pieces)


def _word_start(line: str, place: int) -> int:
    if place <= 0:
        return 0
    space = line.find(" ", place, place + BEFORE)
    return _whole(line, space + 1 if space >= 0 else place)


def _word_end(line: str, place: int) -> int:
    if place >= len(line):
        return len(line)
    space = line.rfind(" ", place - BEFORE, place + 1)
    return _whole(line, space if space > 0 else place)


def _whole(line: str, place: int) -> int:
    """Move a cut so that it does not come between a letter and its marks."""
    while 0 < place < len(line) and unicodedata.category(line[place])[0] == "M":
        place -= 1
    return place
