"""Texts that many sent in the same words, each shown once, always with three numbers:
contributions, different texts, people; and what each person added, in their own words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from dialogue.analysis.duplicates import Campaigns, find_campaigns
from dialogue.analysis.tokens import spans
from dialogue.reports.sections.counting import counted, different, folded
from dialogue.reports.sections.quotes import opening, quote
from dialogue.reports.snapshot import Snapshot, Text

TEXTS_FOR_CAMPAIGNS = 2
WORDS_ADDED = 3  # a shorter run is a change of words, not an addition

_WORD = re.compile(r"\w+")


Span = tuple[int, int]


@dataclass(frozen=True)
class Member:
    """A text of a family: the share of its words that are common, and where its own words lie."""

    text: Text
    core_share: float
    own: tuple[Span, ...]


@dataclass(frozen=True)
class Family:
    """Texts of nearly the same words; `core`: where the common words lie in the exemplar."""

    exemplar: Text
    core: tuple[Span, ...]
    members: tuple[Member, ...]  # by id


@dataclass(frozen=True)
class Families:
    """All families, largest first. `copy_of`: contribution → number of its exact words;
    `wording_of`: contribution → number of its family, or of its words where it is in none."""

    list: tuple[Family, ...]
    copy_of: dict[int, int]
    wording_of: dict[int, int]


def wordings_of(snapshot: Snapshot) -> list[list[Text]]:
    """Return the contributions by wording: exact copies are set aside first, so that the families
    of different wordings are the same however often one of them comes."""
    copies: dict[bytes, list[Text]] = {}
    for text in snapshot.texts:
        words = folded(text.wording).encode("utf-8", "surrogatepass")
        copies.setdefault(blake2b(words, digest_size=16).digest(), []).append(text)
    return list(copies.values())


def find_families(snapshot: Snapshot) -> Families:
    """Find who sent nearly the same words."""
    wordings = wordings_of(snapshot)
    return families_of(snapshot, wordings, find_campaigns([texts[0].wording for texts in wordings]))


def families_of(snapshot: Snapshot, wordings: list[list[Text]], found: Campaigns) -> Families:
    """Return all families, given those `found` among the first texts of the wordings."""
    families = [
        Family(
            wordings[group.exemplar][0],
            group.core,
            _members(
                Member(
                    text, member.core_share, _same_words(member.own, wordings[member.text], text)
                )
                for member in group.members
                for text in wordings[member.text]
            ),
        )
        for group in found.groups
    ]
    stubs = set(found.stubs)
    families += [
        Family(
            texts[0],
            ((0, len(texts[0].wording)),),
            _members(Member(text, 1.0, ()) for text in texts),
        )
        for place, texts in enumerate(wordings)
        if len(texts) > 1 and found.labels[place] < 0 and place not in stubs
    ]
    families.sort(key=lambda family: (-len(family.members), family.members[0].text.id))
    copy_of = {text.id: number for number, texts in enumerate(wordings) for text in texts}
    family_of = {
        m.text.id: number for number, family in enumerate(families) for m in family.members
    }
    wording_of = {text: family_of.get(text, len(families) + copy) for text, copy in copy_of.items()}
    return Families(tuple(families), copy_of, wording_of)


def describe(snapshot: Snapshot, families: Families) -> dict[str, Any]:
    """Return the section `campaigns`: families of near-identical texts, largest first."""
    texts = snapshot.texts
    everything = {
        "contributions": len(texts),
        "different_texts": different(texts),
        "people": len({text.author for text in texts}),
    }
    rows = [_row(family) for family in families.list]
    state = "ok" if rows else "none" if len(texts) >= TEXTS_FOR_CAMPAIGNS else "too_few"
    return {"state": state, "all": everything, "list": rows}


def distinct(snapshot: Snapshot, families: Families) -> list[Text]:
    """Return one text for each family and each different wording, the first by id."""
    firsts: dict[int, Text] = {}
    for text in snapshot.texts:
        firsts.setdefault(families.wording_of[text.id], text)
    return list(firsts.values())


def _row(family: Family) -> dict[str, Any]:
    added = [
        {"core_share": member.core_share, "words": words}
        for member in family.members
        if (words := _added(member))
    ]
    members = [member.text for member in family.members]
    return {
        "contributions": [text.id for text in members],
        **counted(members),
        "quotation": opening(family.exemplar),
        "shared_words": [quote(family.exemplar, start, end) for start, end in family.core],
        "added": added,
        "nothing_added": len(members) - len(added),
    }


def _added(member: Member) -> list[dict[str, Any]]:
    """Quote what a person added to the common words."""
    return [
        quote(member.text, start, end)
        for start, end in member.own
        if len(_WORD.findall(member.text.wording[start:end])) >= WORDS_ADDED
    ]


def _members(members: Iterable[Member]) -> tuple[Member, ...]:
    return tuple(sorted(members, key=lambda member: member.text.id))


def _same_words(own: tuple[Span, ...], copies: list[Text], text: Text) -> tuple[Span, ...]:
    """Where the own words of a wording lie in another text with the same words."""
    if not own or text.wording == copies[0].wording:
        return own
    here, there = spans(copies[0].wording), spans(text.wording)
    starts = {start: place for place, (start, _end) in enumerate(here)}
    ends = {end: place for place, (_start, end) in enumerate(here)}
    return tuple(
        (there[starts[start]][0], there[ends[end]][1])
        for start, end in own
        if len(here) == len(there)
    )
