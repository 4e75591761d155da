"""Three numbers for every heap of texts: contributions, different texts, people.

A text that many send is many contributions and one text. Light: pages count with it, too.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Protocol

SMALLEST_CELL = 5  # people; smaller cells are not shown


class Written(Protocol):
    """A text with its author, whoever knows it."""

    @property
    def author(self) -> int:
        """Return a number that stands for its author."""

    @property
    def wording(self) -> str:
        """Return the whole text."""


def counted(texts: Iterable[Written]) -> dict[str, Any]:
    """Return how many different texts and people there are; people is None under five."""
    texts = list(texts)
    people = len({text.author for text in texts})
    return {
        "different_texts": different(texts),
        "people": people if people >= SMALLEST_CELL else None,
    }


def different(texts: Iterable[Written]) -> int:
    """Return how many different texts there are."""
    return len({folded(text.wording) for text in texts})


@lru_cache(maxsize=20_000)
def folded(wording: str) -> str:
    """Two texts are the same when only case, form of letters, spaces or punctuation differ."""
    if wording.isascii():  # the same, four times as fast
        return " ".join(wording.translate(_PLAIN).split()) or wording
    plain = unicodedata.normalize("NFKC", wording).casefold()
    return re.sub(r"[\W_]+", " ", plain).strip() or wording


_PLAIN = {code: chr(code).lower() if chr(code).isalnum() else " " for code in range(128)}
