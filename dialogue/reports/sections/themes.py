"""What the contributions are about: the dialogue's own topics, and themes found by software.

The two are never mixed: topics were chosen by people, themes are an aid to find one's way and
carry a grade that says how firmly they stand.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from dialogue.analysis.topics import Topics, find_topics
from dialogue.reports.sections.counting import counted, folded
from dialogue.reports.sections.groups import Grouping
from dialogue.reports.sections.quotes import openings
from dialogue.reports.sections.tallies import Tally
from dialogue.reports.snapshot import Snapshot, Text

TEXTS_FOR_THEMES = 20
STABLE_FROM = 0.6
FIRM_FROM = 0.8
TERMS = 6
QUOTATIONS = 3
PEOPLE_FOR_A_TERM = 2
SEED = 0


def own_topics(snapshot: Snapshot, tallies: dict[int, Tally], grouping: Grouping) -> dict[str, Any]:
    """Return the dialogue's topics, each with its contributions, votes and the groups' views."""
    topic_of = {text.id: text.topic for text in snapshot.ideas}
    rows = []
    for topic in snapshot.topics:
        texts = [t for t in snapshot.texts if _topic(t, topic_of) == topic.slug]
        rows.append(
            {
                "key": topic.slug,
                "name": topic.name,
                "quotations": openings(_most_voted(texts, tallies), QUOTATIONS),
                **_views(texts, tallies, grouping),
            }
        )
    known = {topic.slug for topic in snapshot.topics}
    return {
        "state": "ok" if rows else "none",
        "list": rows,
        "without_topic": [
            text.id for text in snapshot.texts if _topic(text, topic_of) not in known
        ],
    }


def wordings(snapshot: Snapshot) -> list[str]:
    """Return what `themes_of` looks at; nothing when there are too few contributions."""
    if len(snapshot.texts) < TEXTS_FOR_THEMES:
        return []
    return [text.wording for text in snapshot.texts]


def themes_of(texts: list[str]) -> Topics:
    """Group the contributions by what they say."""
    return find_topics(texts, seed=SEED)


def describe_themes(
    snapshot: Snapshot, found: Topics | None, tallies: dict[int, Tally], grouping: Grouping
) -> dict[str, Any]:
    """Return the section `themes`: largest first, every contribution in one or in none."""
    if found is None or not found.topics:
        return {
            "state": "too_few",
            "needed": TEXTS_FOR_THEMES,
            "stability": None,
            "list": [],
            "unassigned": [text.id for text in snapshot.texts],
        }
    rows = []
    for number, topic in enumerate(found.topics):
        texts = [snapshot.texts[i] for i in np.flatnonzero(found.labels == number)]
        if not texts:
            continue
        typical = snapshot.texts[topic.medoid]
        rows.append(
            {
                "terms": _terms(topic.terms, texts),
                "quotations": openings([typical, *_most_voted(texts, tallies)], QUOTATIONS),
                **_views(texts, tallies, grouping),
            }
        )
    rows.sort(
        key=lambda row: (
            -len(row["ideas"]) - len(row["comments"]),
            min(row["ideas"] or row["comments"]),
        )
    )
    for number, row in enumerate(rows, start=1):
        row["key"] = f"theme-{number}"
    unassigned = [snapshot.texts[i].id for i in np.flatnonzero(found.labels < 0)]
    return {
        "state": "ok" if found.stability >= STABLE_FROM else "not_stable",
        "needed": TEXTS_FOR_THEMES,
        "stability": found.stability,
        "list": rows,
        "unassigned": unassigned,
    }


def _topic(text: Text, topic_of: dict[int, str]) -> str:
    return text.topic if text.idea_id is None else topic_of.get(text.idea_id, "")


def grade(stability: float | None) -> str:
    """Return how firmly themes stand."""
    if stability is None:
        return "none"
    if stability >= FIRM_FROM:
        return "firm"
    return "fair" if stability >= STABLE_FROM else "weak"


def _views(texts: list[Text], tallies: dict[int, Tally], grouping: Grouping) -> dict[str, Any]:
    """Ids of ideas and comments, the three numbers, votes, and mean shares that agree."""
    ideas = [text.id for text in texts if text.kind == "idea"]
    means = {
        letter: _mean_share(ideas, grouping, group) for group, letter in enumerate(grouping.letters)
    }
    known = [mean for mean in means.values() if mean is not None]
    return {
        "ideas": ideas,
        "comments": [text.id for text in texts if text.kind != "idea"],
        **counted(texts),
        "votes": sum(tallies[idea].votes for idea in ideas),
        "share": _mean([tallies[idea] for idea in ideas]),
        "groups": means,
        "gap": max(known) - min(known) if len(known) > 1 else None,
    }


def _mean_share(ideas: list[int], grouping: Grouping, group: int) -> float | None:
    return _mean([cell for idea in ideas if (cell := grouping.cell(group, idea)) is not None])


def _terms(terms: Iterable[str], texts: list[Text]) -> list[str]:
    """Characteristic words that two people used: what a single person wrote names no theme."""
    used: dict[str, set[int]] = {term: set() for term in terms}
    wanted = {term: folded(term) for term in used}
    for text in texts:
        if not wanted:
            break
        words = folded(text.wording)
        for term in [term for term, word in wanted.items() if word in words]:
            used[term].add(text.author)
            if len(used[term]) == PEOPLE_FOR_A_TERM:
                del wanted[term]
    return [term for term in used if len(used[term]) >= PEOPLE_FOR_A_TERM][:TERMS]


def _mean(cells: list[Tally]) -> float | None:
    """Return the mean share that agrees over ideas; ideas without votes are left out."""
    shares = [cell.agree / cell.votes for cell in cells if cell.votes]
    return sum(shares) / len(shares) if shares else None


def _most_voted(texts: list[Text], tallies: dict[int, Tally]) -> list[Text]:
    """Ideas first, by votes, then comments; ties by id."""
    return sorted(
        texts,
        key=lambda t: (t.kind != "idea", -tallies[t.id].votes if t.id in tallies else 0, t.id),
    )
