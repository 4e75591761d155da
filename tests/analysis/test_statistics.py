"""Intervals, tests and indices against values known from elsewhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogue.analysis.statistics import adjusted_rand, gini, top_share, two_proportion_z, wilson

COUNTS = st.lists(st.integers(0, 1000), min_size=1, max_size=60)


class TestWilson:
    def test_gives_the_textbook_interval(self):
        share = wilson(8, 10)
        assert (round(share.low, 4), round(share.high, 4)) == (0.4902, 0.9433)

    def test_says_that_nothing_is_known_without_votes(self):
        assert wilson(0, 0).to_dict() == {
            "count": 0,
            "of": 0,
            "share": 0.0,
            "low": 0.0,
            "high": 1.0,
        }

    def test_refuses_more_successes_than_trials(self):
        with pytest.raises(ValueError, match="between 0 and n"):
            wilson(3, 2)

    @given(st.integers(0, 10**6), st.integers(1, 10**6))
    def test_encloses_the_share(self, successes, more):
        share = wilson(successes, successes + more)
        assert 0 <= share.low <= share.share <= share.high <= 1


class TestTwoProportionZ:
    def test_is_positive_where_the_first_share_is_larger(self):
        assert two_proportion_z(40, 50, 10, 50) > 3 > 0 > two_proportion_z(10, 50, 40, 50)

    def test_equals_the_pooled_formula(self):
        # The difference of 41 and 11 in 52 over the pooled standard error.
        assert two_proportion_z(40, 50, 10, 50) == pytest.approx(5.8835, abs=1e-4)


class TestConcentration:
    def test_is_zero_when_all_are_equal(self):
        assert gini([3, 3, 3, 3]) == pytest.approx(0)

    def test_is_three_quarters_when_one_of_four_has_everything(self):
        assert gini([0, 0, 0, 8]) == pytest.approx(0.75)

    def test_gives_the_share_of_the_busiest_hundredth(self):
        assert top_share([1] * 99 + [101]) == pytest.approx(0.505)

    @given(COUNTS)
    def test_does_not_depend_on_order(self, counts):
        assert gini(counts) == gini(sorted(counts)) and 0 <= gini(counts) < 1
        assert top_share(counts) == top_share(counts[::-1])

    def test_copes_with_nobody(self):
        assert gini([]) == 0 and top_share([]) == 0


class TestAdjustedRand:
    def test_ignores_the_names_of_groups(self):
        assert adjusted_rand([0, 0, 1, 1], [7, 7, 3, 3]) == 1

    def test_equals_a_hand_worked_example(self):
        assert adjusted_rand([0, 0, 0, 1, 1, 1], [0, 0, 1, 1, 2, 2]) == pytest.approx(
            0.2424, abs=1e-4
        )

    def test_is_about_zero_for_unrelated_groupings(self):
        assert adjusted_rand([0, 1] * 50, [0] * 50 + [1] * 50) == pytest.approx(0, abs=0.02)
