"""Key points: sentences that say what many say, how many people do, and what none of them covers.

Each is a sentence that somebody wrote. Points are chosen among different texts, one for each family
of same words, and ordered by voices (sections/people.py): copies change neither the choice nor the
order. Who says a thing in quite other words is not found: every number is "at least so many".
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import inf
from typing import Any, TypeVar

import numpy as np

from dialogue.analysis.keypoints import Coverage, Weights, expressed, match
from dialogue.analysis.statistics import wilson
from dialogue.reports.sections.campaigns import Families, distinct
from dialogue.reports.sections.counting import SMALLEST_CELL, counted
from dialogue.reports.sections.quotes import fits_a_point, quote, sentences
from dialogue.reports.sections.voices import voices
from dialogue.reports.snapshot import Snapshot, Text

TEXTS_FOR_POINTS = 10  # different ones, in a topic
# Resemblance from which a sentence expresses a point, whatever else it is like. On arguments and
# key points of people (ArgKP) .75 of such pairs are right, .19 of the right ones are found.
MATCH_FROM = 0.2
# A sentence also expresses the point that it is nearer to than to every other by so much: contrast
# tells more than height. With these .75 are right and .23 are found (.78 and .24 in the part of
# ArgKP that nothing was set by).
NEARER_BY = 0.1
FEWEST, MOST = 3, 10  # points of a topic
TEXTS_A_POINT = 12
STABLE_FROM = 0.5
FIRM_FROM = 0.7
ROUNDS = 3
SEED = 0
_CANDIDATES = 1_500
_TEXTS_THAT_TEACH = 4_000  # how telling words are
_PORTION = 5_000  # texts whose sentences are looked at together, fewer where there are many points
_CELLS = 600_000

_Item = TypeVar("_Item")


@dataclass(frozen=True)
class Sentence:
    """A sentence of a text, where it lies in the wording."""

    text: Text
    start: int
    end: int

    @property
    def words(self) -> str:
        """Return the sentence."""
        return self.text.wording[self.start : self.end]


class Said:
    """What some texts say; copies of a text are looked at once, in portions of bounded memory."""

    def __init__(
        self, texts: Sequence[Text], families: Families, weights: Weights | None = None
    ) -> None:
        self.families = families
        self.copies: dict[int, list[Text]] = {}
        for text in texts:
            self.copies.setdefault(families.copy_of[text.id], []).append(text)
        self.firsts = [copies[0] for copies in self.copies.values()]
        if weights is not None:
            self.weights = weights

    @cached_property
    def weights(self) -> Weights:
        """Return how telling words are, here; or as it was given."""
        sample = evenly(self.firsts, _TEXTS_THAT_TEACH)
        return Weights([words for _text, words in _cut(sample)])

    def who_says(self, *sets: Sequence[Sentence], nearest: bool) -> list[list[list[Text]]]:
        """Return, for each set and each of its points, the texts with a sentence that expresses
        it, by id.

        `nearest`: the points of a set are all there are, so that a sentence also speaks for the one
        that it is clearly nearest to.
        """
        points = [point for one in sets for point in one]
        bounds = np.cumsum([0, *(len(one) for one in sets)]).tolist()
        found: list[dict[int, Text]] = [{} for _point in points]
        size = max(1, min(_PORTION, _CELLS // max(len(points), 1)))
        nearer = NEARER_BY if nearest else inf
        for start in range(0, len(self.firsts), size):
            cut = list(_cut(self.firsts[start : start + size]))
            scores = self.weights.match(
                [words for _text, words in cut], [point.words for point in points]
            )
            for first, last in pairwise(bounds):
                says = expressed(scores[:, first:last], sure=MATCH_FROM, nearer=nearer)
                for row, column in np.argwhere(says).tolist():
                    for text in self.copies[self.families.copy_of[cut[row][0].id]]:
                        found[first + column][text.id] = text
        for point, texts in zip(points, found, strict=True):
            for text in self.copies.get(self.families.copy_of[point.text.id], [point.text]):
                texts[text.id] = text
        by_id = [[texts[number] for number in sorted(texts)] for texts in found]
        return [by_id[first:last] for first, last in pairwise(bounds)]


def _cut(texts: Iterable[Text]) -> Iterator[tuple[Text, str]]:
    """Every sentence with its text."""
    for text in texts:
        wording = text.wording
        for start, end in sentences(wording):
            yield text, wording[start:end]


@dataclass(frozen=True)
class Scope:
    """A topic, with all that its key points rest on."""

    slug: str | None
    texts: list[Text]
    different: list[int]  # places in `texts`: one for each family and each different wording
    families: Families  # of these texts; who is in which, not the list
    wrote: int  # people, in all topics together


def scopes(snapshot: Snapshot, families: Families) -> list[Scope]:
    """Return the topics one by one; key points of each are found without the others."""
    wrote = len({text.author for text in snapshot.texts})
    firsts = {text.id for text in distinct(snapshot, families)}
    return [
        Scope(
            slug,
            texts,
            [place for place, text in enumerate(texts) if text.id in firsts],
            Families(
                (),
                {text.id: families.copy_of[text.id] for text in texts},
                {text.id: families.wording_of[text.id] for text in texts},
            ),
            wrote,
        )
        for slug, texts in _scopes(snapshot)
    ]


def describe_scope(scope: Scope) -> dict[str, Any]:
    """Return the key points of one topic."""
    chosen_from = [scope.texts[place] for place in scope.different]
    if len(chosen_from) < TEXTS_FOR_POINTS:
        return {
            "topic": scope.slug,
            "state": "too_few",
            "different_texts": len(chosen_from),
            "needed": TEXTS_FOR_POINTS,
            "stability": None,
            "list": [],
        }
    said = Said(scope.texts, scope.families)
    choice = _Choice(chosen_from)
    points = choice.points(len(chosen_from))
    rows = _rows(points, said, scope.wrote, SMALLEST_CELL)
    return {
        "topic": scope.slug,
        "state": "ok" if rows else "none",
        "different_texts": len(chosen_from),
        "needed": TEXTS_FOR_POINTS,
        "stability": _stability(chosen_from, choice, points, said) if rows else None,
        "list": rows,
    }


def describe(
    snapshot: Snapshot, families: Families, found: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    """Return the section `key_points`: for each topic what many say, by voices. `found`: what
    `describe_scope` says of each scope, where somebody has asked it already."""
    if found is None:
        found = [describe_scope(scope) for scope in scopes(snapshot, families)]
    matched = {i for scope in found for row in scope["list"] for i in row["contributions"]}
    return {
        "state": "ok" if any(scope["list"] for scope in found) else "too_few",
        "people_wrote": len({text.author for text in snapshot.texts}),
        "topics": found,
        "unmatched": [text.id for text in snapshot.texts if text.id not in matched],
    }


def grade(stability: float | None) -> str:
    """Return how firmly key points stand."""
    if stability is None:
        return "none"
    if stability >= FIRM_FROM:
        return "firm"
    return "fair" if stability >= STABLE_FROM else "weak"


def _scopes(snapshot: Snapshot) -> Iterable[tuple[str | None, list[Text]]]:
    """The dialogue's own topics; what stands in none (or all, without topics) comes last."""
    topic_of = {text.id: text.topic for text in snapshot.ideas}
    by_topic: dict[str | None, list[Text]] = {topic.slug: [] for topic in snapshot.topics}
    other: list[Text] = []
    for text in snapshot.texts:
        topic = text.topic if text.idea_id is None else topic_of.get(text.idea_id, "")
        by_topic.get(topic, other).append(text)
    yield from by_topic.items()
    if other or not by_topic:
        yield None, other


def candidates(texts: Sequence[Text]) -> list[Sentence]:
    """Return the sentences that can stand for a view."""
    return [
        Sentence(text, start, end)
        for text in texts
        for start, end in sentences(text.wording)
        if fits_a_point(text.wording[start:end])
    ]


class _Choice:
    """The sentences of some texts that can stand for a view, to choose from all or from a part."""

    def __init__(self, texts: Sequence[Text]) -> None:
        self._sentences = evenly(candidates(evenly(list(texts), 3 * _CANDIDATES)), _CANDIDATES)
        self._coverage = Coverage([one.words for one in self._sentences])

    def points(self, n_texts: int, among: Collection[int] | None = None) -> list[Sentence]:
        """Choose as many as so many texts call for, the most covering first, none that says what
        an earlier one says; `among`: only sentences of these contributions."""
        many = min(MOST, max(FEWEST, n_texts // TEXTS_A_POINT))
        marked = [among is None or one.text.id in among for one in self._sentences]
        found = self._coverage.choose(many, np.array(marked, dtype=bool))
        chosen = [self._sentences[place] for place in found]
        alike = match([one.words for one in chosen], [one.words for one in chosen])
        kept: list[int] = []
        for place in range(len(chosen)):
            if all(alike[place, other] < MATCH_FROM for other in kept):
                kept.append(place)
        return [chosen[place] for place in kept]


def _rows(points: Sequence[Sentence], said: Said, wrote: int, need: int) -> list[dict[str, Any]]:
    rows = []
    for point, texts in zip(points, said.who_says(points, nearest=True)[0], strict=True):
        if len({text.author for text in texts}) >= need:
            rows.append(row(point, texts, said.families, wrote))
    rows.sort(key=order)
    return rows


def row(point: Sentence, texts: list[Text], families: Families, wrote: int) -> dict[str, Any]:
    """Return a view with the texts that express it and its four numbers."""
    people = len({text.author for text in texts})
    share = wilson(people, wrote)
    return {
        "quotation": quote(point.text, point.start, point.end),
        "contributions": [text.id for text in texts],
        **counted(texts),
        "voices": voices(texts, families.wording_of),
        "share": share.share,
        "low": share.low,
        "high": share.high,
    }


def order(view: dict[str, Any]) -> tuple[int, int, int]:
    """Return the sort key of views: most voices first."""
    quotation = view["quotation"]
    return (-view["voices"], quotation["contribution"], quotation["start"])


def _stability(
    texts: Sequence[Text], choice: _Choice, points: Sequence[Sentence], said: Said
) -> float:
    """Choose again from four fifths of the texts: how far do the points cover the same texts?

    The mean, over rounds and points, of the best overlap (Jaccard) with a point of that round.
    """
    chance = np.random.default_rng(SEED)
    parts: list[set[int]] = []
    for _round in range(ROUNDS):
        kept = chance.random(len(texts)) < 0.8
        parts.append({text.id for text, keep in zip(texts, kept.tolist(), strict=True) if keep})
    some = Said(evenly(list(texts), _CANDIDATES // 2), said.families, said.weights)
    again = [choice.points(len(ids), ids) for ids in parts]
    mine, *theirs = (
        [{text.id for text in found} for found in of_set]
        for of_set in some.who_says(points, *again, nearest=True)
    )
    overlaps = [
        max((len(own & ids & other) / len((own | other) & ids) for other in of_round), default=0.0)
        for ids, of_round in zip(parts, theirs, strict=True)
        for own in mine
        if own & ids
    ]
    return float(np.mean(overlaps)) if overlaps else 0.0


def evenly(items: list[_Item], most: int) -> list[_Item]:
    """Return an even sample, the same every time."""
    return items[:: -(-len(items) // most)] if items else items
