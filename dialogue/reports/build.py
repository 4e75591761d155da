"""From a Snapshot to the report document. Pure: no database, no clock, no chance.

The same snapshot gives the same bytes. Every number over contributions stands beside their ids
or names a set in `sets`; every number over votes and people is one that `report verify` counts
again. What there is too little for is said to be too little, part by part.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from importlib.metadata import version
from typing import Any

from dialogue.analysis import duplicates, opinions
from dialogue.reports import model
from dialogue.reports.parts.crew import Alone, Crew
from dialogue.reports.sections import (
    campaigns,
    counting,
    coverage,
    groups,
    ideas,
    key_points,
    minority,
    moderation,
    participation,
    tallies,
    themes,
)
from dialogue.reports.snapshot import Snapshot
from dialogue.reports.steps import Step

Progress = Callable[[Step], None]
_ALONE = Alone()

LIMITS = {
    "self_selected": "People chose to take part. This is not a poll: the figures describe those"
    " who took part, not the public.",
    "groups_from_votes": "Groups come only from votes, not from who people are. A person can stand"
    " between groups.",
    "small_cells": "Nothing is shown about fewer than five people: a group's votes on an idea are"
    " left out where fewer than five of the group voted, and every mark of the map stands for at"
    " least five.",
    "themes_by_software": "Themes were found by software and are an aid to find one's way. Topics"
    " were chosen by people.",
    "no_generated_text": "No sentence in this report was written by a language model. Every"
    " quotation is an exact piece of a published text.",
    "points_at_least": "A key point counts those whose words resemble it. Who says the same in"
    " quite other words is not found: the numbers are lower bounds.",
    "unseen_votes": "Not everybody saw every idea. Shares are of those who voted on an idea, and"
    " people who passed count as having voted.",
}

AGREEMENTS_ONLY = (
    "Every vote here says that somebody agrees: nothing else was offered or chosen. Read how many"
    " people agree; shares and intervals say nothing."
)


def build(
    snapshot: Snapshot, progress: Progress = lambda step: None, crew: Crew = _ALONE
) -> model.Model:
    """Return the sealed document; tells `progress` each time a step begins.

    What takes long and does not wait for other results is begun early, so that a crew of several
    has it ready when it is needed. The document is the same for every crew.
    """
    progress(Step.COUNTING)
    texts, votes = len(snapshot.texts), len(snapshot.votes)
    about = themes.wordings(snapshot)
    find_themes = crew.begin(
        themes.themes_of, [(about,)] if about else [], seconds=min(texts * 2e-4, 2 + texts * 4e-5)
    )
    wordings = campaigns.wordings_of(snapshot)
    find_campaigns = crew.begin(
        duplicates.find_campaigns,
        [([alike[0].wording for alike in wordings],)],
        seconds=len(wordings) * 1e-4,
    )
    matrix = tallies.Matrix(snapshot)
    by_idea = matrix.tallies()
    progress(Step.GROUPING_VOTES)
    grouping = groups.group_people(
        snapshot,
        matrix,
        lambda function, units: crew.begin(function, units, seconds=votes * 1e-6)(),
    )
    ranked = ideas.rank(snapshot, by_idea, grouping)
    progress(Step.GROUPING_THEMES)
    (campaigns_found,) = find_campaigns()
    families = campaigns.families_of(snapshot, wordings, campaigns_found)
    find_points = crew.begin(
        key_points.describe_scope,
        [(scope,) for scope in key_points.scopes(snapshot, families)],
        seconds=texts * 3e-4,
    )
    own_topics = themes.own_topics(snapshot, by_idea, grouping)
    found = themes.describe_themes(snapshot, next(iter(find_themes()), None), by_idea, grouping)
    progress(Step.CHOOSING_QUOTES)
    by_group = groups.describe(snapshot, matrix, grouping)
    points = key_points.describe(snapshot, families, find_points())
    return model.seal(
        {
            "format": model.FORMAT,
            "version": model.VERSION,
            "dialogue": {
                "slug": snapshot.dialogue.slug,
                "name": snapshot.dialogue.name,
                "question": snapshot.dialogue.question,
                "language": snapshot.dialogue.language,
                "time_zone": snapshot.dialogue.time_zone,
                "imported": snapshot.dialogue.imported,
            },
            "covers": _covers(snapshot),
            "input_sha256": snapshot.sha256,
            "counts": participation.count(snapshot),
            "definitions": participation.DEFINITIONS,
            "sets": participation.sets(snapshot),
            "texts": participation.texts(snapshot),
            "activity": participation.activity(snapshot),
            "concentration": participation.concentration(snapshot),
            "ideas": ranked,
            "ideas_taken_out": ideas.taken_out(snapshot, by_idea),
            "ranking": _ranking(snapshot, grouping),
            "groups": by_group,
            "common_ground": ideas.common_ground(ranked, grouping),
            "divisive": ideas.divisive(ranked, grouping),
            "topics": own_topics,
            "themes": found,
            "key_points": points,
            "minority": minority.describe(snapshot, families, points, by_group),
            "campaigns": campaigns.describe(snapshot, families),
            "coverage": coverage.describe(snapshot, own_topics, found, points),
            "stability": coverage.stability(by_group, found, points),
            "moderation": moderation.describe(snapshot),
            "edition": {"number": 1, "earlier": [], "taken_back": []},
            "hand": [],
            "changes": None,
            "limits": _limits(snapshot),
            "method": _method(),
        }
    )


def _limits(snapshot: Snapshot) -> list[dict[str, str]]:
    """Return what the reader must bear in mind; where people could only agree, that too."""
    codes = dict(LIMITS)
    if snapshot.votes.choice.size and bool((snapshot.votes.choice == 1).all()):
        codes["agreements_only"] = AGREEMENTS_ONLY
    return [{"code": code, "text": text} for code, text in codes.items()]


def _covers(snapshot: Snapshot) -> dict[str, Any]:
    days = [*(text.day for text in snapshot.texts), *snapshot.votes.day.tolist()]
    return {
        "until": snapshot.until.isoformat().replace("+00:00", "Z"),
        "first_day": date.fromordinal(min(days)).isoformat() if days else None,
        "last_day": date.fromordinal(max(days)).isoformat() if days else None,
    }


def _ranking(snapshot: Snapshot, grouping: groups.Grouping) -> dict[str, Any]:
    if grouping.letters:
        return {
            "by": "least_agreeing_group",
            "says": "Ranked by the group that agrees least: by the lowest lower end of the"
            " groups' 95 % intervals.",
            "votes_needed": counting.SMALLEST_CELL,
        }
    return {
        "by": "everybody",
        "says": "Ranked by the lower end of the 95 % interval of the share of all who agree.",
        "votes_needed": ideas.VOTES_TO_RANK,
    }


def _method() -> dict[str, Any]:
    return {
        "intervals": "Wilson score intervals, 95 %",
        "groups": {
            "how": "Principal components of the votes, weighted k-means from many starts,"
            " refined by single moves; number of groups by silhouette; stability over 80 percent"
            " samples of the people",
            "seed": groups.SEED,
            "least_votes": opinions.MIN_VOTES,
            "least_people": opinions.MIN_PEOPLE,
            "stable_from": opinions.STABLE_FROM,
            "silhouette_from": opinions.SILHOUETTE_FROM,
        },
        "themes": {
            "how": "Words and letter sequences weighted by rarity, reduced, grouped by k-means",
            "seed": themes.SEED,
            "least_texts": themes.TEXTS_FOR_THEMES,
            "stable_from": themes.STABLE_FROM,
            "firm_from": themes.FIRM_FROM,
        },
        "key_points": {
            "how": "Sentences of different texts that cover the others best (facility location over"
            " words and letter sequences); matched by resemblance; ordered by voices, which count"
            " all who sent the same words as one",
            "seed": key_points.SEED,
            "match_from": key_points.MATCH_FROM,
            "nearer_by": key_points.NEARER_BY,
            "least_texts": key_points.TEXTS_FOR_POINTS,
            "stable_from": key_points.STABLE_FROM,
            "firm_from": key_points.FIRM_FROM,
        },
        "minority": {
            "least_percent": minority.LEAST_PERCENT,
            "least_people": counting.SMALLEST_CELL,
            "most_share": minority.MOST_SHARE,
            "small_group": minority.SMALL_GROUP,
        },
        "language_model": "none",
        "smallest_cell": counting.SMALLEST_CELL,
        "rounding": f"{model.DECIMALS} decimals",
        "quotations": "start and end count code points in the revision's title, a line feed, and"
        " its plain text",
        "versions": {
            "report": model.VERSION,
            **{name: version(name) for name in ("numpy", "scipy")},
        },
    }
