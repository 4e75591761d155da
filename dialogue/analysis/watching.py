"""Finding words, links and domains of a list that people keep, in a text that people wrote.

Entries are literal: case, accents, width and full stops between hosts are all that is read
generously. A word is found as a whole word, never inside another one; there are no patterns, so
nobody can write one that never ends. The cost is linear in the text, whatever the list's length.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

_READ_AT_MOST = 20_000  # code points
_WORD = re.compile(r"\w{1,200}")
# Addresses as people type them: with a scheme, or a host of two labels and more.
_ADDRESS = re.compile(
    r"(?:https?://)?(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,8}[^\W\d_][\w-]{0,61}(?::\d{1,5})?"
    r"(?:/(?:[^\s<>\"'()]{0,500}[^\s<>\"'().,;:!?])?)?"
)


class WatchKind(StrEnum):
    """What an entry of a list is."""

    WORD = "word"  # or several words in a row
    DOMAIN = "domain"  # a host and every host under it
    LINK = "link"  # a host with a path: every address that begins so


@dataclass(frozen=True)
class Match:
    """Where an entry was found: offsets in code points of the text, and the entry as folded."""

    start: int
    end: int
    entry: str


class WatchList:
    """A list made ready for many texts; takes (kind, folded entry) pairs."""

    def __init__(self, entries: Iterable[tuple[str, str]]) -> None:
        self._phrases: dict[str, list[tuple[str, ...]]] = {}
        self._domains: set[str] = set()
        self._links: dict[str, list[str]] = {}
        for kind, entry in entries:
            if kind == WatchKind.WORD:
                words = tuple(entry.split(" "))
                self._phrases.setdefault(words[0], []).append(words)
            elif kind == WatchKind.DOMAIN:
                self._domains.add(entry)
            else:
                self._links.setdefault(entry.split("/", 1)[0], []).append(entry)

    def __bool__(self) -> bool:
        """Tell whether there is anything to look for."""
        return bool(self._phrases or self._domains or self._links)

    def find(self, text: str) -> list[Match]:
        """Return what stands in a text, in its order, overlaps among them."""
        text = text[:_READ_AT_MOST]
        found = [*self._words_in(text)]
        if self._domains or self._links:
            for typed in _ADDRESS.finditer(text):
                entry = self.entry_of(typed.group())
                if entry:
                    found.append(Match(typed.start(), typed.end(), entry))
        return sorted(found, key=lambda match: (match.start, match.end, match.entry))

    def entry_of(self, address: str) -> str:
        """Return the entry that an address falls under; empty when there is none."""
        host, rest = split_address(address)
        for entry in self._links.get(host, ()):
            whole = host + rest
            if whole == entry or whole.startswith((entry + "/", entry + "?", entry + "#")):
                return entry
        labels = host.split(".")
        for first in range(len(labels)):
            domain = ".".join(labels[first:])
            if domain in self._domains:
                return domain
        return ""

    def _words_in(self, text: str) -> Iterable[Match]:
        if not self._phrases:
            return
        places = [match.span() for match in _WORD.finditer(text)]
        words = [fold_word(text[start:end]) for start, end in places]
        for at, word in enumerate(words):
            for phrase in self._phrases.get(word, ()):
                if tuple(words[at : at + len(phrase)]) == phrase:
                    yield Match(places[at][0], places[at + len(phrase) - 1][1], " ".join(phrase))


def fold_entry(kind: WatchKind, typed: str) -> str:
    """Return the form in which an entry is kept and compared; empty when nothing is left."""
    if kind == WatchKind.WORD:
        return " ".join(fold_word(word) for word in _WORD.findall(typed))
    host, rest = split_address(typed.strip())
    if kind == WatchKind.DOMAIN:
        return host
    return (host + rest).rstrip("/")


def fold_word(word: str) -> str:
    """Return a word without case, accents and compatibility forms."""
    if word.isascii():
        return word.lower()
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", word).casefold())
    return unicodedata.normalize("NFC", "".join(c for c in plain if not unicodedata.combining(c)))


def split_address(address: str) -> tuple[str, str]:
    """Return (host, rest) of an address: host in Latin letters without www and port."""
    rest = re.sub(r"^[a-z]{3,5}://", "", address.strip(), flags=re.I)
    host, slash, path = rest.partition("/")
    for mark in "?#":
        if mark in host:
            host, _, tail = host.partition(mark)
            path, slash = mark + tail + slash + path, ""
    host = host.rpartition("@")[2].partition(":")[0].strip(".").casefold()
    try:
        host = host.encode("idna").decode()
    except UnicodeError:
        host = fold_word(host)
    return host.removeprefix("www."), slash + path


def spans_over(matches: Sequence[Match]) -> list[tuple[int, int]]:
    """Return the stretches of matches, those that overlap as one."""
    joined: list[tuple[int, int]] = []
    for match in sorted(matches, key=lambda m: (m.start, m.end)):
        if joined and match.start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], match.end))
        else:
            joined.append((match.start, match.end))
    return joined
