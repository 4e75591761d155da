"""Votes counted per idea, overall and per opinion group: what most other parts rest on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from dialogue.analysis.statistics import wilson
from dialogue.reports.snapshot import Snapshot


@dataclass(frozen=True)
class Tally:
    """Votes of some people on one idea."""

    agree: int
    disagree: int
    passed: int

    @property
    def votes(self) -> int:
        """Return how many voted: one person, one vote."""
        return self.agree + self.disagree + self.passed

    def to_dict(self) -> dict[str, Any]:
        """Return the counts with the share that agrees and its interval."""
        share = wilson(self.agree, self.votes)
        return {
            "agree": self.agree,
            "disagree": self.disagree,
            "pass": self.passed,
            "votes": self.votes,
            "share": share.share if self.votes else None,
            "low": share.low if self.votes else None,
            "high": share.high if self.votes else None,
        }


class Matrix:
    """The votes of a snapshot as people × statements; statements are all ideas voted on, by id."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.ideas = tuple(sorted({*(i.id for i in snapshot.ideas), *snapshot.removed}))
        self.column = {idea: column for column, idea in enumerate(self.ideas)}
        votes = snapshot.votes
        self._person = votes.person
        self._columns = np.searchsorted(np.array(self.ideas, dtype=np.int64), votes.idea)
        self._choice = votes.choice
        self.shape = (snapshot.people, len(self.ideas))

    @cached_property
    def choices(self) -> sp.csr_array:
        """Return agree 1, disagree -1; a pass and an idea never seen are both 0."""
        return self._csr(self._choice)

    @cached_property
    def voted(self) -> sp.csr_array:
        """Return 1 where a vote was cast."""
        return self._csr(np.ones(self._choice.size, dtype=np.int8))

    def tallies(self, members: NDArray[np.bool_] | None = None) -> dict[int, Tally]:
        """Return the votes per idea, of everybody or of those whom `members` marks."""
        width = len(self.ideas)
        mine = slice(None) if members is None else members[self._person]
        columns, choice = self._columns[mine], self._choice[mine]
        counted = {
            value: np.bincount(columns[choice == value], minlength=width) for value in (1, -1, 0)
        }
        return {
            idea: Tally(int(counted[1][c]), int(counted[-1][c]), int(counted[0][c]))
            for idea, c in self.column.items()
        }

    def _csr(self, values: NDArray[np.int8]) -> sp.csr_array:
        return sp.csr_array((values, (self._person, self._columns)), shape=self.shape)
