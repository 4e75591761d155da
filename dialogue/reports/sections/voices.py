"""Voices: how many people say a thing in words of their own. The order of key points goes by them,
so that copies move nothing up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import maximum_bipartite_matching

from dialogue.reports.snapshot import Text


def voices(texts: Iterable[Text], wording_of: Mapping[int, int]) -> int:
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
