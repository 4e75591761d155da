"""Measures the stages of a report: quality and time as JSON, beside the figures that are to be
reached.

`python -m bench.analysis [--quick] [--seed 101] [--largest 100000]`. Open data is read from the
folder in DIALOGUE_OPEN_DATA; without it those parts are named under `left_out`. Times are CPU
seconds of one process with one thread. Every part that grows has a limit by the clock; in all it
takes about a quarter of an hour on two quiet cores, `--quick` two minutes.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import scipy

from bench import analysis_sizes, references
from bench.analysis_groups import measure_groups, measure_many_votes
from bench.analysis_key_points import coverage, precision_of_matches, read_arguments
from bench.minority import is_reported
from bench.threads import one_thread_only, timed
from dialogue.analysis.duplicates import find_campaigns
from dialogue.analysis.keypoints import choose, match
from dialogue.analysis.screening import danger_words, personal_data, spam_score
from dialogue.analysis.topics import find_topics
from tests.analysis.groupings import mutual_information
from tests.analysis.made_up_texts import EDITS, campaign_corpus, pair_scores, topic_corpus
from tests.analysis.test_screens_measured import HELPLINES, WITH_HELPLINES, lines
from tests.reports.said import planted

# name of a measure → (figure to reach, True if more is better)
FIGURES: dict[str, tuple[float, bool]] = {
    "groups.mean_ari": (0.92, True),
    "groups.least_ahead_of_red_dwarf": (-0.05, True),
    "groups.least_times_faster_than_red_dwarf": (1.0, True),
    "groups.held_out_mean_of_published": (1.0, True),
    "groups.held_out_least_of_published": (0.9, True),
    "groups.ten_million_votes_s": (15.0, False),
    "groups.ten_million_votes_mb": (1024, False),
    "campaigns.precision": (0.999, True),
    "campaigns.f1": (0.98, True),
    "campaigns.least_recall_of_an_edit": (0.85, True),
    "campaigns.recall_of_common_edits": (0.98, True),
    "campaigns.texts_a_second": (10_000, True),
    "campaigns.times_faster_than_datasketch": (5.0, True),
    "campaigns.times_faster_than_rensa": (1.0, True),
    "topics.nmi_german_ideas": (0.28, True),
    "topics.nmi_english_topics": (0.86, True),
    "topics.most_unassigned": (0.1, False),
    "key_points.match_strict_map": (0.54, True),
    "key_points.match_relaxed_map": (0.71, True),
    "key_points.chosen_cover": (0.79, True),
    "key_points.chosen_without_point": (0.18, False),
    "details.recall": (0.95, True),
    "details.look_alikes_flagged": (0.03, False),
    "details.helplines_flagged": (0, False),
    "minority.reported_of_a_hundred": (95, True),
    "speed.ten_thousand_s": (10.0, False),
    "speed.hundred_thousand_s": (80.0, False),
    "speed.hundred_thousand_mb": (2048, False),
    "speed.million_s": (600.0, False),
    "speed.million_mb": (2048, False),
    "speed.growth": (1.2, False),
}
SIZES = {"ten_thousand": 10_000, "hundred_thousand": 100_000, "million": 1_000_000}
COMMON_EDITS = ("copy", "words", "affix", "shuffle", "own_third")


def main() -> None:
    one_thread_only("bench.analysis")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="leave out what takes over half a minute"
    )
    parser.add_argument("--seed", type=int, default=101, help="of the made-up campaigns")
    parser.add_argument(
        "--largest", type=int, default=max(SIZES.values()), help="whole report, in contributions"
    )
    asked = parser.parse_args()
    quick = asked.quick
    root = os.environ.get("DIALOGUE_OPEN_DATA")
    measures: dict[str, Any] = {}
    left_out: list[str] = []

    def add(part: str, work: Callable[[], dict[str, Any]]) -> None:
        began = time.monotonic()
        print(f"{part} …", file=sys.stderr, end=" ", flush=True)
        measures.update(work())
        print(f"{time.monotonic() - began:.0f} s", file=sys.stderr)

    if root:
        add("groups", lambda: measure_groups(Path(root) / "polis"))
        add("topics", lambda: measure_topics(Path(root)))
        add("key points", lambda: measure_key_points(Path(root) / "argkp"))
    else:
        left_out.append("DIALOGUE_OPEN_DATA is not set: groups, topics and key points on open data")
    add("campaigns", lambda: measure_campaigns(20_000, asked.seed))
    add("details", measure_screening)
    add("views of few", lambda: measure_minority(10 if quick else 100))
    largest = min(asked.largest, SIZES["ten_thousand"]) if quick else asked.largest
    sizes = [name for name, size in SIZES.items() if size <= largest]
    left_out += [f"whole report: {name.replace('_', ' ')}" for name in SIZES if name not in sizes]
    add("whole reports", lambda: measure_sizes(sizes))
    if quick:
        left_out.append("--quick: ten million votes, 90 of a hundred seeds")
    else:
        add("ten million votes", measure_many_votes)
    json.dump(report(measures, left_out), sys.stdout, indent=2, ensure_ascii=False)
    print()


def report(measures: dict[str, Any], left_out: list[str]) -> dict[str, Any]:
    """Every measure, and beside those with a figure whether it is met."""
    figures = {}
    for name, (goal, more_is_better) in FIGURES.items():
        if name in measures:
            value = measures[name]
            met = value >= goal if more_is_better else value <= goal
            figures[name] = {"measured": value, "to_reach": goal, "met": bool(met)}
    for name, value in measures.items():
        if isinstance(value, dict) and "failed" in value:
            figures[name] = {"measured": value["failed"], "met": False}
    return {
        "figures": figures,
        "missed": [name for name, entry in figures.items() if not entry["met"]],
        "measures": measures,
        "left_out": left_out,
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "versions": {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "scipy": scipy.__version__,
            **references.versions(),
        },
    }


def measure_campaigns(n: int, seed: int) -> dict[str, Any]:
    scores, rates = [], []
    recalls: dict[str, list[bool]] = {kind: [] for kind in EDITS}
    for one in (seed, seed + 1):
        texts, truth, kinds = campaign_corpus(n, one)
        found, seconds = timed(lambda texts=texts: find_campaigns(texts))
        labels = found.labels
        scores.append(pair_scores(truth, labels.tolist()))
        rates.append(n / seconds)
        home = {}
        for number in set(truth) - {-1}:
            own = labels[np.array(truth) == number]
            home[number] = int(np.bincount(own[own >= 0]).argmax()) if (own >= 0).any() else -2
        for place, kind in enumerate(kinds):
            if kind in recalls:
                recalls[kind].append(bool(labels[place] == home[truth[place]]))
    precision, recall, f1 = np.mean(scores, axis=0)
    by_edit = {kind: round(float(np.mean(found)), 4) for kind, found in recalls.items()}
    common = [right for kind in COMMON_EDITS for right in recalls[kind]]
    texts, truth, _ = campaign_corpus(n // 4, seed + 2)
    _, ours = timed(lambda: find_campaigns(texts))
    beside: dict[str, Any] = {}
    for name in ("datasketch", "rensa"):
        labels, seconds = references.run(name, {"texts": texts})
        theirs = pair_scores(truth, labels)
        beside[name] = {
            "precision": round(theirs[0], 4),
            "recall": round(theirs[1], 4),
            "f1": round(theirs[2], 4),
            "seconds": seconds,
            "times_ours": round(seconds / ours, 2),
        }
    return {
        "campaigns.beside": beside | {"texts": len(texts), "ours_seconds": ours},
        "campaigns.times_faster_than_datasketch": beside["datasketch"]["times_ours"],
        "campaigns.times_faster_than_rensa": beside["rensa"]["times_ours"],
        "campaigns.precision": round(float(precision), 5),
        "campaigns.recall": round(float(recall), 4),
        "campaigns.f1": round(float(f1), 4),
        "campaigns.recall_by_edit": by_edit,
        "campaigns.least_recall_of_an_edit": min(by_edit.values()),
        "campaigns.recall_of_common_edits": round(float(np.mean(common)), 4),
        "campaigns.texts_a_second": round(float(np.mean(rates))),
        "campaigns.seeds": [seed, seed + 1, seed + 2],
    }


def measure_topics(root: Path) -> dict[str, Any]:
    with (root / "egov2022" / "bonn.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    german = [f"{row['title']}. {row['text']}" for row in rows]
    codes = [row["main_category_level1"] for row in rows]
    groups = read_arguments(root / "argkp")
    english = [text for group in groups for text in group.texts]
    motions = [group.topic for group in groups for _ in group.texts]
    measures: dict[str, Any] = {}
    for name, texts, truth in (
        ("german_ideas", german, codes),
        ("english_topics", english, motions),
    ):
        k = len(set(truth))
        found, seconds = timed(lambda texts=texts, k=k: find_topics(texts, k=k))
        measures[f"topics.nmi_{name}"] = round(mutual_information(truth, found.labels.tolist()), 3)
        measures[f"topics.{name}"] = {
            "texts": len(texts),
            "unassigned": int((found.labels < 0).sum()),
            "stability": found.stability,
            "grade": str(found.grade),
            "number_found_alone": len(find_topics(texts).topics),
            "seconds": seconds,
        }
    shares = [
        measures[f"topics.{name}"]["unassigned"] / measures[f"topics.{name}"]["texts"]
        for name in ("german_ideas", "english_topics")
    ]
    return measures | {"topics.most_unassigned": max(shares)}


def measure_key_points(folder: Path) -> dict[str, Any]:
    groups = read_arguments(folder)
    found, seconds = timed(lambda: precision_of_matches(groups, match))
    cover, without = coverage(groups, choose)
    return {
        "key_points.match_strict_map": round(found.strict, 3),
        "key_points.match_relaxed_map": round(found.relaxed, 3),
        "key_points.match_strict_map_retrieval": round(found.strict_retrieval, 3),
        "key_points.match_relaxed_map_retrieval": round(found.relaxed_retrieval, 3),
        "key_points.match_s": seconds,
        "key_points.chosen_cover": round(cover, 3),
        "key_points.chosen_without_point": round(without, 3),
    }


def measure_screening() -> dict[str, Any]:
    texts, _ = topic_corpus(2_000, 5)
    stages: dict[str, Callable[[str], Any]] = {
        "personal_data": lambda text: personal_data(text, public_numbers=HELPLINES),
        "danger_words": danger_words,
        "spam_score": spam_score,
    }
    hits: dict[str, list[bool]] = {}
    for line in lines("details.txt"):
        kind, sentence = line.split("\t", 1)
        start, end = sentence.index("{"), sentence.index("}") - 1
        found = personal_data(sentence.replace("{", "").replace("}", ""))
        covered = sum(max(0, min(span.end, end) - max(span.start, start)) for span in found)
        hits.setdefault(kind, []).append(covered >= 0.9 * (end - start))
    core = [hit for kind, own in hits.items() if kind != "name" for hit in own]
    look_alikes = lines("look_alikes.txt")
    return {
        "details.recall": round(float(np.mean(core)), 3),
        "details.recall_by_kind": {k: round(float(np.mean(own)), 3) for k, own in hits.items()},
        "details.look_alikes_flagged": round(
            float(np.mean([bool(personal_data(text)) for text in look_alikes])), 3
        ),
        "details.helplines_flagged": sum(
            bool(personal_data(text, public_numbers=HELPLINES)) for text in WITH_HELPLINES
        ),
        "screening.texts_a_second": {
            name: round(len(texts) / timed(lambda call=call: [call(t) for t in texts])[1])
            for name, call in stages.items()
        },
    }


def measure_minority(seeds: int) -> dict[str, Any]:
    found = [is_reported(*planted(Random(seed))) for seed in range(seeds)]
    return {
        "minority.seeds": seeds,
        "minority.reported_of_a_hundred": round(100 * sum(found) / seeds, 1),
    }


def measure_sizes(names: list[str]) -> dict[str, Any]:
    """Whole reports. Two cores share the work of a report's tasks; here one does all, so the
    seconds to reach are twice those on two cores."""
    measures: dict[str, Any] = {}
    for name in names:
        one = measures[f"speed.{name}"] = analysis_sizes.measure(SIZES[name])
        if "seconds" in one:
            measures[f"speed.{name}_s"] = one["seconds"]
            measures[f"speed.{name}_mb"] = one["peak_memory_mb"]
    measured = [measures[f"speed.{name}"] for name in names if f"speed.{name}_s" in measures]
    if len(measured) > 1:
        first, last = measured[-2:]
        each = [one["seconds"] / one["contributions"] for one in (first, last)]
        measures["speed.growth"] = round(each[1] / each[0], 2)
    return measures


if __name__ == "__main__":
    main()
