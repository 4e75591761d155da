"""What is marked in a text is what was looked for, in every script."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dialogue.search.marking import Piece, hits, marked, snippet
from dialogue.search.parser import parse
from dialogue.search.terms import index_terms, located_terms
from tests.search.test_search import FOUND, TEXTS


def shown(text: str, typed: str) -> list[str]:
    return [piece.text for piece in marked(text, parse(typed)) if piece.hit]


class TestLocatedTerms:
    @given(st.text(alphabet=st.characters(codec="utf-8"), max_size=60))
    @example("½ visa ²x ﬁne Straße ŒUVRE e\u0301te\u0301 İstanbul")
    @example("ｶﾞｲﾄﾞ 車車 uberx自用車")
    def test_stand_inside_the_text_in_order(self, text: str) -> None:
        place = 0
        for term in located_terms(text):
            assert place <= term.start < term.end <= len(text)
            place = term.start

    @pytest.mark.parametrize("text", TEXTS.values())
    def test_are_the_terms_that_are_indexed(self, text: str) -> None:
        assert [term.term for term in located_terms(text)] == index_terms(text)


class TestHits:
    @pytest.mark.parametrize("typed", FOUND)
    def test_are_there_exactly_where_something_is_found(self, typed: str) -> None:
        query = parse(typed)
        if not (query.words or query.phrases):
            return
        for number in FOUND[typed]:
            assert hits(TEXTS[number], query), (typed, TEXTS[number])

    def test_are_whole_words_and_whole_phrases(self) -> None:
        assert shown("Visas are lost; a visa card", "visa") == ["Visas", "visa"]
        assert shown("Put a text line. Line of text", '"text line"') == ["text line"]
        assert shown("Café CAFÉ cafes", "cafe") == ["Café", "CAFÉ", "cafes"]
        assert shown("UberX 自用車載客", "用車") == ["用車"]
        assert shown("one -two", "one -two") == ["one"]
        assert shown("visa visa", "visa card vis") == ["visa", "visa"]

    @given(st.text(max_size=80), st.text(max_size=20))
    def test_leave_every_text_as_it_is(self, text: str, typed: str) -> None:
        whole = "".join(piece.text for piece in marked(text, parse(typed)))
        assert whole == " ".join(text.split())


class TestASnippet:
    def test_shows_the_first_hit_with_what_stands_around_it(self) -> None:
        text = "word " * 100 + "needle " + "more " * 100
        pieces = snippet(text, parse("needle"), 100)
        assert [piece.text for piece in pieces if piece.hit] == ["needle"]
        line = "".join(piece.text for piece in pieces)
        assert line.startswith("… word")
        assert line.endswith("more …")
        assert len(line) < 200

    def test_without_a_hit_is_the_beginning(self) -> None:
        assert snippet("Some words", parse("needle"), 100) == (Piece("Some words"),)
        assert snippet("", parse("needle"), 100) == ()

    @given(st.text(max_size=400), st.text(max_size=10), st.integers(1, 100))
    def test_is_part_of_the_text(self, text: str, typed: str, length: int) -> None:
        line = "".join(piece.text for piece in snippet(text, parse(typed), length))
        assert line.removeprefix("… ").removesuffix(" …") in " ".join(text.split())
