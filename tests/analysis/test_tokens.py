"""Tokens: the same rules in every script, offsets that fit, ids that do not depend on order."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogue.analysis.numbering import mix, number
from dialogue.analysis.tokens import all_spans, fold, spans, tokenise
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
        for place, text in enumerate(texts):
            found = [fold(text[start:end]) for start, end in spans(text)]
            assert found == [tokens.vocabulary[word] for word in tokens.of(place)]

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

    @given(
        st.lists(st.text(alphabet="ab'’ _É\u0301ß²中ไ\u0e31<b>🙂\ud800\n", max_size=20), max_size=6)
    )
    def test_finds_in_many_texts_what_it_finds_in_one(self, texts):
        found = [[tuple(place) for place in places.tolist()] for places in all_spans(texts)]
        assert found == [spans(text) for text in texts]
        assert tokenise(texts).lengths.tolist() == [len(places) for places in found]

    def test_gives_the_same_for_more_than_is_looked_at_together(self):
        texts = [f"{'word ' * 90_000}no{number} don't" for number in range(6)]
        together = tokenise(texts)
        for place, text in enumerate(texts):
            alone = tokenise([text])
            here = [together.vocabulary[word] for word in together.of(place)[-3:]]
            assert here == [alone.vocabulary[word] for word in alone.ids[-3:]]
            assert together.lengths[place] == alone.lengths[0] == 90_002

    def test_tells_words_apart_that_were_made_to_share_a_key(self):
        one, other = two_words_of_one_key()
        tokens = tokenise([f"{one} {other} {one}", "don't"])
        assert [tokens.vocabulary[word] for word in tokens.of(0)] == [
            fold(one),
            fold(other),
            fold(one),
        ]


class TestNumber:
    @given(st.lists(st.integers(0, 9), max_size=40), st.integers(1, 400))
    def test_gives_equal_keys_one_number_and_different_ones_two(self, some, times):
        keys = mix(np.array(some * times, dtype=np.uint64))
        numbers, firsts = number(keys)
        assert sorted(set(numbers.tolist())) == list(range(len(set(some))))
        assert (keys[firsts][numbers] == keys).all()
        assert len({*zip(keys.tolist(), numbers.tolist(), strict=True)}) == len(set(some))

    def test_does_so_for_more_than_it_looks_at_together(self):
        keys = mix(np.arange(8_400_000, dtype=np.uint64) // np.uint64(3))
        numbers, firsts = number(keys)
        assert firsts.size == 2_800_000 and (keys[firsts][numbers] == keys).all()


def two_words_of_one_key():
    """Sixteen letters each, whose keys in `Scan` are equal: the second halves undo the first."""
    letters = np.frombuffer(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", "u1")
    differences = {int(a ^ b): (int(a), int(b)) for a in letters for b in letters}
    rng = np.random.default_rng(0)
    halves = rng.choice(letters, size=(2, 200_000, 8))
    keys = mix(mix(np.zeros(1, dtype=np.uint64)) ^ halves.copy().view("<u8")[..., 0])
    gaps = (keys[0] ^ keys[1]).view("u1").reshape(-1, 8)
    at = int(np.flatnonzero(np.isin(gaps, list(differences)).all(axis=1))[0])
    ends = [differences[int(gap)] for gap in gaps[at]]
    return [
        bytes(halves[side, at].tolist() + [end[side] for end in ends]).decode() for side in (0, 1)
    ]
