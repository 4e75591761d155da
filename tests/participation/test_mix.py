"""The fair mix: a new order each day in which nobody is forgotten."""

from __future__ import annotations

from datetime import date, timedelta

from dialogue.participation.tally import mix_key

DAY = date(2026, 11, 1)


class TestMixKey:
    def test_gives_the_same_order_all_day_and_another_tomorrow(self) -> None:
        def order(day: date) -> list[int]:
            return sorted(range(50), key=lambda idea: mix_key(idea, 10, 5.0, day, secret="ours"))

        assert order(DAY) == order(DAY)
        assert order(DAY) != order(DAY + timedelta(days=1))

    def test_is_another_one_where_the_secret_is_another(self) -> None:
        """So that nobody who knows an idea's number and the day works its votes out."""
        assert mix_key(1, 10, 5.0, DAY, secret="ours") != mix_key(1, 10, 5.0, DAY, secret="theirs")

    def test_fits_its_column_and_parts_ideas_however_many_votes_they_have(self) -> None:
        for votes in (0, 30, 2_000, 1_000_000):
            keys = [mix_key(idea, votes, 5.0, DAY, secret="ours") for idea in range(1_000)]
            assert all(-(2**31) < key <= 0 for key in keys)
            if votes < 10_000:
                assert len(set(keys)) > 990

    def test_brings_ideas_with_few_votes_and_new_ones_to_the_top_more_often(self) -> None:
        def wins(few: tuple[int, float], many: tuple[int, float]) -> int:
            days = (DAY + timedelta(days=n) for n in range(400))
            return sum(
                mix_key(1, *few, day, secret="ours") > mix_key(2, *many, day, secret="ours")
                for day in days
            )

        assert wins((3, 5.0), (48, 5.0)) > 280  # one chance in two would be 200
        assert wins((10, 1.0), (10, 5.0)) > 230
        assert 160 < wins((10, 5.0), (10, 5.0)) < 240
        assert wins((3, 5.0), (2_000, 5.0)) < 400  # also those with many come up
