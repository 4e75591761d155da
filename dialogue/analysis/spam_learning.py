"""Learning from moderators' decisions what advertising looks like here.

A naive Bayes classifier over words and pairs of words, after Graham, "A Plan for Spam" (2002), and
Robinson, "A Statistical Approach to the Spam Problem" (2003): each sign's chance of spam is drawn
toward one half while few texts hold it, and only the most telling signs speak. The model is a table
of counts by number; no word that anybody wrote is in it or can be read back from it.
Pure Python, no numpy. Training and scoring are linear in the texts and give the same everywhere.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import pairwise
from typing import Any

from dialogue.analysis.spam import spam_score

ENOUGH = 20  # decided texts of each sort; with fewer the built-in signs speak alone
_PLACES = 2**14  # numbers that signs are spread over
_READ_AT_MOST = 20_000  # code points
_TELLING = 24  # signs of a text that speak, the most telling first
_DRAWN = 1.0  # texts' worth of belief that a sign says nothing
_LITTLE = 0.25  # chance of advertising that is left where no built-in sign was seen
_LOUDEST = 5.0  # log-odds that learned signs may add or take away together
_WORD = re.compile(r"[^\W_]{2,60}")
_HOST = re.compile(r"(?:https?://|www\.)([^\s/<>\"?#]{1,200})", re.I)
_SUM = re.compile(r"[$€£]\s?\d|\d\s?[$€£%]")


@dataclass(frozen=True)
class SpamModel:
    """What was learned: how many texts of each sort, and by number in how many a sign stood."""

    spam: int = 0
    honest: int = 0
    counts: Mapping[int, tuple[int, int]] = field(default_factory=dict)

    @property
    def knows_enough(self) -> bool:
        """Tell whether it has seen enough of both sorts to speak."""
        return min(self.spam, self.honest) >= ENOUGH

    def to_numbers(self) -> dict[str, Any]:
        """Return plain numbers for the database; `from_numbers` reads them back."""
        return {
            "spam": self.spam,
            "honest": self.honest,
            "counts": [[place, *pair] for place, pair in sorted(self.counts.items())],
        }


def from_numbers(stored: Mapping[str, Any]) -> SpamModel:
    """Return the model that `to_numbers` gave."""
    counts = {int(place): (int(s), int(h)) for place, s, h in stored.get("counts", ())}
    return SpamModel(int(stored.get("spam", 0)), int(stored.get("honest", 0)), counts)


def train(texts: Iterable[tuple[str, bool]]) -> SpamModel:
    """Learn from (text, is spam) pairs; the order of the pairs does not matter."""
    seen = [0, 0]
    counts: dict[int, list[int]] = {}
    for text, is_spam in texts:
        sort = 0 if is_spam else 1
        seen[sort] += 1
        for place in set(_signs(text)):
            counts.setdefault(place, [0, 0])[sort] += 1
    # A sign of a single text says more about that text than about spam.
    kept = {place: (s, h) for place, (s, h) in counts.items() if s + h > 1}
    return SpamModel(seen[0], seen[1], kept)


def score(text: str, model: SpamModel | None) -> float:
    """Return a score in [0, 1]; from .5 on a text deserves the label "likely spam".

    The built-in signs and the learned ones add up as log-odds. Without a model that knows enough
    it is the built-in score.
    """
    built_in = spam_score(text)
    if model is None or not model.knows_enough or not text.strip():
        return built_in
    # That no built-in sign was seen says little: most advertising has none of them.
    believed = _log_odds(min(max(built_in, _LITTLE), 0.97))
    return round(1 / (1 + math.exp(-(believed + learned(text, model)))), 6)


def learned(text: str, model: SpamModel) -> float:
    """Return the log-odds that decisions like these make of a text; 0 says nothing."""
    odds = [_odds(place, model) for place in sorted(set(_signs(text)))]
    telling = sorted(odds, key=lambda one: (-abs(one), one))[:_TELLING]
    # Words of one text depend on each other: their sum is softened by how many speak.
    total = sum(telling) / math.sqrt(max(len(telling), 1)) * 1.6
    return max(-_LOUDEST, min(_LOUDEST, total))


def _odds(place: int, model: SpamModel) -> float:
    in_spam, in_honest = model.counts.get(place, (0, 0))
    of_spam, of_honest = in_spam / model.spam, in_honest / model.honest
    if of_spam + of_honest == 0:
        return 0.0
    seen = in_spam + in_honest
    chance = (_DRAWN * 0.5 + seen * (of_spam / (of_spam + of_honest))) / (_DRAWN + seen)
    return _log_odds(min(max(chance, 0.01), 0.99))


def _log_odds(chance: float) -> float:
    return math.log(chance / (1 - chance))


def _signs(text: str) -> Iterator[int]:
    text = text[:_READ_AT_MOST]
    words = [word.casefold() for word in _WORD.findall(text)]
    for word in words:
        yield _place("w", word)
    for one, two in pairwise(words):
        yield _place("p", f"{one} {two}")
    for host in _HOST.findall(text):
        yield _place("h", host.casefold().removeprefix("www."))
        yield _place("a", "link")
    if _SUM.search(text):
        yield _place("a", "sum")
    if "!" in text:
        yield _place("a", "shout")
    if len(words) < 12:
        yield _place("a", "short")


def _place(kind: str, sign: str) -> int:
    digest = blake2b(f"{kind}:{sign}".encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest, "little") % _PLACES
