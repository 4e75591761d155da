"""Opinion groups beside the published ones and red-dwarf: agreement, votes held out, speed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from bench import memory, references
from bench.threads import one_thread_only, timed
from dialogue.analysis.opinions import find_groups
from dialogue.analysis.statistics import adjusted_rand
from tests.analysis.polis_files import CONVERSATIONS, read_conversation

REACHABLE = 0.8  # where no method agrees so well, the published border is one of several as good
MINUTES = 10  # that ten million votes may take, by the clock
_HIDDEN = 0.1  # part of the votes
_ROUNDS = 3


def measure_groups(folder: Path) -> dict[str, Any]:
    each = {name: _compared(folder / name) for name in CONVERSATIONS}
    clear = [one for one in each.values() if max(one["ari"], one["red_dwarf"]["ari"]) >= REACHABLE]
    predicted = [one["held_out"]["of_published"] for one in each.values()]
    return {
        "groups.held_out_least_of_published": min(predicted),
        "groups.held_out_mean_of_published": round(float(np.mean(predicted)), 3),
        "groups.mean_ari": round(float(np.mean([one["ari"] for one in clear])), 3),
        "groups.mean_ari_red_dwarf": round(
            float(np.mean([one["red_dwarf"]["ari"] for one in clear])), 3
        ),
        "groups.least_ahead_of_red_dwarf": round(
            min(one["ari"] - one["red_dwarf"]["ari"] for one in clear), 3
        ),
        "groups.least_times_faster_than_red_dwarf": round(
            min(one["red_dwarf"]["seconds"] / one["seconds"] for one in each.values()), 1
        ),
        "groups.conversations": each,
    }


def _compared(folder: Path) -> dict[str, Any]:
    votes, voted, published, removed = read_conversation(folder)
    k = len(set(published) - {-1})
    found, seconds = timed(lambda: find_groups(votes, voted, removed=removed, k=k))
    both = (published >= 0) & (found.labels >= 0)
    cast = sp.coo_array(voted)
    triples = zip(cast.row.tolist(), cast.col.tolist(), strict=True)
    theirs, their_seconds = references.run(
        "red-dwarf",
        {
            "votes": [[i, j, int(votes[i, j])] for i, j in triples],
            "removed": list(map(int, removed)),
            "k": k,
        },
    )
    labels = np.array([theirs.get(str(person), -1) for person in range(votes.shape[0])])
    there = (published >= 0) & (labels >= 0)
    return {
        "red_dwarf": {
            "ari": round(adjusted_rand(published[there], labels[there]), 3),
            "seconds": their_seconds,
        },
        "ari": round(adjusted_rand(published[both], found.labels[both]), 3),
        "stability": round(found.stability, 3),
        "silhouette": round(found.silhouette, 3),
        "clear": found.clear,
        "held_out": _held_out(votes, voted, published, removed, k),
        "k_by_silhouette": find_groups(votes, voted, removed=removed).k,
        "seconds": seconds,
    }


def _held_out(
    votes: sp.csr_array,
    voted: sp.csr_array,
    published: NDArray[np.int64],
    removed: list[int],
    k: int,
) -> dict[str, float]:
    """How well a group's other votes tell a vote that was hidden, beside the published groups.

    A tenth of the votes that agree or disagree is hidden, three times. A person's vote is taken to
    be what most of the group say among those whose vote is not hidden; where that is even, what
    most of all say. The published groups were made with the hidden votes, ours without.
    """
    rng = np.random.default_rng(0)
    right: dict[str, list[float]] = {"ours": [], "published": [], "without_groups": []}
    for _round in range(_ROUNDS):
        cast = sp.coo_array(votes)
        hidden = (rng.random(cast.data.size) < _HIDDEN) & (cast.data != 0)
        rows, columns, values = cast.row[hidden], cast.col[hidden], cast.data[hidden]
        seen, was_cast = sp.lil_array(votes), sp.lil_array(voted)
        seen[rows, columns] = 0
        was_cast[rows, columns] = False
        rest = sp.csr_array(seen)
        ours = find_groups(rest, sp.csr_array(was_cast), removed=removed, k=k).labels
        asked = (published[rows] >= 0) & (ours[rows] >= 0)
        rows, columns, values = rows[asked], columns[asked], values[asked]
        for name, labels in (
            ("ours", ours),
            ("published", published),
            ("without_groups", np.zeros_like(published)),
        ):
            sums = _group_sums(rest, labels)
            said = np.sign(sums[labels[rows], columns])
            said = np.where(said == 0, np.sign(rest.sum(axis=0)[columns]), said)
            right[name].append(float((said == values).mean()))
    means = {name: round(float(np.mean(scores)), 3) for name, scores in right.items()}
    return means | {"of_published": round(means["ours"] / means["published"], 3)}


def _group_sums(votes: sp.csr_array, labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """(n_groups, n_statements) agreeing less disagreeing votes."""
    inside = np.flatnonzero(labels >= 0)
    ones = np.ones(inside.size, dtype=np.int64)
    shape = (int(labels.max()) + 1, labels.size)
    sums: NDArray[np.int64] = (
        sp.csr_array((ones, (labels[inside], inside)), shape=shape) @ votes.astype(np.int64)
    ).toarray()
    return sums


def measure_many_votes() -> dict[str, Any]:
    """Ten million votes, in a program of its own: its memory is theirs alone."""
    command = [sys.executable, "-m", "bench.analysis_groups"]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=True, timeout=60 * MINUTES
        )
    except subprocess.TimeoutExpired:
        return {"groups.ten_million_votes": f"not done within {MINUTES} minutes"}
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def main() -> None:
    """200 000 people × 2 000 statements, 51 votes each, three planted groups."""
    one_thread_only("bench.analysis_groups")
    rng = np.random.default_rng(0)
    people, statements, each = 200_000, 2_000, 51
    profile = rng.choice([0.1, 0.5, 0.9], size=(3, statements))
    truth = rng.integers(0, 3, people)
    cells = np.unique(
        np.repeat(np.arange(people), each) * statements + rng.integers(0, statements, people * each)
    )
    rows, columns = cells // statements, cells % statements
    values = np.where(rng.random(cells.size) < profile[truth[rows], columns], 1, -1).astype(np.int8)
    votes = sp.csr_array((values, (rows, columns)), shape=(people, statements))
    voted = sp.csr_array((np.ones(cells.size, dtype=bool), (rows, columns)), shape=votes.shape)
    del cells, rows, columns, values  # what a caller has are the matrices
    memory.forget()
    found, seconds = timed(lambda: find_groups(votes, voted))
    there = found.labels >= 0
    figures = {
        "groups.ten_million_votes_s": seconds,
        "groups.ten_million_votes_ari": round(adjusted_rand(truth[there], found.labels[there]), 3),
        "groups.ten_million_votes_mb": memory.peak_mb(),
    }
    json.dump(figures, sys.stdout)


if __name__ == "__main__":
    main()
