"""What few say: views down to one in fifty, and what small groups stand for.

A summary that shows the largest heaps only would lose them, so they have a part of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dialogue.reports.sections.campaigns import Families
from dialogue.reports.sections.counting import SMALLEST_CELL
from dialogue.reports.sections.key_points import Said, candidates, evenly, order, row
from dialogue.reports.sections.voices import voices
from dialogue.reports.snapshot import Snapshot, Text

LEAST_PERCENT = 1  # of the people who wrote; never fewer than five. Half of the 2 % that must show:
# matching finds only those who say it in like words
MOST_SHARE = 0.2  # what more of them say is no minority view
SMALL_GROUP = 0.25  # of the people on the map
MOST_VIEWS = 12
_SENTENCES = 750
_LISTENERS = 4_000


def describe(
    snapshot: Snapshot, families: Families, key_points: dict[str, Any], groups: dict[str, Any]
) -> dict[str, Any]:
    """Return the section `minority`: what few say, and what small groups stand for.

    A view counts when at least one in a hundred of the people who wrote, and at least five, are
    found to say it: matching finds those who use like words, about half of a view of 2 %. Views
    come from the key points that few share, and from what no key point covers: there the sentence
    that most voices share is taken, then what is left is looked through again.
    """
    wrote = key_points["people_wrote"]
    need = max(SMALLEST_CELL, -(-wrote * LEAST_PERCENT // 100))
    most = MOST_SHARE * wrote
    views = [
        {"from": "key_points", **row}
        for scope in key_points["topics"]
        for row in scope["list"]
        if need <= row["people"] <= most
    ]
    rest = [snapshot.by_id[i] for i in key_points["unmatched"]]
    if len({text.author for text in rest}) >= need:
        views += [{"from": "other_texts", **row} for row in _left_over(rest, families, wrote, need)]
    views.sort(key=order)
    return {
        "state": "too_few" if wrote < 2 * SMALLEST_CELL else "ok" if views else "none",
        "people_needed": need,
        "views": views,
        "groups": _small_groups(groups),
        "smallest_group": min(groups["list"], key=lambda group: (group["people"], group["letter"]))[
            "letter"
        ]
        if groups["list"]
        else None,
    }


def _left_over(
    rest: Sequence[Text], families: Families, wrote: int, need: int
) -> list[dict[str, Any]]:
    """Take the sentence that most voices share, set its texts aside, and look again."""
    said = Said(evenly(list(rest), _LISTENERS), families)
    points = evenly(candidates(said.firsts), _SENTENCES)
    if not points:
        return []
    expressed = said.who_says(points, nearest=False)[0]
    rows: list[dict[str, Any]] = []
    taken: set[int] = set()
    free = list(range(len(points)))

    def left(place: int) -> list[Text]:
        return [text for text in expressed[place] if text.id not in taken]

    while len(rows) < MOST_VIEWS:
        free = [p for p in free if len({text.author for text in left(p)}) >= need]
        if not free:
            break
        reached = {place: voices(left(place), families.wording_of) for place in free}
        best = max(free, key=lambda place: (reached[place], -place))
        texts = left(best)
        rows.append(row(points[best], texts, families, wrote))
        taken.update(text.id for text in texts)
        free.remove(best)
    return rows


def _small_groups(groups: dict[str, Any]) -> list[dict[str, Any]]:
    placed = groups["people_placed"]
    return [
        {
            "letter": group["letter"],
            "people": group["people"],
            "share": group["people"] / placed,
            "ideas": [stance["idea"] for stance in group["stands_for"]],
        }
        for group in groups["list"]
        if group["people"] <= SMALL_GROUP * placed
    ]
