"""Key points: the chosen cover what is said, matching finds the point that a text expresses."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogue.analysis.keypoints import Weights, choose, expressed, match
from tests.analysis.made_up_texts import SCRIPTS, topic_corpus

POINTS = [
    "Contracts must be written in the worker's language",
    "Employers should not hold passports",
    "Inspectors have to come without notice",
]
TEXTS = [
    "Every worker should get the contract in a language they read",
    "No boss may keep a passport in his desk",
    "If inspectors announce their visit everything is cleaned before they come",
    "The bus to town runs only on Sundays",
]


class TestChoose:
    def test_takes_one_text_from_each_subject_before_a_second(self):
        texts, subjects = topic_corpus(200, 1)
        chosen = choose(texts, 4)
        assert {subjects[index] for index in chosen} == set(subjects)

    def test_prefers_what_many_say(self):
        texts = [
            "Wages must be paid every week without deductions",
            "Please pay wages each week and without any deductions",
            "Weekly wages without deductions should be the rule",
            "The cafeteria should serve better coffee in winter",
        ]
        assert choose(texts, 1)[0] in {0, 1, 2}

    def test_is_not_moved_by_copies(self):
        texts, _ = topic_corpus(60, 2)
        chosen = choose(texts + [texts[5]] * 30, 8)
        assert len({(texts + [texts[5]] * 30)[index] for index in chosen}) == 8

    def test_leaves_out_fragments_and_essays_when_it_can(self):
        texts = ["Pay", "word " * 80, "Workers need contracts in their own language"]
        assert choose(texts, 3) == [2]

    def test_never_gives_more_than_there_is(self):
        assert choose([], 3) == [] and choose(["Pay on time"], 0) == []
        assert choose(["Pay on time"], 3) == [0]
        assert choose(["", "!"], 2) == []

    @pytest.mark.parametrize("script", SCRIPTS)
    def test_works_in_every_script(self, script):
        assert choose([SCRIPTS[script]], 1) == [0]

    def test_chooses_the_same_texts_in_any_order(self):
        texts, _ = topic_corpus(80, 3)
        shuffled = texts[:]
        random.Random(4).shuffle(shuffled)
        assert {texts[i] for i in choose(texts, 6)} == {shuffled[i] for i in choose(shuffled, 6)}

    @settings(max_examples=40, deadline=None)
    @given(st.lists(st.text(alphabet="ab c中", max_size=30), max_size=15), st.integers(0, 6))
    def test_gives_distinct_indices_for_any_texts(self, texts, m):
        chosen = choose(texts, m)
        assert len(set(chosen)) == len(chosen) <= m
        assert all(0 <= index < len(texts) for index in chosen)


class TestMatch:
    def test_gives_the_highest_score_to_the_point_that_is_expressed(self):
        scores = match(TEXTS, POINTS)
        assert scores[:3].argmax(axis=1).tolist() == [0, 1, 2]
        assert scores[3].max() < scores[:3].max(axis=1).min()

    def test_gives_one_to_the_point_itself(self):
        assert np.allclose(np.diag(match(POINTS, POINTS)), 1)

    def test_has_a_row_a_text_and_a_column_a_point(self):
        assert match([], POINTS).shape == (0, 3) and match(TEXTS, []).shape == (4, 0)
        assert match(["", "…"], POINTS).tolist() == [[0, 0, 0]] * 2

    @settings(max_examples=30, deadline=None)
    @given(st.lists(st.text(max_size=30), max_size=6), st.lists(st.text(max_size=30), max_size=4))
    def test_stays_between_zero_and_one(self, texts, points):
        scores = match(texts, points)
        assert scores.shape == (len(texts), len(points))
        assert ((scores >= 0) & (scores <= 1)).all()


class TestWeights:
    @pytest.mark.parametrize("size", [1, 7, 50])
    def test_give_the_same_scores_in_portions_of_any_size(self, size):
        texts, _ = topic_corpus(50, 4)
        weights = Weights(texts[:30])
        whole = weights.match(texts, POINTS)
        parts = [weights.match(texts[at : at + size], POINTS) for at in range(0, 50, size)]
        assert np.array_equal(np.concatenate(parts), whole)

    def test_count_a_word_that_was_never_seen_as_the_rarest(self):
        weights = Weights([f"the wages of crew number {n}" for n in range(20)])
        scores = weights.match(["the glasshouse", "the wages"], ["the glasshouse wages"])
        assert scores[0, 0] > scores[1, 0] > 0


class TestExpressed:
    SCORES = np.array([[0.3, 0.25, 0], [0.15, 0.1, 0], [0.15, 0.02, 0], [0.05, 0, 0]])

    def test_takes_what_is_near_enough_and_what_is_nearest_by_far(self):
        found = expressed(self.SCORES, sure=0.2, nearer=0.1)
        assert found.tolist() == [
            [True, True, False],
            [False, False, False],
            [True, False, False],
            [False, False, False],
        ]

    def test_does_not_ask_what_is_nearest_where_nothing_else_is(self):
        assert not expressed(self.SCORES[1:, :1], sure=0.2, nearer=0.1).any()
        assert expressed(np.zeros((0, 3)), sure=0.2, nearer=0.1).shape == (0, 3)
