"""Counting: which texts are one and the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogue.reports.sections.counting import folded


class TestFolded:
    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("Pay us!", "  pay   US"),
            ("snake_case-words", "Snake case words"),
            ("Straße １２", "STRASSE 12"),
            ("x² é", "X2 E\u0301"),
        ],
    )
    def test_is_the_same_where_only_form_differs(self, one: str, other: str) -> None:
        assert folded(one) == folded(other)

    @given(st.text(alphabet=st.characters(max_codepoint=127), max_size=30))
    def test_treats_plain_text_as_any_other(self, text: str) -> None:
        """A letter from elsewhere changes the way, not the result."""
        words = folded(text) if any(c.isalnum() for c in text) else ""
        assert folded(f"é {text}") == f"é {words}".strip()
