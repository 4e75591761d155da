"""Three numbers for every heap of texts: contributions, different texts, people.

A text that many send is many contributions and one text. For the order of key points there is a
fourth: voices, the people who said it in words of their own. So copies move nothing up.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import maximum_bipartite_matching

from dialogue.reports.sections.tallies import SMALLEST_CELL
from dialogue.reports.snapshot import Text


def counted(texts: Iterable[Text]) -> dict[str, Any]:
    """Return how many different texts and people there are; people is None under five."""
    texts = list(texts)
    people = len({text.author for text in texts})
    return {
        "different_texts": different(texts),
        "people": people if people >= SMALLEST_CELL else None,
    }


def different(texts: Iterable[Text]) -> int:
    """Return how many different texts there are."""
    return len({folded(text.wording) for text in texts})


def voices(texts: Iterable[Text], wording_of: Mapping[int, int | str]) -> int:
    """Return how many people speak for themselves.

    The most people that can each be given a wording of their own among those they sent: a maximum
    matching of people and wordings (a family of same words is one). Any number of copies of one
    wording adds at most one voice, and none when its author sends them.
    """
    pairs = {(text.author, wording_of[text.id]) for text in texts}
    if not pairs:
        return 0
    people = {person: place for place, person in enumerate(sorted({p for p, _w in pairs}))}
    wordings = {wording: place for place, wording in enumerate({w: None for _p, w in pairs})}
    rows = [people[person] for person, _wording in pairs]
    columns = [wordings[wording] for _person, wording in pairs]
    graph = sp.csr_array((np.ones(len(rows)), (rows, columns)), shape=(len(people), len(wordings)))
    return int((maximum_bipartite_matching(graph, perm_type="column") >= 0).sum())


@cache
def folded(wording: str) -> str:
    """Two texts are the same when only case, form of letters, spaces or punctuation differ."""
    plain = unicodedata.normalize("NFKC", wording).casefold()
    return re.sub(r"[\W_]+", " ", plain).strip() or wording
