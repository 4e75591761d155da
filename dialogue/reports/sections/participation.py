"""Who took part, how much and when; and how unevenly."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dialogue.analysis.statistics import gini, top_share
from dialogue.reports.sections.counting import SMALLEST_CELL, different
from dialogue.reports.snapshot import Snapshot

PEOPLE_FOR_CONCENTRATION = 50  # so that the most active tenth are at least five
PEOPLE_FOR_TOP_HUNDREDTH = 100 * SMALLEST_CELL

# What each count counts. `report verify` recounts every one of them.
DEFINITIONS = {
    "people": "People who voted, or who wrote something that is published.",
    "people_voted": "People who voted on at least one idea, also on one that is not public now.",
    "people_voted_on_published": "People who voted on at least one idea that is published.",
    "people_wrote": "People who wrote at least one idea or comment that is published.",
    "ideas_published": "Ideas that the public can read.",
    "comments_published": "Comments that the public can read.",
    "contributions_published": "Ideas and comments that the public can read.",
    "different_texts": "Contributions whose words differ; copies of a text count once.",
    "votes": "Votes: one for each person and idea, the person's last choice. Votes on ideas that"
    " are not public now are included; the next two counts tell them apart.",
    "votes_on_published": "Votes on ideas that the public can read.",
    "votes_on_unpublished": "Votes on ideas that moderators or their authors took out later.",
}


def count(snapshot: Snapshot) -> dict[str, int]:
    """Return the named counts of DEFINITIONS."""
    votes = snapshot.votes
    public = np.isin(votes.idea, [idea.id for idea in snapshot.ideas])
    voters = np.unique(votes.person)
    authors = {text.author for text in snapshot.texts}
    return {
        "people": len(authors.union(voters.tolist())),
        "people_voted": int(voters.size),
        "people_voted_on_published": int(np.unique(votes.person[public]).size),
        "people_wrote": len(authors),
        "ideas_published": len(snapshot.ideas),
        "comments_published": len(snapshot.texts) - len(snapshot.ideas),
        "contributions_published": len(snapshot.texts),
        "different_texts": different(snapshot.texts),
        "votes": len(votes),
        "votes_on_published": int(public.sum()),
        "votes_on_unpublished": int((~public).sum()),
    }


def sets(snapshot: Snapshot) -> dict[str, list[int]]:
    """Return the named sets of contributions that counts rest on."""
    return {
        "ideas_published": [idea.id for idea in snapshot.ideas],
        "comments_published": [t.id for t in snapshot.texts if t.kind != "idea"],
    }


def texts(snapshot: Snapshot) -> list[dict[str, Any]]:
    """Return what every published text was when the report was made, without its words."""
    return [
        {"id": text.id, "revision": text.revision, "sha256": text.fingerprint}
        for text in snapshot.texts
    ]


def activity(snapshot: Snapshot) -> list[dict[str, Any]]:
    """Return, for each day on which something happened, its votes and what was published."""
    votes = Counter(snapshot.votes.day.tolist())
    published: dict[int, dict[str, list[int]]] = defaultdict(lambda: {"ideas": [], "comments": []})
    for text in snapshot.texts:
        published[text.day]["ideas" if text.kind == "idea" else "comments"].append(text.id)
    return [
        {
            "day": date.fromordinal(day).isoformat(),
            "votes": votes.get(day, 0),
            **published[day],
        }
        for day in sorted({*votes, *published})
    ]


def concentration(snapshot: Snapshot) -> dict[str, Any]:
    """Return how unevenly votes and texts are spread over the people who gave them."""
    per_voter = np.unique(snapshot.votes.person, return_counts=True)[1]
    per_author = np.array(list(Counter(text.author for text in snapshot.texts).values()))
    return {"votes": _spread(per_voter), "contributions": _spread(per_author)}


def _spread(counts: NDArray[np.int64]) -> dict[str, Any]:
    people = int(counts.size)
    if people < PEOPLE_FOR_CONCENTRATION:
        return {"state": "too_few", "people": people, "needed": PEOPLE_FOR_CONCENTRATION}
    fraction = 0.01 if people >= PEOPLE_FOR_TOP_HUNDREDTH else 0.1
    return {
        "state": "ok",
        "people": people,
        "median": float(np.median(counts)),
        "mean": float(counts.mean()),
        "gini": gini(counts),
        "top": {"fraction": fraction, "share": top_share(counts, fraction)},
    }
