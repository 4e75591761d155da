"""What the contributions are about: the dialogue's own topics, and themes found by software.

The two are never mixed: topics were chosen by people, themes are an aid to find one's way and
carry a grade that says how firmly they stand.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dialogue.analysis.topics import Topics, find_topics
from dialogue.reports.sections.groups import Grouping
from dialogue.reports.sections.quotes import opening
from dialogue.reports.sections.tallies import SMALLEST_CELL, Tally
from dialogue.reports.snapshot import Snapshot, Text

TEXTS_FOR_THEMES = 20
STABLE_FROM = 0.6
FIRM_FROM = 0.8
TERMS = 6
SEED = 0


def own_topics(snapshot: Snapshot, tallies: dict[int, Tally], grouping: Grouping) -> dict[str, Any]:
    """Return the dialogue's topics, each with its contributions, votes and the groups' views."""
    topic_of = {text.id: text.topic for text in snapshot.ideas}
    rows = []
    for topic in snapshot.topics:
        texts = [t for t in snapshot.texts if _topic(t, topic_of) == topic.slug]
        rows.append({"slug": topic.slug, "name": topic.name, **_views(texts, tallies, grouping)})
    known = {topic.slug for topic in snapshot.topics}
    return {
        "state": "ok" if rows else "none",
        "list": rows,
        "without_topic": [
            text.id for text in snapshot.texts if _topic(text, topic_of) not in known
        ],
    }


def find_themes(snapshot: Snapshot) -> Topics | None:
    """Group the contributions by what they say; None when there are too few."""
    if len(snapshot.texts) < TEXTS_FOR_THEMES:
        return None
    return find_topics([text.wording for text in snapshot.texts], seed=SEED)


def describe_themes(
    snapshot: Snapshot, found: Topics | None, tallies: dict[int, Tally], grouping: Grouping
) -> dict[str, Any]:
    """Return the section `themes`: largest first, every contribution in one or in none."""
    if found is None or not found.topics:
        return {
            "state": "too_few",
            "contributions": len(snapshot.texts),
            "needed": TEXTS_FOR_THEMES,
            "list": [],
        }
    rows = []
    for number, topic in enumerate(found.topics):
        texts = [snapshot.texts[i] for i in np.flatnonzero(found.labels == number)]
        if not texts:
            continue
        people = len({text.author for text in texts})
        rows.append(
            {
                "terms": list(topic.terms[:TERMS]),
                "people": people if people >= SMALLEST_CELL else None,
                "quotation": opening(snapshot.texts[topic.medoid]),
                **_views(texts, tallies, grouping),
            }
        )
    rows.sort(
        key=lambda row: (
            -len(row["ideas"]) - len(row["comments"]),
            min(row["ideas"] or row["comments"]),
        )
    )
    unassigned = [snapshot.texts[i].id for i in np.flatnonzero(found.labels < 0)]
    return {
        "state": "ok" if found.stability >= STABLE_FROM else "not_stable",
        "grade": _grade(found.stability),
        "stability": found.stability,
        "list": rows,
        "unassigned": unassigned,
        "coverage": 1 - len(unassigned) / len(snapshot.texts),
    }


def _topic(text: Text, topic_of: dict[int, str]) -> str:
    return text.topic if text.idea_id is None else topic_of.get(text.idea_id, "")


def _grade(stability: float) -> str:
    if stability >= FIRM_FROM:
        return "firm"
    return "fair" if stability >= STABLE_FROM else "weak"


def _views(texts: list[Text], tallies: dict[int, Tally], grouping: Grouping) -> dict[str, Any]:
    """Ids of ideas and comments, votes on the ideas, and each group's mean share that agrees."""
    ideas = [text.id for text in texts if text.kind == "idea"]
    means = {
        letter: _mean_share(ideas, grouping, group) for group, letter in enumerate(grouping.letters)
    }
    known = [mean for mean in means.values() if mean is not None]
    return {
        "ideas": ideas,
        "comments": [text.id for text in texts if text.kind != "idea"],
        "votes": sum(tallies[idea].votes for idea in ideas),
        "groups": means,
        "gap": max(known) - min(known) if len(known) > 1 else None,
    }


def _mean_share(ideas: list[int], grouping: Grouping, group: int) -> float | None:
    cells = [cell for idea in ideas if (cell := grouping.cell(group, idea)) is not None]
    return sum(cell.agree / cell.votes for cell in cells) / len(cells) if cells else None
