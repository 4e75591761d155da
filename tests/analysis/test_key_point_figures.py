"""The figures of matching are those of the shared task, on an example worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from bench.analysis_key_points import ArgumentGroup, precision_of_matches

# Best point of each argument and its score; of six arguments the surer three count.
SCORES = np.array([[0.9, 0.1], [0.2, 0.8], [0.7, 0.0], [0.6, 0.1], [0.1, 0.5], [0.4, 0.3]])
# Right, wrong, and a pair on which people did not agree (it has no label).
LABELS = {("a0", "p0"): True, ("a1", "p1"): False, ("a3", "p0"): True, ("a4", "p1"): True}


def group(expresses: dict[tuple[str, str], bool]) -> ArgumentGroup:
    ids = [f"a{n}" for n in range(6)]
    return ArgumentGroup("Motion", ids, ids, ["p0", "p1"], ["p0", "p1"], expresses)


class TestPrecisionOfMatches:
    def test_is_average_precision_of_the_surer_half(self) -> None:
        found = precision_of_matches([group(LABELS)], lambda _texts, _points: SCORES)
        # strict: right, wrong, wrong → precision 1 at the only right one
        assert found.strict == pytest.approx(1.0)
        # relaxed: right, wrong, right → (1/1 + 2/3) / 2
        assert found.relaxed == pytest.approx(5 / 6)
        # times the part of right ones, 1 of 3 and 2 of 3
        assert found.strict_retrieval == pytest.approx(1 / 3)
        assert found.relaxed_retrieval == pytest.approx(5 / 9)

    def test_takes_equal_scores_as_one_step(self) -> None:
        tied = np.where(SCORES == 0.8, 0.9, SCORES)
        found = precision_of_matches([group(LABELS)], lambda _texts, _points: tied)
        # the right and the wrong one come together: precision 1/2 where the right one is found
        assert found.strict == pytest.approx(1 / 2)

    def test_is_the_mean_over_groups_and_nothing_where_none_is_right(self) -> None:
        none = dict.fromkeys(LABELS, False) | {("a2", "p0"): False}
        found = precision_of_matches([group(LABELS), group(none)], lambda _texts, _points: SCORES)
        assert found.strict == pytest.approx(1 / 2)
        assert found.relaxed == pytest.approx(5 / 12)
