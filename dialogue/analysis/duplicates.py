"""Campaigns: families of near-duplicate texts, with exact totals and what each person added.

Texts are compared by their word 3-grams. A family forms around an exemplar and then around its
core, the 3-grams that many of its members share; never by chains of pairs, because form letters
that borrow from each other would chain into one shapeless heap. Nothing depends on the order of the
texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dialogue.analysis.shingles import Shingles, shingle
from dialogue.analysis.tokens import Tokens, spans, tokenise

STUB_BELOW = 8  # tokens; "see attached file", "I agree"
CORE_FROM = 0.3  # part of a family's distinct texts that hold a 3-gram of its core
OWN_FROM = (
    0.4  # part of all texts with a 3-gram that must be in the family, or it is a stock phrase
)
_NEAR = 0.5  # containment that needs few shared 3-grams
_FEW = 5
_FAR = 0.25  # containment that needs many
_MANY = 12
_SAME = 0.5  # containment of cores that makes two families one


@dataclass(frozen=True)
class Member:
    """One text of a campaign: the part of its tokens that is core, and its own words as offsets."""

    text: int
    core_share: float
    own: tuple[tuple[int, int], ...]

    def to_dict(self) -> dict[str, Any]:
        return {
            "text": self.text,
            "core_share": self.core_share,
            "own": [list(s) for s in self.own],
        }


@dataclass(frozen=True)
class Campaign:
    """One family: exemplar (a text's index), passages of it that are core, members by index."""

    exemplar: int
    core: tuple[tuple[int, int], ...]
    members: tuple[Member, ...]
    distinct: int  # different texts among the members

    @property
    def size(self) -> int:
        """Submissions, exact copies included."""
        return len(self.members)

    def to_dict(self) -> dict[str, Any]:
        return {
            "exemplar": self.exemplar,
            "core": [list(span) for span in self.core],
            "members": [member.to_dict() for member in self.members],
            "distinct": self.distinct,
            "size": self.size,
        }


@dataclass(frozen=True)
class Campaigns:
    """Result of `find_campaigns`.

    labels: int (n,), index into `groups` or -1. groups: largest first. stubs: indices of texts too
    short to compare. first_copy: int (n,), the lowest index of a text with exactly the same words,
    so `len(set(first_copy))` counts distinct texts.
    """

    labels: NDArray[np.int64]
    groups: tuple[Campaign, ...]
    stubs: tuple[int, ...]
    first_copy: NDArray[np.int64]

    def to_dict(self) -> dict[str, Any]:
        return asdict(self) | {
            "labels": self.labels.tolist(),
            "groups": [group.to_dict() for group in self.groups],
            "stubs": list(self.stubs),
            "first_copy": self.first_copy.tolist(),
        }


def find_campaigns(texts: Sequence[str]) -> Campaigns:
    """Finds families of at least two near-duplicate texts.

    Texts of fewer than eight tokens are stubs and in no campaign. The grouping is a function of the
    set of texts: shuffling them shuffles the labels and nothing else. Time grows linearly.
    """
    tokens = tokenise(texts)
    grams = shingle(tokens, STUB_BELOW)
    families = _families(grams)
    labels = np.full(len(texts), -1, dtype=np.int64)
    groups = [_describe(texts, tokens, grams, family) for family in families]
    groups.sort(key=lambda group: (-group.size, group.members[0].text))
    for number, group in enumerate(groups):
        labels[[member.text for member in group.members]] = number
    return Campaigns(labels, tuple(groups), grams.stubs, grams.first_copy)


@dataclass
class _Family:
    exemplar: int  # index of a distinct text
    members: list[int]
    core: NDArray[np.int64]


def _families(grams: Shingles) -> list[_Family]:
    """Exemplars, then cores, then everybody once more against the cores."""
    families = _around_exemplars(grams)
    for _ in range(2):
        families = _merge_same_cores(grams, families)
        families = _around_cores(grams, families)
    return [
        family
        for family in families
        if len(family.members) > 1 or grams.copies[family.exemplar] > 1
    ]


def _around_exemplars(grams: Shingles) -> list[_Family]:
    """Texts made of the most common 3-grams come first: they are the letters as they were handed "
    "out."""
    claimed = np.full(grams.spread.size, -1, dtype=np.int64)
    families: list[_Family] = []
    for text in grams.by_commonness():
        own = grams.of(text)
        home = _best_home(own, int(grams.sizes[text]), claimed, families, grams)
        if home is None:
            families.append(_Family(text, [text], own))
            claimed[own[claimed[own] < 0]] = len(families) - 1
        else:
            families[home].members.append(text)
    return families


def _best_home(
    own: NDArray[np.int64],
    size: int,
    claimed: NDArray[np.int64],
    families: list[_Family],
    grams: Shingles,
) -> int | None:
    """The family whose core or exemplar holds most of the text, if that is enough."""
    owners = claimed[own]
    owners = owners[owners >= 0]
    if owners.size < _FEW:
        return None
    best: tuple[int, int] | None = None
    for number in _most_frequent(owners):
        family = families[number]
        shared = _overlap(own, family.core)
        whole = int(grams.sizes[family.exemplar])
        if _akin(shared, min(size, whole)) and (best is None or shared > best[0]):
            best = (shared, number)
    return None if best is None else best[1]


def _most_frequent(numbers: NDArray[np.int64]) -> list[int]:
    """The three most frequent numbers; ties go to the lower one."""
    if numbers.min() == numbers.max():
        return [int(numbers[0])]
    values, counts = np.unique(numbers, return_counts=True)
    leaders: list[int] = values[np.argsort(-counts, kind="stable")[:3]].tolist()
    return leaders


def _overlap(one: NDArray[np.int64], two: NDArray[np.int64]) -> int:
    """How many numbers two sorted lists without repetitions share."""
    if two.size == 0:
        return 0
    places = np.minimum(two.searchsorted(one), two.size - 1)
    return int(np.count_nonzero(two[places] == one))


def _akin(shared: int, smaller: int) -> bool:
    contained = shared / max(smaller, 1)
    return (contained >= _NEAR and shared >= _FEW) or (contained >= _FAR and shared >= _MANY)


def _core(grams: Shingles, members: list[int], *, own_from: float = 0.0) -> NDArray[np.int64]:
    """3-grams of many members; with `own_from` only those that are not everybody's stock "
    "phrases."""
    found, counts = np.unique(np.concatenate([grams.of(m) for m in members]), return_counts=True)
    frequent = counts >= max(2 if len(members) > 1 else 1, CORE_FROM * len(members))
    core: NDArray[np.int64] = found[frequent & (counts >= own_from * grams.spread[found])]
    return core


def _merge_same_cores(grams: Shingles, families: list[_Family]) -> list[_Family]:
    """Joins a family to a larger one that holds its core; one step only, so nothing chains."""
    grown = [f for f in families if len(f.members) > 1 or grams.copies[f.exemplar] > 1]
    for family in grown:
        family.core = _core(grams, family.members)
    grown.sort(
        key=lambda f: (-sum(int(grams.copies[m]) for m in f.members), grams.rank[f.exemplar])
    )
    claimed = np.full(grams.spread.size, -1, dtype=np.int64)
    kept: list[_Family] = []
    for family in grown:
        owners = claimed[family.core]
        owners = owners[owners >= 0]
        if owners.size:
            numbers, counts = np.unique(owners, return_counts=True)
            host = kept[int(numbers[np.argmax(counts)])]
            shared = int(counts.max())
            if shared >= _MANY and shared >= _SAME * family.core.size:
                host.members.extend(family.members)
                continue
        kept.append(family)
        claimed[family.core[claimed[family.core] < 0]] = len(kept) - 1
    for family in kept:
        family.core = _core(grams, family.members, own_from=OWN_FROM)
    return kept


def _around_cores(grams: Shingles, families: list[_Family]) -> list[_Family]:
    """Everybody looks for a core again; families keep their exemplar and lose who does not fit."""
    claimed = np.full(grams.spread.size, -1, dtype=np.int64)
    for number, family in enumerate(families):
        family.members = []
        claimed[family.core[claimed[family.core] < 0]] = number
    for text in grams.by_commonness():
        own = grams.of(text)
        home = _best_home(own, int(grams.sizes[text]), claimed, families, grams)
        if home is not None:
            families[home].members.append(text)
        elif grams.copies[text] > 1:
            families.append(_Family(text, [text], own))
    families = [family for family in families if family.members]
    for family in families:
        if family.exemplar not in family.members:
            family.exemplar = family.members[0]
        family.core = _core(grams, family.members, own_from=OWN_FROM)
    return families


def _describe(texts: Sequence[str], tokens: Tokens, grams: Shingles, family: _Family) -> Campaign:
    members: list[Member] = []
    for distinct in family.members:
        covered = grams.covered(distinct, family.core)
        copies = grams.copies_of(distinct)
        share = round(float(covered.mean()), 6)
        own: dict[str, tuple[tuple[int, int], ...]] = {}
        for text in copies:
            if texts[text] not in own:
                own[texts[text]] = _stretches(texts[text], ~covered)
            members.append(Member(text, share, own[texts[text]]))
    members.sort(key=lambda member: member.text)
    exemplar = min(grams.copies_of(family.exemplar))
    core = _stretches(texts[exemplar], grams.covered(family.exemplar, family.core))
    return Campaign(exemplar, core, tuple(members), len(family.members))


def _stretches(text: str, chosen: NDArray[np.bool_]) -> tuple[tuple[int, int], ...]:
    """Runs of chosen tokens as offsets in the text."""
    if not chosen.any():
        return ()
    places = spans(text)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], chosen.astype(np.int8), [0]])))
    return tuple(
        (places[first][0], places[last - 1][1])
        for first, last in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
    )
