"""Differences by words: both texts come back from them, whatever they are, and quickly."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from dialogue.analysis.differences import Change, differences


def shown(before: str, after: str) -> str:
    marks = {Change.SAME: "{}", Change.REMOVED: "[-{}-]", Change.ADDED: "[+{}+]"}
    return "".join(marks[piece.change].format(piece.text) for piece in differences(before, after))


class TestDifferences:
    @pytest.mark.parametrize(
        ("before", "after", "expected"),
        [
            ("", "", ""),
            ("same words", "same words", "same words"),
            ("", "new", "[+new+]"),
            ("old", "", "[-old-]"),
            ("Print the number", "Print the hotline number", "Print the [+hotline +]number"),
            (
                "Ask the boss. Then wait.",
                "Ask a union. Then wait.",
                "Ask [-the boss-][+a union+]. Then wait.",
            ),
            ("don't go", "don't stay", "don't [-go-][+stay+]"),
            ("電話番号を書く", "電話番号を印刷する", "電話番号を[-書く-][+印刷する+]"),
            ("one\ntwo", "one\n\ntwo", "one[-\n-][+\n\n+]two"),
        ],
    )
    def test_name_what_went_and_what_came(self, before: str, after: str, expected: str) -> None:
        assert shown(before, after) == expected

    @settings(max_examples=60)
    @given(some.text(alphabet="ab .\n", max_size=60), some.text(alphabet="ab .\n", max_size=60))
    def test_give_both_texts_back(self, before: str, after: str) -> None:
        pieces = differences(before, after)
        same_or = {Change.SAME, Change.REMOVED}
        assert "".join(p.text for p in pieces if p.change in same_or) == before
        same_or = {Change.SAME, Change.ADDED}
        assert "".join(p.text for p in pieces if p.change in same_or) == after

    @pytest.mark.parametrize("unit", ["a ", "ab", "a.", "ü", "書"])
    def test_take_no_long_time_for_any_text(self, unit: str) -> None:
        long = (unit * 10_000)[:10_000]
        began = time.process_time()
        differences(long + "x", "y" + long[1:])
        differences(long, long[::-1])
        assert time.process_time() - began < 1.5
