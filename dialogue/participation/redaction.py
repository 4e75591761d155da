"""Hiding words in a source: which stretch goes, what stands there instead, where they stand again.

A stretch is counted in code points of the source as it was typed. What would be left in halves goes
whole: a link, an address, words in backquotes, an emoji made of several characters; of a pair of
marks such as ** either both stay or both go. Pure; O(n) for a source and a handful of stretches.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from flask_babel import force_locale
from flask_babel import lazy_gettext as _l

from dialogue.kernel.mark_ranges import Marks, marks_of


class HiddenKind(StrEnum):
    """What kind of words a moderator hid."""

    NAME = "name"
    PHONE = "phone"
    EMAIL = "email"
    ADDRESS = "address"
    ID_NUMBER = "id_number"
    OTHER = "other"


PLACEHOLDERS = {
    HiddenKind.NAME: _l("[name removed by a moderator]"),
    HiddenKind.PHONE: _l("[phone number removed by a moderator]"),
    HiddenKind.EMAIL: _l("[email address removed by a moderator]"),
    HiddenKind.ADDRESS: _l("[address removed by a moderator]"),
    HiddenKind.ID_NUMBER: _l("[ID number removed by a moderator]"),
    HiddenKind.OTHER: _l("[words removed by a moderator]"),
}


@dataclass(frozen=True, order=True)
class Span:
    """A stretch [start, end) of a source that is to go, and what it is."""

    start: int
    end: int
    kind: HiddenKind = HiddenKind.OTHER


class BadSpan(ValueError):
    """A stretch that does not lie in the text, or is empty."""


def placeholder(kind: HiddenKind, language: str) -> str:
    """Return what stands in the place of hidden words, in the language of the text."""
    with force_locale(language):
        return str(PLACEHOLDERS[kind])


def all_placeholders(language: str) -> list[str]:
    """Return every placeholder in a language: how the page knows them again."""
    return [placeholder(kind, language) for kind in HiddenKind]


def grown(source: str, spans: Iterable[Span], *, marked: bool) -> list[Span]:
    """Return spans that leave nothing in halves, in order, none overlapping or touching another.

    `marked`: the source is written with marks (a title is not). Of overlapping spans the first one
    names the kind. Raises BadSpan for one that is empty, or not in the text.
    """
    marks = marks_of(source) if marked else Marks()
    result: list[Span] = []
    for span in sorted(spans):
        if not 0 <= span.start < span.end <= len(source):
            raise BadSpan(f"[{span.start}, {span.end}) does not lie in {len(source)} characters")
        grown_one = _grow(source, _trimmed(source, span), marks)
        # One that grew over its neighbours takes them in.
        while result and grown_one.start <= result[-1].end:
            last = result.pop()
            joined = Span(last.start, max(last.end, grown_one.end), last.kind)
            grown_one = _grow(source, joined, marks)
        result.append(grown_one)
    return result


def hidden(source: str, spans: Sequence[Span], language: str, *, marked: bool) -> str:
    """Return the source with placeholders for spans that `grown` gave."""
    for span in reversed(spans):
        words = placeholder(span.kind, language)
        if marked:  # so that no bracket of ours becomes part of a link
            words = words.replace("[", r"\[").replace("]", r"\]")
        source = source[: span.start] + words + source[span.end :]
    return source


def again(source: str, words: Iterable[Words]) -> list[Span]:
    """Return where words stand in a source, also with other spacing, marks and capitals."""
    return [
        Span(match.start(), match.end(), one.kind)
        for one in words
        for match in one.pattern.finditer(source)
    ]


@dataclass(frozen=True)
class Words:
    """Words to be found wherever they stand, and what they are."""

    pattern: re.Pattern[str]
    kind: HiddenKind
    literal: str  # as they were found or typed


def words_at(source: str, span: Span) -> Words | None:
    """Return the words of a span as they can be found elsewhere; None when there are none.

    They are not found inside longer words, unless the span itself cut one.
    """
    opening = r"(?<!\w)" if not _is_word(source[span.start - 1 : span.start]) else ""
    closing = r"(?!\w)" if not _is_word(source[span.end : span.end + 1]) else ""
    return _words(source[span.start : span.end], span.kind, opening, closing)


def words_of(typed: str, kind: HiddenKind) -> Words | None:
    """The same for words that a moderator typed."""
    return _words(typed, kind, r"(?<!\w)", r"(?!\w)")


_WORD = re.compile(r"[^\W_]+")
_LONGEST_GAP = 8  # spaces, punctuation and marks between two words


def _words(typed: str, kind: HiddenKind, opening: str, closing: str) -> Words | None:
    tokens = _WORD.findall(typed)
    if tokens:
        body = rf"[\W_]{{0,{_LONGEST_GAP}}}".join(map(re.escape, tokens))
        return Words(re.compile(f"{opening}{body}{closing}", re.IGNORECASE), kind, typed)
    exact = typed.strip()
    return Words(re.compile(re.escape(exact)), kind, typed) if exact else None


def _is_word(character: str) -> bool:
    return bool(character) and (character.isalnum() or _clings(character))


def _trimmed(source: str, span: Span) -> Span:
    words = source[span.start : span.end]
    if not words.strip():
        return span
    start = span.start + len(words) - len(words.lstrip())
    return Span(start, start + len(words.strip()), span.kind)


def _grow(source: str, span: Span, marks: Marks) -> Span:
    start, end = span.start, span.end
    while True:
        before = start, end
        for whole in marks.wholes:
            if start < whole.end and whole.start < end:
                start, end = min(start, whole.start), max(end, whole.end)
        for opening, closing in marks.pairs:
            cut = (start < opening.end and opening.start < end) or (
                start < closing.end and closing.start < end
            )
            # Brackets right inside a mark would keep it from being one.
            if cut or start == opening.end or end == closing.start:
                start, end = min(start, opening.start), max(end, closing.end)
        while _is_inside_a_character(source, start):
            start -= 1
        while _is_inside_a_character(source, end):
            end += 1
        if (start, end) == before:
            return Span(start, end, span.kind)


_ZWJ = "\u200d"
_REGIONAL = re.compile("[\U0001f1e6-\U0001f1ff]")


def _is_inside_a_character(source: str, place: int) -> bool:
    """Tell whether a cut here would part what is read as one character (UAX 29, roughly)."""
    if not 0 < place < len(source):
        return False
    before, after = source[place - 1], source[place]
    if _clings(after) or before == _ZWJ:
        return True
    if before == "\\" and not after.isalnum() and not after.isspace():
        return True  # a backslash and the mark it makes a character
    if _REGIONAL.match(before) and _REGIONAL.match(after):
        flags = 0
        while place - 1 - flags >= 0 and _REGIONAL.match(source[place - 1 - flags]):
            flags += 1
        return flags % 2 == 1  # letters of a flag go in twos
    return False


def _clings(character: str) -> bool:
    return (
        unicodedata.category(character) in {"Mn", "Mc", "Me"}
        or character in (_ZWJ, "\u200c")
        or "\U0001f3fb" <= character <= "\U0001f3ff"
        or "\U000e0020" <= character <= "\U000e007f"
    )
