"""Which public ideas of a dialogue say what somebody is about to say, by the meaning of words.

A question is widened in the database by the nearest words of each of its words; an idea scores for
each word of the question with the best of its own words that may stand for it, rare words more than
common ones (Robertson's inverse document frequency, as in BM25). Two statements, whatever the size;
both read keys alone and no more than a bounded number of them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import (
    CTE,
    Float,
    Integer,
    Select,
    String,
    column,
    func,
    literal,
    select,
    union_all,
    values,
)

from dialogue.kernel.db import db
from dialogue.participation.models import Contribution, IdeaWord, WordNeighbour
from dialogue.participation.queries.visibility import is_listed
from dialogue.participation.similar import TITLE, words_of
from dialogue.search.parser import LONGEST_QUERY

MOST = 3
ENOUGH = 0.35  # share of a question's meaning from which on an idea counts as similar
FEWEST_WORDS = 2  # of a question: one word is a subject, not yet an idea
MOST_WORDS = 24  # of a question; the rest is not read
MOST_READ = 20_000  # keys read for one question; what is most common is left out beyond


@dataclass(frozen=True)
class SimilarIdea:
    """An idea that is already there."""

    id: int
    slug: str
    title: str
    language: str
    agree: int
    disagree: int
    passed: int


@dataclass(frozen=True)
class _Reach:
    """A word that may stand for one of the question's; `worth` of a match in a title."""

    asked: str
    near: str
    nearness: float
    ideas: int
    worth: float = 0.0


def similar_ideas(dialogue_id: int, ideas_published: int, q: str) -> list[SimilarIdea]:
    """Return at most MOST public ideas that say what `q` says, the most similar first."""
    asked = words_of(q[:LONGEST_QUERY])[:MOST_WORDS]
    if len(asked) < FEWEST_WORDS:
        return []
    reached = [
        _Reach(row.asked, row.near, row.nearness / 1000, row.ideas)
        for row in db.session.execute(_widened(dialogue_id, asked))
    ]
    reached, whole = _worth(reached, asked, ideas_published)
    if not reached:
        return []
    rows = db.session.execute(_ranked(dialogue_id, reached)).all()
    similar = [
        SimilarIdea(row.id, row.slug, row.title, row.language, row.agree, row.disagree, row.passed)
        for row in rows
        if row.score >= ENOUGH * whole * TITLE
    ]
    return similar[:MOST]


def _worth(
    reached: Sequence[_Reach], asked: Sequence[str], ideas: int
) -> tuple[list[_Reach], float]:
    """Return what is worth looking up, with its worth, and the worth of saying all of it."""
    frequency = {found.near: found.ideas for found in reached}
    ideas = max([ideas, *frequency.values()])

    def rarity(word: str) -> float:
        within = frequency[word]
        return math.log(1 + (ideas - within + 0.5) / (within + 0.5))

    known = sorted(rarity(word) for word in asked if frequency[word])
    # A word that no idea has, such as one that is still being typed, counts as a middling one.
    middling = known[len(known) // 2] if known else 0.0
    whole = sum(rarity(word) if frequency[word] else middling for word in asked)
    valued = []
    for found in reached:
        if not found.ideas:
            continue
        own = rarity(found.asked) if frequency[found.asked] else rarity(found.near)
        worth = found.nearness * min(own, rarity(found.near))
        valued.append(_Reach(found.asked, found.near, found.nearness, found.ideas, worth))
    valued.sort(key=lambda found: (-found.worth, found.asked, found.near))
    kept: list[_Reach] = []
    read = 0
    for found in valued:
        read += found.ideas
        if kept and read > MOST_READ:
            break
        kept.append(found)
    if not whole:  # only neighbours are known: their own worth is the measure
        best: dict[str, float] = {}
        for found in kept:
            best[found.asked] = max(best.get(found.asked, 0.0), rarity(found.near))
        whole = sum(best.values()) * len(asked) / max(len(best), 1)
    return kept, whole


def _widened(dialogue_id: int, asked: Sequence[str]) -> Select[tuple[str, str, int, int]]:
    """Each asked word and its neighbours, with the number of ideas that have them."""
    question = (
        values(column("word", String), name="question")
        .data([(word,) for word in asked])
        .cte("question")
    )
    reach = union_all(
        select(
            question.c.word.label("asked"),
            question.c.word.label("near"),
            literal(1000, Integer).label("nearness"),
        ),
        select(WordNeighbour.word, WordNeighbour.near, WordNeighbour.weight).join(
            question, question.c.word == WordNeighbour.word
        ),
    ).cte("reach")
    within = (
        select(func.count())
        .where(IdeaWord.dialogue_id == dialogue_id, IdeaWord.word == reach.c.near)
        .scalar_subquery()
    )
    return select(reach.c.asked, reach.c.near, reach.c.nearness, within.label("ideas"))


def _ranked(
    dialogue_id: int, reached: Sequence[_Reach]
) -> Select[tuple[int, str, str, str, int, int, int, float]]:
    """The best ideas with their scores; a few more than are shown, should one be hidden now."""
    reach: CTE = (
        values(
            column("asked", String), column("near", String), column("worth", Float), name="reach"
        )
        .data([(found.asked, found.near, found.worth) for found in reached])
        .cte("reach")
    )
    best = (
        select(IdeaWord.idea_id, func.max(reach.c.worth * IdeaWord.weight).label("best"))
        .select_from(reach)
        .join(IdeaWord, IdeaWord.word == reach.c.near)
        .where(IdeaWord.dialogue_id == dialogue_id)
        .group_by(reach.c.asked, IdeaWord.idea_id)
        .subquery("best")
    )
    score = func.sum(best.c.best)
    top = (
        select(best.c.idea_id, score.label("score"))
        .group_by(best.c.idea_id)
        .order_by(score.desc(), best.c.idea_id)
        .limit(2 * MOST)
        .subquery("top")
    )
    return (
        select(
            Contribution.id,
            Contribution.slug,
            Contribution.title,
            Contribution.language,
            Contribution.agree,
            Contribution.disagree,
            Contribution.passed,
            top.c.score,
        )
        .join(top, top.c.idea_id == Contribution.id)
        .where(is_listed())
        .order_by(top.c.score.desc(), Contribution.id)
    )
