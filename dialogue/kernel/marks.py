"""Reading and marking stored HTML: which words a reader sees, and a mark over some of them.

A stretch is counted in code points of `reading_text`, so that what was found in the words can be
shown in the page. Only `<mark>` elements are added; every tag and character stays as it was
sanitised. Works on the HTML that `kernel.text.render` makes, in O(n).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape, unescape


@dataclass(frozen=True, order=True)
class Stretch:
    """Half-open interval [start, end) of the reading text, the words that name it, its look."""

    start: int
    end: int
    label: str = ""
    look: str = "found"  # the mark's class


@dataclass(frozen=True)
class Link:
    """A link in stored HTML: where it leads and which stretch of the reading text it covers."""

    href: str
    start: int
    end: int


def reading_text(html: str) -> str:
    """Return the words of stored HTML as they are read, with a line feed after each block."""
    return "".join(_read(token) for token in _TOKEN.findall(html))


def links(html: str) -> list[Link]:
    """Return the links of stored HTML in order."""
    found: list[Link] = []
    position, opened = 0, None
    for token in _TOKEN.findall(html):
        href = _HREF.match(token)
        if href:
            opened = (unescape(href.group(1)), position)
        elif token == "</a>" and opened is not None:  # noqa: S105  (a tag, not a password)
            found.append(Link(opened[0], opened[1], position))
            opened = None
        position += len(_read(token))
    return found


def mark(html: str, stretches: Sequence[Stretch]) -> str:
    """Return stored HTML with a `<mark>` over each stretch, its label read out before the words.

    Overlapping stretches are drawn in order of their start; the part that is marked already is
    not marked twice. A stretch that crosses a tag becomes several marks.
    """
    waiting = sorted(stretches, reverse=True)
    done: list[str] = []
    inside: list[str] = []  # what the present mark holds so far
    named: set[Stretch] = set()
    position = 0

    def close_mark() -> None:
        if inside:
            stretch = waiting[-1]
            label = "" if stretch in named else stretch.label
            done.append(_marked(inside, label, stretch.look))
            named.add(stretch)
            inside.clear()

    for token in _TOKEN.findall(html):
        words = _read(token)
        is_tag = token.startswith("<") and len(token) > 1
        if is_tag:
            close_mark()  # marks never cross a tag
        if not inside and (not waiting or waiting[-1].start >= position + len(words)):
            done.append(token)  # nothing in this one
            position += len(words)
            continue
        for piece in [token] if is_tag or token.startswith("&") else token:
            while waiting and waiting[-1].end <= position:
                close_mark()
                waiting.pop()
            if not is_tag and waiting and waiting[-1].start <= position:
                inside.append(piece)
            else:
                done.append(piece)
            position += len(words) if is_tag or token.startswith("&") else 1
    if waiting:
        close_mark()
    return "".join(done)


def mark_plain(words: str, stretches: Sequence[Stretch]) -> str:
    """Return HTML of plain words with a `<mark>` over each stretch."""
    return mark(escape(words, quote=False), stretches)


_TOKEN = re.compile(
    r'<[^<>"]*(?:"[^"]*"[^<>"]*)*>'  # a tag; the sanitiser quotes every attribute so
    r"|&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});"
    r"|[^<&]+|[<&]"
)
_HREF = re.compile(r'<a [^>]*?href="([^"]*)"')
_BREAK = re.compile(r"<(?:br|/p|/li)\b")


def _read(token: str) -> str:
    if token.startswith("<") and len(token) > 1:
        return "\n" if _BREAK.match(token) else ""
    return unescape(token) if token.startswith("&") else token


def _marked(pieces: Sequence[str], label: str, look: str) -> str:
    name = f'<span class="visually-hidden">{escape(label)}: </span>' if label else ""
    return f'<mark class="{escape(look)}">{name}{"".join(pieces)}</mark>'
