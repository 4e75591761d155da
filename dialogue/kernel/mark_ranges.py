"""Where the marks of a source stand: what must not be cut in two when words are taken out of it.

The parser tells what a source means, not where each mark stands. So its result is laid along the
source again, piece by piece; a block where the two do not meet counts as one piece. O(n).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from markdown_it.token import Token

from dialogue.kernel.text import bare_addresses, parsed


@dataclass(frozen=True, order=True)
class Range:
    """The stretch [start, end) of a source, in code points."""

    start: int
    end: int


@dataclass(frozen=True)
class Marks:
    """`pairs`: opening and closing mark of emphasis; `wholes`: links, addresses, words in
    backquotes, a backslash with what it stands before."""

    pairs: tuple[tuple[Range, Range], ...] = ()
    wholes: tuple[Range, ...] = ()


def marks_of(source: str) -> Marks:
    """Return the marks of a source that `text.render` accepts."""
    starts = [0]
    for line in source.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    pairs: list[tuple[Range, Range]] = []
    wholes = [Range(*found) for found in bare_addresses(source)]
    for token in parsed(source):
        if token.type != "inline" or not token.map:
            continue
        places = _places(source, starts, token)
        try:
            if places is None:
                raise _Lost
            walk = _Walk(token.content, places)
            walk.over(token.children or [])
        except _Lost:
            first, last = token.map
            wholes.append(Range(starts[first], min(starts[last], len(source))))
        else:
            pairs += walk.pairs
            wholes += walk.wholes
    return Marks(tuple(pairs), tuple(wholes))


class _Lost(Exception):
    """The parser's pieces were not found in the source."""


def _places(source: str, starts: list[int], token: Token) -> list[int] | None:
    """Return where each character of a block stands in the source."""
    if token.map is None:
        return None
    places: list[int] = []
    for number, line in enumerate(token.content.split("\n"), start=token.map[0]):
        if number + 1 >= len(starts):
            return None
        whole = source[starts[number] : starts[number + 1] - 1]
        at = whole.rfind(line)
        if at < 0:
            return None
        first = starts[number] + at
        places += range(first, first + len(line) + 1)  # with the line feed
    return places


class _Walk:
    """Goes along one block with the parser's pieces in hand."""

    def __init__(self, content: str, places: list[int]):
        self.content, self.places = content, places
        self.position = 0
        self.pairs: list[tuple[Range, Range]] = []
        self.wholes: list[Range] = []
        self._opened: list[Range] = []
        self._links: list[int] = []

    def over(self, children: list[Token]) -> None:
        pieces = iter(children)
        for piece in pieces:
            match piece.type:
                case "text":
                    self._text(piece.content)
                case "em_open" | "strong_open":
                    self._opened.append(self._take(piece.markup))
                case "em_close" | "strong_close":
                    self.pairs.append((self._opened.pop(), self._take(piece.markup)))
                case "code_inline":
                    self._code(piece.markup)
                case "softbreak" | "hardbreak":
                    self._to(re.compile(r"[ \t]*\\?[ \t]*\n[ \t]*"))
                case "link_open" if piece.markup == "autolink":
                    self.wholes.append(self._to(re.compile(r"<[^<>\n]*>")))
                    _skip_to_close(pieces)
                case "link_open":
                    self._links.append(self.position)
                    self._take("[")
                case "link_close":
                    end = self._end_of_link()
                    self.wholes.append(self._range(self._links.pop(), end))
                    self.position = end
                case _:
                    raise _Lost

    def _text(self, words: str) -> None:
        for character in words:
            here = self.content[self.position : self.position + 1]
            while here in (" ", "\t") and here != character:  # the parser drops some
                self.position += 1
                here = self.content[self.position : self.position + 1]
            start = self.position
            if self.content.startswith("\\" + character, start):
                self._escaped(start)
            elif self.content[start : start + 1] == character:
                self.position += 1
            else:
                raise _Lost

    def _escaped(self, start: int) -> None:
        self.wholes.append(self._range(start, start + 2))
        self.position += 2

    def _take(self, mark: str) -> Range:
        start = self.position
        if not self.content.startswith(mark, start):
            raise _Lost
        self.position += len(mark)
        return self._range(start, self.position)

    def _code(self, ticks: str) -> None:
        start = self.position
        self._take(ticks)
        closing = re.compile(rf"(?<!`){ticks}(?!`)").search(self.content, self.position)
        if closing is None:
            raise _Lost
        self.position = closing.end()
        self.wholes.append(self._range(start, self.position))

    def _to(self, pattern: re.Pattern[str]) -> Range:
        found = pattern.match(self.content, self.position)
        if found is None:
            raise _Lost
        self.position = found.end()
        return self._range(found.start(), found.end())

    def _end_of_link(self) -> int:
        """Return the place after `](address "title")`, where the label has just ended."""
        found = _AFTER_LABEL.match(self.content, self.position)
        if found is None:
            raise _Lost
        place, depth = found.end(), 1
        while place < len(self.content):
            character = self.content[place]
            if character == "\\":
                place += 1
            elif character in "\"'" and depth == 1 and self.content[place - 1].isspace():
                place = self.content.find(character, place + 1)
                if place < 0:
                    raise _Lost
            depth += (character == "(") - (character == ")")
            place += 1
            if depth == 0:
                return place
        raise _Lost

    def _range(self, start: int, end: int) -> Range:
        return Range(self.places[start], self.places[end - 1] + 1)


_AFTER_LABEL = re.compile(r"\]\(\s*(?:<[^<>\n]*>)?")


def _skip_to_close(pieces: Iterator[Token]) -> None:
    for piece in pieces:
        if piece.type == "link_close":
            return
    raise _Lost
