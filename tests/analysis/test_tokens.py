"""Tokens: the same rules in every script, offsets that fit, ids that do not depend on order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogue.analysis.tokens import fold, spans, tokenise
from tests.analysis.made_up_texts import SCRIPTS


def words(text):
    tokens = tokenise([text])
    return [tokens.vocabulary[number] for number in tokens.ids]


class TestTokenise:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            (
                "Don’t stop the <b>Workers</b>' rights",
                ["don't", "stop", "the", "workers", "rights"],
            ),
            ("STRASSE Straße", ["strasse", "strasse"]),
            ("ﬁne １２３", ["fine", "123"]),
            ("Cafe\u0301 café", ["café", "café"]),
            ("हिन्दी में", ["हिन्दी", "में"]),
            ("العَرَبِيَّة لغة", ["العَرَبِيَّة", "لغة"]),
            ("你好世界 hello 东", ["你好", "好世", "世界", "hello", "东"]),
            ("한국어 텍스트", ["한국어", "텍스트"]),
            ("a < b and c > d", ["a", "b", "and", "c", "d"]),
            ("", []),
            (" … !? ", []),
        ],
    )
    def test_cuts_words_or_character_pairs(self, text, expected):
        assert words(text) == expected

    def test_shows_a_word_as_it_is_mostly_written(self):
        tokens = tokenise(["Visa visa Visa", "VISA"])
        assert tokens.vocabulary == ("visa",) and tokens.display == ("Visa",)

    @pytest.mark.parametrize("script", SCRIPTS)
    def test_finds_words_in_every_script(self, script):
        assert len(words(SCRIPTS[script])) >= 6

    @given(st.lists(st.text(max_size=60), max_size=6))
    def test_gives_offsets_for_the_same_tokens(self, texts):
        tokens = tokenise(texts)
        for number, text in enumerate(texts):
            found = [fold(text[start:end]) for start, end in spans(text)]
            assert found == [tokens.vocabulary[word] for word in tokens.of(number)]

    @given(st.text(alphabet=st.characters(max_codepoint=127), max_size=80))
    def test_cuts_plain_text_as_it_cuts_any_other(self, text):
        """A letter from elsewhere changes which rule is used, and nothing else."""
        alone, beside = words(text), words(f"{text} é")
        assert beside == [*alone, "é"]

    @given(st.lists(st.text(alphabet="ab 中文<>'", max_size=20), max_size=6))
    def test_numbers_words_the_same_in_any_order_of_texts(self, texts):
        forward, backward = tokenise(texts), tokenise(texts[::-1])
        assert forward.vocabulary == backward.vocabulary
        assert (forward.hashes() == backward.hashes()).all()
