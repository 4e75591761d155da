"""Quotations: where the sentences of a text lie."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from dialogue.reports.sections.quotes import sentences

ENDS = ".!?。！？"


class TestSentences:
    def test_end_with_a_sign_or_a_line(self) -> None:
        wording = "Pay us. Why not?\n- No heating\n\n 工人。需要 "
        assert [wording[start:end] for start, end in sentences(wording)] == [
            "Pay us.",
            "Why not?",
            "- No heating",
            "工人。",
            "需要",
        ]

    @given(st.text(alphabet="ab .!。\n\t\u2003", max_size=30))
    def test_hold_every_letter_once_and_no_border_inside(self, wording: str) -> None:
        found = sentences(wording)
        pieces = [wording[start:end] for start, end in found]
        assert "".join("".join(pieces).split()) == "".join(wording.split())
        assert all(end <= start for (_, end), (start, _) in pairwise(found))
        for piece in pieces:
            assert piece == piece.strip() != ""
            assert not any(sign in piece[:-1] for sign in [*ENDS, "\n"])
