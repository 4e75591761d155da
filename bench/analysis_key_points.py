"""Scores key points against human ones (ArgKP): matching by mean average precision, choosing by
coverage."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


@dataclass
class ArgumentGroup:
    """Arguments of one motion and stance with the key points that people wrote for them."""

    topic: str
    ids: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    point_ids: list[str] = field(default_factory=list)
    points: list[str] = field(default_factory=list)
    expresses: dict[tuple[str, str], bool] = field(default_factory=dict)  # only where people agreed


def read_arguments(folder: Path) -> list[ArgumentGroup]:
    groups: dict[tuple[str, str], ArgumentGroup] = {}
    for part in ("train", "dev"):
        labels = {
            (row["arg_id"], row["key_point_id"]): row["label"] == "1"
            for row in _rows(folder / f"labels_{part}.csv")
        }
        for row in _rows(folder / f"arguments_{part}.csv"):
            group = groups.setdefault((row["topic"], row["stance"]), ArgumentGroup(row["topic"]))
            group.ids.append(row["arg_id"])
            group.texts.append(row["argument"])
        for row in _rows(folder / f"key_points_{part}.csv"):
            group = groups[row["topic"], row["stance"]]
            group.point_ids.append(row["key_point_id"])
            group.points.append(row["key_point"])
        for group in groups.values():
            for argument in group.ids:
                for point in group.point_ids:
                    if (argument, point) in labels:
                        group.expresses[argument, point] = labels[argument, point]
    return list(groups.values())


@dataclass(frozen=True)
class MatchPrecision:
    """Mean average precision over topics and stances; pairs on which people did not agree count as
    wrong (strict) or right (relaxed).

    strict, relaxed: as the shared task on key point analysis of 2021 describes it and its published
    script counts it. …_retrieval: the same times the part of right pairs, as a script does that
    later work on the same data used; it also punishes having few right ones to rank.
    """

    strict: float
    relaxed: float
    strict_retrieval: float
    relaxed_retrieval: float


def precision_of_matches(
    groups: Sequence[ArgumentGroup],
    match: Callable[[Sequence[str], Sequence[str]], NDArray[np.float64]],
) -> MatchPrecision:
    """Pair each argument with its best key point, keep the surer half, rank by score.

    "1. For evaluation purposes, each argument will be paired with the highest scoring key point
    assigned to it (randomly chosen in case of a tie). 2. 50% of above-described pairs, with lowest
    matching score, will be removed from the evaluation process. … we choose to evaluate only on top
    50% of the pairs for each motion and stance. 3. Precision for remaining pairs will be calculated
    based on labeled data. … pairs of argument and key point with undecided labeling … are excluded
    from the labeled data. In the strict evaluation score, these pairs will be considered as no
    match in ground truth, and in the relaxed evaluation score they will be considered as match.
    4. … macro-average …" (github.com/IBM/KPA_2021_shared_task, README, Track 1, and
    code/track_1_kp_matching.py at 028be09: int(n · 0.5) pairs, average_precision_score, 0 without a
    right pair; Friedman et al. 2021, "Overview of the 2021 Key Point Analysis Shared Task").
    Here the first of tied points is taken, so that the figure is the same each time.
    """
    strict, relaxed, strict_retrieval, relaxed_retrieval = [], [], [], []
    for group in groups:
        scores = match(group.texts, group.points)
        best = scores.argmax(axis=1)
        top = scores[np.arange(best.size), best]
        order = np.argsort(-top, kind="stable")[: best.size // 2]
        said = [group.expresses.get((group.ids[i], group.point_ids[best[i]])) for i in order]
        for plain, retrieval, unknown in (
            (strict, strict_retrieval, False),
            (relaxed, relaxed_retrieval, True),
        ):
            right = np.array([unknown if value is None else value for value in said])
            plain.append(_average_precision(right, top[order]))
            retrieval.append(plain[-1] * right.mean())
    kinds = (strict, relaxed, strict_retrieval, relaxed_retrieval)
    return MatchPrecision(*(float(np.mean(kind)) for kind in kinds))


def coverage(
    groups: Sequence[ArgumentGroup], choose: Callable[[Sequence[str], int], list[int]]
) -> tuple[float, float]:
    """(part of human key points, by prevalence, that the chosen express; part expressing none).

    As many texts are chosen as people wrote key points.
    """
    covered, without = [], []
    for group in groups:
        prevalence = Counter(point for (_, point), right in group.expresses.items() if right)
        chosen = choose(group.texts, len(group.points))
        held = [
            {p for p in group.point_ids if group.expresses.get((group.ids[i], p))} for i in chosen
        ]
        found = set().union(*held)
        covered.append(sum(prevalence[p] for p in found) / sum(prevalence.values()))
        without.append(np.mean([not points for points in held]))
    return float(np.mean(covered)), float(np.mean(without))


def _average_precision(right: NDArray[np.bool_], scores: NDArray[np.float64]) -> float:
    """Equal scores are one step, so the order among them does not matter."""
    if not right.any():
        return 0.0
    ends = np.append(np.flatnonzero(np.diff(scores)), scores.size - 1)
    hits = np.cumsum(right)[ends]
    recall = np.concatenate([[0.0], hits / right.sum()])
    return float(np.sum(np.diff(recall) * hits / (ends + 1)))


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))
