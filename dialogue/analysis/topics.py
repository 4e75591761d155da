"""Topics: a map of what a set of texts is about, to find one's way; counts add up, stability is
graded.

Every text with words is in exactly one topic. Topics are navigation, not fact: agencies may name
them, seed them and merge them. Run with one BLAS thread a worker.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from dialogue.analysis.direction_clusters import assign, spherical_k_means
from dialogue.analysis.features import count_words, sum_words, unit_rows
from dialogue.analysis.semantic_space import fit_words
from dialogue.analysis.statistics import adjusted_rand
from dialogue.analysis.tokens import Tokens, tokenise

DIMENSIONS = 100
TERMS = 8
_SMALLEST_FOR_TWO = 8  # texts; fewer stay one topic
_ROUNDS = 5


class Grade(StrEnum):
    """How far another sample of the same texts would give the same topics."""

    STABLE = "stable"
    FAIR = "fair"
    NOT_STABLE = "not_stable"


@dataclass(frozen=True)
class Topic:
    """label: seed name or the most characteristic terms; medoid: index of the most typical text."""

    label: str
    terms: tuple[str, ...]
    medoid: int
    count: int
    stability: float  # part of pairs of its texts that stay together in subsamples
    seeded: bool

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Topics:
    """labels: int (n,), index into `topics` or -1 = no words to go by. Largest topic first."""

    labels: NDArray[np.int64]
    topics: tuple[Topic, ...]
    stability: float  # mean adjusted Rand index of topics found in 80 % of the texts
    grade: Grade

    def to_dict(self) -> dict[str, Any]:
        return {
            "labels": self.labels.tolist(),
            "topics": [topic.to_dict() for topic in self.topics],
            "stability": self.stability,
            "grade": str(self.grade),
        }


def find_topics(
    texts: Sequence[str],
    *,
    k: int | None = None,
    seeds: Mapping[str, Sequence[int]] | None = None,
    seed: int = 0,
) -> Topics:
    """Divides texts into k topics, or as many as subsamples confirm.

    seeds: topics the agency has named, each with indices of texts that belong to it; those texts
    stay there and the others join the nearest. With seeds and without k there are no other topics.
    Copies of a text count once when topics are formed. Raises ValueError for k < 1, for fewer
    topics than seeds, for a seed without texts or one text in two seeds. Of very many texts an even
    sample makes the topics and the others join the nearest: time is linear, memory bounded.
    """
    named = _checked_seeds(seeds or {}, len(texts), k)
    some = _sample_of(len(texts), named)
    if some is None:
        return _fit(texts, named, k, seed)[0]
    place = {text: at for at, text in enumerate(some)}
    here = {name: tuple(place[text] for text in members) for name, members in named.items()}
    topics, space = _fit([texts[text] for text in some], here, k, seed)
    return _with_everybody(texts, some, topics, space)


@dataclass(frozen=True)
class _Space:
    """Where words and topics lie, so that any text finds its topic."""

    numbers: Mapping[str, int]
    of_words: NDArray[np.float64]  # (n_words, n_dimensions)
    centres: NDArray[np.float64]  # (n_topics, n_dimensions), as the topics are numbered

    def labels(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """The nearest topic of every text, -1 for those without words."""
        tokens = tokenise(texts)
        words = count_words(tokens)
        known = np.array([self.numbers.get(word, -1) for word in tokens.vocabulary], dtype=np.int64)
        vectors = np.concatenate([self.of_words, np.zeros((1, self.of_words.shape[1]))])[known]
        damped = sp.csr_array((1 + np.log(words.data), words.indices, words.indptr), words.shape)
        nearest = assign(unit_rows(damped @ vectors), self.centres)
        return np.where(tokens.lengths > 0, nearest, -1)


def _fit(
    texts: Sequence[str], named: Mapping[str, Sequence[int]], k: int | None, seed: int
) -> tuple[Topics, _Space]:
    tokens = tokenise(texts)
    words = count_words(tokens)
    numbers = {word: number for number, word in enumerate(tokens.vocabulary)}
    filled = np.flatnonzero(tokens.lengths > 0)
    labels = np.full(len(texts), -1, dtype=np.int64)
    if filled.size == 0:
        nowhere = np.zeros((len(numbers), 0))
        return Topics(labels, (), 0.0, Grade.NOT_STABLE), _Space(numbers, nowhere, nowhere[:0])
    sources, of_source = _without_copies(words, filled)
    weights = np.ones(sources.size)
    sums = sum_words(words[filled], tokens.vocabulary, min_texts=_rarest(filled.size))
    of_words = fit_words(sums, DIMENSIONS)
    points = unit_rows(sums.weights @ of_words)
    fixed = _fixed(named, filled, of_source, sources.size)
    distinct = points[sources]

    if k is None:
        k = len(named) or _count_by_stability(distinct, weights, seed)
    k = min(k, sources.size)
    found = spherical_k_means(distinct, weights, k, seed=seed, fixed=fixed, starts=_STARTS)
    stability, together = _stability(distinct, weights, found, fixed, k, seed)
    labels[filled] = found[of_source]
    for number, members in enumerate(named.values()):
        labels[list(members)] = number
    topics = _described(texts, tokens, words, points, filled, labels, named, stability, together)
    own = topics.labels[filled]
    centres = unit_rows(
        np.stack([points[own == number].sum(axis=0) for number in range(len(topics.topics))])
    )
    return topics, _Space(numbers, of_words, centres)


def _sample_of(n_texts: int, named: Mapping[str, Sequence[int]]) -> list[int] | None:
    """Of very many texts an even sample and all seeded ones; None where all are looked at."""
    if n_texts <= 2 * _FIT_ON:
        return None
    seeded = {text for members in named.values() for text in members}
    return sorted({*range(0, n_texts, -(-n_texts // _FIT_ON)), *seeded})


def _with_everybody(
    texts: Sequence[str], some: Sequence[int], found: Topics, space: _Space
) -> Topics:
    """The topics of a sample, with every text in the one it is nearest to: in portions, so that
    memory stays bounded."""
    labels = np.full(len(texts), -1, dtype=np.int64)
    if found.topics:
        for start in range(0, len(texts), _PORTION):
            labels[start : start + _PORTION] = space.labels(texts[start : start + _PORTION])
        labels[some] = found.labels
    counts = np.bincount(labels[labels >= 0], minlength=len(found.topics))
    order = np.argsort(-counts, kind="stable")
    renamed = np.append(np.argsort(order), -1)  # the last one is asked for by -1
    topics = tuple(
        replace(found.topics[at], medoid=some[found.topics[at].medoid], count=int(counts[at]))
        for at in order.tolist()
    )
    return Topics(renamed[labels], topics, found.stability, found.grade)


def _described(
    texts: Sequence[str],
    tokens: Tokens,
    words: sp.csr_array,
    points: NDArray[np.float64],
    filled: NDArray[np.int64],
    labels: NDArray[np.int64],
    named: Mapping[str, Sequence[int]],
    stability: float,
    together: NDArray[np.float64],
) -> Topics:
    used, counts = np.unique(labels[labels >= 0], return_counts=True)
    first = np.array([int(np.flatnonzero(labels == number)[0]) for number in used])
    order = np.lexsort((first, -counts))
    names = list(named)
    topics = []
    renamed = np.full(labels.size, -1, dtype=np.int64)
    place = np.full(labels.size, -1, dtype=np.int64)
    place[filled] = np.arange(filled.size)
    strengths = _characteristic(words, labels, used)
    for rank, at in enumerate(order.tolist()):
        number = int(used[at])
        members = np.flatnonzero(labels == number)
        renamed[members] = rank
        with_words = members[place[members] >= 0]
        terms = _terms(tokens, strengths[at])
        medoid = (
            _medoid(points, place, with_words, tokens.lengths)
            if with_words.size
            else int(members[0])
        )
        seeded = number < len(names)
        label = names[number] if seeded else ", ".join(terms[:3])
        grade = float(together[number]) if number < together.size else 0.0
        topics.append(Topic(label, terms, medoid, int(counts[at]), round(grade, 6), seeded))
    return Topics(renamed, tuple(topics), round(stability, 6), _grade(stability, len(topics)))


def _characteristic(
    words: sp.csr_array, labels: NDArray[np.int64], used: NDArray[np.int64]
) -> NDArray[np.float64]:
    """(n_topics, n_words): how much more texts of a topic use a word, in standard errors.

    Log odds with the whole set as prior (Monroe et al. 2008, section 3.5), on texts with the word.
    """
    present = (words > 0).astype(np.int64)
    members = np.flatnonzero(labels >= 0)
    rows = np.searchsorted(used, labels[members])
    chosen = sp.csr_array(
        (np.ones(members.size, dtype=np.int64), (rows, members)), shape=(used.size, labels.size)
    )
    inside = (chosen @ present).toarray().astype(float)
    everywhere = inside.sum(axis=0)
    outside = everywhere - inside
    prior = everywhere / max(everywhere.sum(), 1) * _PRIOR + 1e-9
    total_in, total_out = inside.sum(axis=1, keepdims=True), outside.sum(axis=1, keepdims=True)
    gap = np.log((inside + prior) / (total_in + _PRIOR - inside - prior + 1e-9)) - np.log(
        (outside + prior) / (total_out + _PRIOR - outside - prior + 1e-9)
    )
    strength: NDArray[np.float64] = gap / np.sqrt(1 / (inside + prior) + 1 / (outside + prior))
    strength[inside < np.minimum(2, inside.max(axis=1, keepdims=True))] = -np.inf
    return strength


def _terms(tokens: Tokens, strength: NDArray[np.float64]) -> tuple[str, ...]:
    """Most characteristic words in their usual spelling; numbers and single letters say too
    little."""
    terms: list[str] = []
    for number in np.argsort(-np.round(strength, 9), kind="stable")[:200].tolist():
        word = tokens.display[number]
        spaced = word.isascii() or len(word) > 2
        if strength[number] == -np.inf or word.isdigit() or (spaced and len(word) < 3):
            continue
        terms.append(word)
        if len(terms) == TERMS:
            break
    if not terms and strength.size:
        terms = [tokens.display[int(np.argmax(strength))]]
    return tuple(terms)


def _medoid(
    points: NDArray[np.float64],
    place: NDArray[np.int64],
    members: NDArray[np.int64],
    lengths: NDArray[np.int64],
) -> int:
    """The text nearest to the topic's middle, of quotable length where there is one."""
    quotable = members[(lengths[members] >= 5) & (lengths[members] <= 60)]
    pool = quotable if quotable.size else members
    middle = points[place[members]].mean(axis=0)
    closeness = np.round(points[place[pool]] @ middle, 9)
    return int(pool[np.argmax(closeness)])


def _count_by_stability(
    points: NDArray[np.float64], weights: NDArray[np.float64], seed: int
) -> int:
    """The k whose topics return best in subsamples; among equals the largest."""
    n = points.shape[0]
    if n < _SMALLEST_FOR_TWO:
        return 1
    step = -(-n // _SAMPLE)
    few, few_weights = points[::step], weights[::step]
    scores: dict[int, float] = {}
    for k in _NUMBERS:
        if k > 2 and k > few.shape[0] / _TEXTS_A_TOPIC:
            break
        found = spherical_k_means(few, few_weights, k, seed=seed, fixed=None, starts=3)
        scores[k], _ = _stability(few, few_weights, found, None, k, seed)
    limit = max(scores.values()) - _AS_GOOD
    return max(k for k, score in scores.items() if score >= limit)


def _stability(
    points: NDArray[np.float64],
    weights: NDArray[np.float64],
    found: NDArray[np.int64],
    fixed: NDArray[np.int64] | None,
    k: int,
    seed: int,
) -> tuple[float, NDArray[np.float64]]:
    """Mean agreement with topics of 80 % samples, and per topic the part of pairs kept together."""
    together = np.zeros(k)
    if k < 2:
        return (1.0 if k == 1 else 0.0), np.ones(k)
    step = -(-points.shape[0] // _SAMPLE)
    chosen = np.arange(0, points.shape[0], step)
    scores = []
    rng = np.random.default_rng(seed + 1)
    for round_number in range(_ROUNDS):
        some = np.sort(rng.permutation(chosen)[: max(k, round(0.8 * chosen.size))])
        labels = spherical_k_means(
            points[some],
            weights[some],
            k,
            seed=seed + 1 + round_number,
            fixed=None if fixed is None else fixed[some],
            starts=2,
        )
        scores.append(adjusted_rand(found[some], labels))
        for number in range(k):
            sizes = np.bincount(labels[found[some] == number])
            pairs = sizes.sum() * (sizes.sum() - 1)
            together[number] += (sizes * (sizes - 1)).sum() / pairs if pairs > 0 else 1.0
    return float(np.mean(scores)), together / _ROUNDS


def _grade(stability: float, n_topics: int) -> Grade:
    if n_topics < 2 or stability < 0.4:
        return Grade.NOT_STABLE
    return Grade.STABLE if stability >= 0.7 else Grade.FAIR


def _without_copies(
    words: sp.csr_array, filled: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(place in `filled` of the first of each distinct text, distinct number of every filled text).

    Texts with the same words count once: a campaign must not make topics of its own.
    """
    numbers: dict[bytes, int] = {}
    of_source = np.empty(filled.size, dtype=np.int64)
    sources: list[int] = []
    for at, index in enumerate(filled.tolist()):
        first, last = words.indptr[index], words.indptr[index + 1]
        key = words.indices[first:last].tobytes() + words.data[first:last].tobytes()
        number = numbers.setdefault(key, len(numbers))
        if number == len(sources):
            sources.append(at)
        of_source[at] = number
    return np.array(sources, dtype=np.int64), of_source


def _rarest(n_texts: int) -> int:
    """In how many texts a term must stand to say anything about topics."""
    if n_texts < 50:
        return 1
    return 3 if n_texts < 1_000 else 5


def _fixed(
    named: Mapping[str, Sequence[int]],
    filled: NDArray[np.int64],
    of_source: NDArray[np.int64],
    n_sources: int,
) -> NDArray[np.int64] | None:
    """Topic of every seeded distinct text, -1 for the others."""
    if not named:
        return None
    fixed = np.full(n_sources, -1, dtype=np.int64)
    for number, members in enumerate(named.values()):
        at = np.searchsorted(filled, np.asarray(members))
        at = at[(at < filled.size)]
        at = at[np.isin(filled[at], np.asarray(members))]
        fixed[of_source[at]] = number
    return fixed


def _checked_seeds(
    seeds: Mapping[str, Sequence[int]], n_texts: int, k: int | None
) -> dict[str, tuple[int, ...]]:
    if k is not None and k < max(1, len(seeds)):
        raise ValueError("k must be at least 1 and at least the number of seeds")
    taken: set[int] = set()
    checked: dict[str, tuple[int, ...]] = {}
    for name, members in seeds.items():
        own = {int(member) for member in members}
        if not own or min(own) < 0 or max(own) >= n_texts:
            raise ValueError(f"the seed {name!r} needs indices of texts")
        if own & taken:
            raise ValueError(f"a text of the seed {name!r} stands in another seed too")
        taken |= own
        checked[name] = tuple(sorted(own))
    return checked


_STARTS = 20
_FIT_ON = 20_000  # texts, of more than twice as many
_PORTION = 20_000
_SAMPLE = 1_500
_NUMBERS = (2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 18, 20)
_TEXTS_A_TOPIC = 4
_AS_GOOD = 0.02
_PRIOR = 500.0
