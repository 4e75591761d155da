"""How text and queries are cut, without a database."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogue.search.parser import MOST_PARTS, Query, parse
from dialogue.search.terms import index_terms, query_terms


class TestIndexTerms:
    def test_are_folded_words(self) -> None:
        assert index_terms("Café-owners’ E-MAIL, 2nd!") == [
            "cafe", "owners", "e", "mail", "2nd",
        ]  # fmt: skip

    def test_are_pairs_in_scripts_without_spaces(self) -> None:
        assert index_terms("優步車 UberX在") == ["優步", "步車", "車", "uberx", "在"]

    def test_keep_the_vowel_signs_of_a_word(self) -> None:
        assert index_terms("हिन्दी में") == ["हिन्दी", "में"]

    @given(st.text(st.characters(max_codepoint=127)))
    def test_of_ascii_are_those_of_the_long_way(self, text: str) -> None:
        """A letter that is no ASCII takes the long way and adds its own term at the end."""
        assert index_terms(text) == index_terms(f"{text} ж")[:-1]

    def test_leave_symbols_and_emoji_out(self) -> None:
        assert index_terms("💡 $5 <b>") == ["5", "b"]


class TestParse:
    @pytest.mark.parametrize(
        ("typed", "meant"),
        [
            ("visa permits", Query(words=("visa", "permits"))),
            ("visa AND", Query(words=("visa", "and"))),
            ('"open', Query(words=("open",))),
            ("NEAR(", Query(words=("near",))),
            ('"text line" now', Query(words=("now",), phrases=(("text", "line"),))),
            ("“text line”", Query(phrases=(("text", "line"),))),
            ("-fee", Query(excluded=(("fee",),))),
            ('visa -"text line"', Query(words=("visa",), excluded=(("text", "line"),))),
            ("e-mail", Query(phrases=(("e", "mail"),))),
            ("優步", Query(words=("優步",))),
            ("優步車", Query(phrases=(("優步", "步車"),))),
            ("優步uber", Query(phrases=(("優步", "步", "uber"),))),
            ("visa VISA visá", Query(words=("visa",))),
            ("", Query()),
            ('"" - * ^ : {a', Query(words=("a",))),
            ("title:visa", Query(phrases=(("title", "visa"),))),
            ("' OR 1=1 --", Query(words=("or",), phrases=(("1", "1"),))),
        ],
    )
    def test_reads_what_people_type(self, typed: str, meant: Query) -> None:
        assert parse(typed) == meant

    def test_is_false_when_there_is_nothing_to_look_for(self) -> None:
        assert not parse(' "!" - ')
        assert parse("-fee")

    def test_reads_no_more_than_a_few_parts(self) -> None:
        query = parse(" ".join(f"w{n}" for n in range(200)))
        assert len(query.words) == MOST_PARTS

    @given(st.text(max_size=60))
    def test_never_raises(self, typed: str) -> None:
        query = parse(typed)
        for term in (*query.words, *(t for phrase in query.phrases for t in phrase)):
            assert not set(term) & set("\"'\\ ():*&|!<>")

    @given(st.text(alphabet="ab優步 -'é", max_size=30))
    def test_cuts_a_whole_text_as_the_index_does(self, text: str) -> None:
        terms, indexed = query_terms(text), index_terms(text)
        assert indexed[: len(terms)] == terms
