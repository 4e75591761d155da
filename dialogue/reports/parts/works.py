"""What can be carried out elsewhere, on one page: the functions, and the classes that they are
given and give back. All are pure: no database, no clock, no chance."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dialogue.analysis import duplicates, opinion_space, opinions, topics
from dialogue.reports import snapshot
from dialogue.reports.render import formats
from dialogue.reports.sections import campaigns, key_points, themes

# By name; in the database a stage is called like its function.
FUNCTIONS: dict[str, Callable[..., Any]] = {
    function.__name__: function
    for function in (
        opinion_space.count_votes,
        opinions.agreement_of_sample,
        duplicates.find_campaigns,
        themes.themes_of,
        key_points.describe_scope,
        formats.render_document,
    )
}

CLASSES: dict[str, type] = {
    kind.__name__: kind
    for kind in (
        opinion_space.VoteCounts,
        opinions.Crowd,
        duplicates.Campaigns,
        duplicates.Campaign,
        duplicates.Member,
        topics.Topics,
        topics.Topic,
        snapshot.Text,
        key_points.Scope,
        campaigns.Families,
    )
}
