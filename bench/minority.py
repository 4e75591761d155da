"""Plants a view that few hold and counts in how many of a hundred seeds the report shows it.

`python -m bench.minority [--seeds 100] [--people 300] [--percent 2]`. Each person writes one
comment in words of their own; the planted view shares no subject with the others. It counts as
reported when a key point or a view of few quotes it and most of what is matched to that is planted.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from random import Random
from time import process_time

import numpy as np

from bench.threads import one_thread_only
from dialogue.reports.sections import campaigns, key_points, minority
from dialogue.reports.snapshot import DialogueFacts, Moderation, Snapshot, Text, Votes
from tests.reports.said import planted

TO_REACH = 95  # of a hundred seeds


def main() -> None:
    one_thread_only("bench.minority")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--people", type=int, default=300)
    parser.add_argument("--percent", type=float, default=2.0)
    asked = parser.parse_args()
    began = process_time()
    found = [
        is_reported(*planted(Random(seed), asked.people, asked.percent / 100))
        for seed in range(asked.seeds)
    ]
    figure = {
        "minority.seeds": asked.seeds,
        "minority.people": asked.people,
        "minority.percent": asked.percent,
        "minority.reported": sum(found),
        "minority.to_reach": TO_REACH * asked.seeds / 100,
        "minority.met": sum(found) >= TO_REACH * asked.seeds / 100,
        "minority.not_reported": [seed for seed, one in enumerate(found) if not one],
        "cpu_seconds": round(process_time() - began, 1),
    }
    json.dump(figure, sys.stdout, indent=2)
    print()


def is_reported(texts: list[str], few: list[str]) -> bool:
    """Tell whether a report of these comments shows the view of few."""
    snapshot = _snapshot(texts)
    planted_ids = {text.id for text in snapshot.texts if text.plain in few}
    families = campaigns.find_families(snapshot)
    points = key_points.describe(snapshot, families)
    no_groups = {"list": [], "people_placed": 0}
    views = [
        *minority.describe(snapshot, families, points, no_groups)["views"],
        *(row for scope in points["topics"] for row in scope["list"]),
    ]
    return any(
        view["quotation"]["contribution"] in planted_ids
        and len(planted_ids & {*view["contributions"]}) > len(view["contributions"]) / 2
        for view in views
    )


def _snapshot(texts: list[str]) -> Snapshot:
    nobody = np.zeros(0, dtype=np.int64)
    return Snapshot(
        dialogue=DialogueFacts("few", "Few", "What do few say?", "en", "UTC", False),
        until=datetime(2026, 1, 1, tzinfo=UTC),
        topics=(),
        texts=tuple(
            Text(n + 1, "comment", None, "", n + 1, "", text, "en", n, 0)
            for n, text in enumerate(texts)
        ),
        removed=(),
        votes=Votes(nobody, nobody, nobody.astype(np.int8), nobody),
        people=len(texts),
        moderation=Moderation(0, 0, {}, {}),
    )


if __name__ == "__main__":
    main()
