"""Campaigns: families of near-duplicate texts, with exact totals and what each person added.

Texts are compared by their word 3-grams. A family forms around an exemplar and then around its
core, the 3-grams that many of its members share; never by chains of pairs, because form letters
that borrow from each other would chain into one shapeless heap. Nothing depends on the order of the
texts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from operator import attrgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dialogue.analysis.shingles import Shingles, shingle
from dialogue.analysis.tokens import all_spans, tokenise

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
    labels = np.full(len(texts), -1, dtype=np.int64)
    groups = _described(texts, grams, _families(grams))
    groups.sort(key=lambda group: (-group.size, group.members[0].text))
    for number, group in enumerate(groups):
        labels[[member.text for member in group.members]] = number
    return Campaigns(labels, tuple(groups), grams.stubs, grams.first_copy)


@dataclass
class _Family:
    exemplar: int  # index of a distinct text
    members: list[int]
    core: NDArray[np.int32]

    @cached_property
    def held(self) -> frozenset[int]:
        """The core to look up in; only while the core stays what it is."""
        return frozenset(self.core.tolist())


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
    """Texts made of the most common 3-grams come first: they are the letters as they were handed
    out."""
    claimed = np.full(grams.spread.size, -1, dtype=np.int64)
    families: list[_Family] = []
    bounds, sizes = grams.bounds.tolist(), grams.sizes.tolist()
    for text in grams.order.tolist():
        own = grams.grams[bounds[text] : bounds[text + 1]]
        owners = claimed[own]
        home = _best_home(own, sizes[text], owners, families, sizes)
        if home is None:
            claimed[own[owners < 0]] = len(families)
            families.append(_Family(text, [text], own))
        else:
            families[home].members.append(text)
    return families


def _best_home(
    own: NDArray[np.int32],
    size: int,
    owners: NDArray[np.int64],
    families: list[_Family],
    sizes: list[int],
) -> int | None:
    """The family whose exemplar holds most of the text, if that is enough.

    owners: for each 3-gram of the text the family that has claimed it, or -1.
    """
    if own.size < _FEW:
        return None
    claims = Counter(owners.tolist())
    if own.size - claims.pop(-1, 0) < _FEW:
        return None
    best: tuple[int, int] | None = None
    mine = own.tolist() if len(claims) > 1 else None
    for number, count in sorted(claims.items(), key=_most_first)[:_CANDIDATES]:
        family = families[number]
        # What one family alone has claimed is all that it holds of the text.
        shared = count if mine is None else len(family.held.intersection(mine))
        if _akin(shared, min(size, sizes[family.exemplar])) and (best is None or shared > best[0]):
            best = (shared, number)
    return None if best is None else best[1]


def _most_first(claim: tuple[int, int]) -> tuple[int, int]:
    """Most claims first; ties go to the lower family."""
    return -claim[1], claim[0]


def _homes(
    grams: Shingles, cores: list[NDArray[np.int32]], wholes: NDArray[np.int64]
) -> NDArray[np.int64]:
    """(n_distinct,) the family whose core holds most of each text, if that is enough, or -1.

    wholes: 3-grams of each family's exemplar. A 3-gram of several cores is the first one's when
    candidates are looked for; at most three are compared, those with most such 3-grams.
    """
    claimed = np.full(grams.spread.size, -1, dtype=np.int64)
    for number in range(len(cores) - 1, -1, -1):
        claimed[cores[number]] = number
    none = [np.zeros(0, dtype=np.int64)]
    held = np.concatenate(
        none + [core.astype(np.int64) + number * claimed.size for number, core in enumerate(cores)]
    )
    homes = np.full(grams.sizes.size, -1, dtype=np.int64)
    for start in range(0, homes.size if held.size else 0, _PORTION):
        portion = slice(start, start + _PORTION)
        homes[portion] = _homes_of(grams, portion, claimed, held, wholes)
    return homes


def _homes_of(
    grams: Shingles,
    portion: slice,
    claimed: NDArray[np.int64],
    held: NDArray[np.int64],
    wholes: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Homes of some texts. held: family · n_shared + 3-gram for every core, sorted."""
    sizes = grams.sizes[portion]
    bounds = grams.bounds[portion.start : portion.start + sizes.size + 1]
    gram = grams.grams[bounds[0] : bounds[-1]].astype(np.int64)
    owners = claimed[gram]
    homes = np.full(sizes.size, -1, dtype=np.int64)
    text = np.repeat(np.arange(homes.size), np.diff(bounds))
    is_owned = owners >= 0
    gram, text, owners = gram[is_owned], text[is_owned], owners[is_owned]
    if not text.size:
        return homes
    owned = np.bincount(text, minlength=homes.size)
    claims = np.sort(text * wholes.size + owners)
    starts = np.flatnonzero(np.append(True, claims[1:] != claims[:-1]))
    counts = np.diff(np.append(starts, claims.size))
    of_text, family = np.divmod(claims[starts], wholes.size)
    order = np.lexsort((family, -counts, of_text))
    of_text, family, counts = of_text[order], family[order], counts[order]
    place = np.arange(order.size) - np.searchsorted(of_text, of_text)
    keep = (place < _CANDIDATES) & (owned[of_text] >= _FEW)
    of_text, family, shared, place = of_text[keep], family[keep], counts[keep], place[keep]
    shared = shared + _held_by_others(gram, owners, of_text, family, owned, held, claimed.size)
    akin = _akin(shared, np.minimum(sizes[of_text], wholes[family]))
    of_text, family, shared, place = of_text[akin], family[akin], shared[akin], place[akin]
    order = np.lexsort((place, -shared, of_text))
    best = order[np.append(True, np.diff(of_text[order]) > 0)] if order.size else order
    homes[of_text[best]] = family[best]
    return homes


def _held_by_others(
    gram: NDArray[np.int64],
    owners: NDArray[np.int64],
    of_text: NDArray[np.int64],
    family: NDArray[np.int64],
    owned: NDArray[np.int64],
    held: NDArray[np.int64],
    n_shared: int,
) -> NDArray[np.int64]:
    """For each pair of a text and a family: 3-grams of both that another family has claimed."""
    first = np.concatenate([[0], np.cumsum(owned)])
    lengths = owned[of_text]
    pair = np.repeat(np.arange(of_text.size), lengths)
    within = np.arange(pair.size) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    at = first[of_text][pair] + within
    elsewhere = owners[at] != family[pair]
    pair, at = pair[elsewhere], at[elsewhere]
    keys = family[pair] * n_shared + gram[at]
    place = np.minimum(np.searchsorted(held, keys), held.size - 1)
    return np.bincount(pair[held[place] == keys], minlength=of_text.size)


def _akin(shared: Any, smaller: Any) -> Any:
    """Whether so many shared 3-grams are enough; numbers, or arrays of them."""
    near = (shared >= _NEAR * smaller) & (shared >= _FEW)
    return near | ((shared >= _FAR * smaller) & (shared >= _MANY))


def _core(grams: Shingles, members: list[int], *, own_from: float = 0.0) -> NDArray[np.int32]:
    """3-grams of many members; with `own_from` only those that are not everybody's stock
    phrases."""
    found, counts = np.unique(np.concatenate([grams.of(m) for m in members]), return_counts=True)
    frequent = counts >= max(2 if len(members) > 1 else 1, CORE_FROM * len(members))
    core: NDArray[np.int32] = found[frequent & (counts >= own_from * grams.spread[found])]
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
    wholes = grams.sizes[[family.exemplar for family in families]]
    homes = _homes(grams, [family.core for family in families], wholes)[grams.order]
    by_home = grams.order[np.argsort(homes, kind="stable")]
    bounds = np.searchsorted(np.sort(homes), np.arange(len(families) + 1)).tolist()
    for number, family in enumerate(families):
        family.members = by_home[bounds[number] : bounds[number + 1]].tolist()
    alone = grams.order[(homes < 0) & (grams.copies[grams.order] > 1)].tolist()
    families = [family for family in families if family.members]
    families += [_Family(text, [text], grams.of(text)) for text in alone]
    for family in families:
        if family.exemplar not in family.members:
            family.exemplar = family.members[0]
        family.core = _core(grams, family.members, own_from=OWN_FROM)
    return families


def _described(texts: Sequence[str], grams: Shingles, families: list[_Family]) -> list[Campaign]:
    covered = [grams.covered(family.members, family.core) for family in families]
    exemplars = [min(grams.copies_of(family.exemplar)) for family in families]
    asked = set(exemplars)  # texts in which the places of words must be known
    for family, (_flags, shares) in zip(families, covered, strict=True):
        for distinct, share in zip(family.members, shares, strict=True):
            if share < 1:
                asked.update(grams.copies_of(distinct))
    several = sorted(asked)
    places = dict(zip(several, all_spans([texts[at] for at in several]), strict=True))
    groups = []
    for family, (flags, shares), exemplar in zip(families, covered, exemplars, strict=True):
        members = []
        for distinct, found, share in zip(family.members, flags, shares, strict=True):
            rounded = round(share, 6)
            for text in grams.copies_of(distinct):
                own = _stretches(places[text], ~found) if share < 1 else ()
                members.append(Member(text, rounded, own))
        members.sort(key=_BY_TEXT)
        core = _stretches(places[exemplar], flags[family.members.index(family.exemplar)])
        groups.append(Campaign(exemplar, core, tuple(members), len(family.members)))
    return groups


def _stretches(places: NDArray[np.int64], chosen: NDArray[np.bool_]) -> tuple[tuple[int, int], ...]:
    """Runs of chosen tokens as offsets in the text; places: (n_tokens, 2) where they stand."""
    if not chosen.any():
        return ()
    bordered = np.zeros(chosen.size + 2, dtype=bool)
    bordered[1:-1] = chosen
    edges = np.flatnonzero(bordered[1:] != bordered[:-1])
    runs = zip(places[edges[::2], 0].tolist(), places[edges[1::2] - 1, 1].tolist(), strict=True)
    return tuple(runs)


_CANDIDATES = 3  # families that are compared with a text
_PORTION = 20_000  # texts looked at together
_BY_TEXT = attrgetter("text")
