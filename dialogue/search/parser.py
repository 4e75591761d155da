"""The one reader of what people type into a search box: words, "phrases", -excluded.

Nothing a person types is an error, and nothing of it reaches a database as syntax.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from dialogue.search.terms import query_terms

LONGEST_QUERY = 400  # characters; the rest is not read
MOST_PARTS = 20

Phrase = tuple[str, ...]  # terms that follow each other


@dataclass(frozen=True)
class Query:
    """What is looked for: all of `words` (as beginnings of terms) and `phrases`, no `excluded`."""

    words: tuple[str, ...] = ()
    phrases: tuple[Phrase, ...] = ()
    excluded: tuple[Phrase, ...] = ()

    def __bool__(self) -> bool:
        """False when nothing that can be looked for was typed."""
        return bool(self.words or self.phrases or self.excluded)


# A closed quotation, or what stands up to the next space or quotation mark.
_PART = re.compile(
    r"(?P<minus>(?<!\S)[-−–])?"
    r'(?:["“”„«](?P<quoted>[^"“”„«»]*)["“”»]|(?P<plain>[^\s"“”„«»]+))'
)


def parse(text: str) -> Query:
    """Return what a person looks for; never raises, whatever was typed.

    A word finds every term that begins with it ("permit" finds "permits"); what is in quotation
    marks is found as it stands; a minus sign in front takes away what matches. A quotation mark
    that is never closed is as if it were not there.
    """
    words: list[str] = []
    phrases: list[Phrase] = []
    excluded: list[Phrase] = []
    for part in list(_PART.finditer(text[:LONGEST_QUERY]))[:MOST_PARTS]:
        quoted = part["quoted"]
        terms = tuple(query_terms(part["plain"] if quoted is None else quoted))
        if not terms:
            continue
        if part["minus"]:
            excluded.append(terms)
        elif quoted is None and len(terms) == 1:
            words.append(terms[0])
        else:
            phrases.append(terms)
    return Query(
        tuple(dict.fromkeys(words)), tuple(dict.fromkeys(phrases)), tuple(dict.fromkeys(excluded))
    )
