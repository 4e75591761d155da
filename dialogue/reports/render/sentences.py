"""The sentences that a document holds in English, as people read them in the report's language.

Those with a code are looked up by it; those without (how something was made, which differs from
version to version) by their words. What this program does not know stays as the document has it.
"""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

_LIMITS = {
    "self_selected": _l(
        "People chose to take part. This is not a poll: the figures describe those who took part,"
        " not the public."
    ),
    "groups_from_votes": _l(
        "Groups come only from votes, not from who people are. A person can stand between groups."
    ),
    "small_cells": _l(
        "Nothing is shown about fewer than five people: a group's votes on an idea are left out"
        " where fewer than five of the group voted, and every mark of the map stands for at least"
        " five."
    ),
    "themes_by_software": _l(
        "Themes were found by software and are an aid to find one's way. Topics were chosen by"
        " people."
    ),
    "no_generated_text": _l(
        "No sentence in this report was written by a language model. Every quotation is an exact"
        " piece of a published text."
    ),
    "points_at_least": _l(
        "A key point counts those whose words resemble it. Who says the same in quite other words"
        " is not found: the numbers are lower bounds."
    ),
    "unseen_votes": _l(
        "Not everybody saw every idea. Shares are of those who voted on an idea, and people who"
        " passed count as having voted."
    ),
    "agreements_only": _l(
        "Every vote here says that somebody agrees: nothing else was offered or chosen. Read how"
        " many people agree; shares and intervals say nothing."
    ),
}
_RANKINGS = {
    "least_agreeing_group": _l(
        "Ranked by the group that agrees least, so a large group cannot outvote a small one. What"
        " counts is the lower end of that group's 95 percent interval, so a handful of votes does"
        " not decide."
    ),
    "everybody": _l("Ranked by the lower end of the 95 percent interval of the share that agrees."),
}
_DEFINITIONS = {
    "people": _l("People who voted, or who wrote something that is published."),
    "people_voted": _l(
        "People who voted on at least one idea, also on one that is not public now."
    ),
    "people_voted_on_published": _l("People who voted on at least one idea that is published."),
    "people_wrote": _l("People who wrote at least one idea or comment that is published."),
    "ideas_published": _l("Ideas that the public can read."),
    "comments_published": _l("Comments that the public can read."),
    "contributions_published": _l("Ideas and comments that the public can read."),
    "different_texts": _l("Contributions whose words differ; copies of a text count once."),
    "votes": _l(
        "Votes: one for each person and idea, the person's last choice. Votes on ideas that are not"
        " public now are included; the next two counts tell them apart."
    ),
    "votes_on_published": _l("Votes on ideas that the public can read."),
    "votes_on_unpublished": _l("Votes on ideas that moderators or their authors took out later."),
}
# Named here for the catalogue; `said` finds them by their words.
_BY_THEIR_WORDS = (
    _l(
        "Principal components of the votes, weighted k-means from many starts, refined by single"
        " moves; number of groups by silhouette; stability over 80 percent samples of the people"
    ),
    _l("Words and letter sequences weighted by rarity, reduced, grouped by k-means"),
    _l(
        "Sentences of different texts that cover the others best (facility location over words and"
        " letter sequences); matched by resemblance; ordered by voices, which count all who sent"
        " the same words as one"
    ),
    _l("Wilson score intervals, 95 %"),
    _l("No reason recorded"),
)


def limit(row: dict[str, Any]) -> str:
    """Return what the reader must bear in mind, of a row of `limits`."""
    return str(_LIMITS.get(row["code"], row["text"]))


def ranking(section: dict[str, Any]) -> str:
    """Return how ideas are ranked, of the section `ranking`."""
    return str(_RANKINGS.get(section["by"], section["says"]))


def definition(name: str, english: str) -> str:
    """Return what a count of `counts` counts."""
    return str(_DEFINITIONS.get(name, english))


def said(english: str) -> str:
    """Return a sentence that the document holds without a code."""
    return str(_(english)) if english else ""
