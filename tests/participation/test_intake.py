"""Which words appear before anybody has read them: four policies of a dialogue."""

from __future__ import annotations

import pytest

from dialogue.participation.lifecycle import State
from tests.cast import Cast

HARMLESS = "A list that workers can read before they pay anyone."


def state(cast: Cast, contribution: int) -> str:
    return cast.contribution(contribution).state


class TestBeforePublication:
    def test_everything_waits(self, cast: Cast) -> None:
        cast.change(moderation="before")
        assert state(cast, cast.post_idea("Once more", HARMLESS)) == State.PENDING


class TestFirstContribution:
    def test_waits_and_later_ones_appear_at_once(self, cast: Cast) -> None:
        cast.change(moderation="first")
        first = cast.post_idea("The first of Ola", HARMLESS, by="ola")
        second = cast.post_idea("Written while the first one waits", HARMLESS, by="ola")
        assert state(cast, first) == state(cast, second) == State.PENDING
        cast.approve(first)
        assert state(cast, cast.post_idea("The third", HARMLESS, by="ola")) == State.PUBLISHED
        assert state(cast, cast.post_comment("And a comment", by="ola")) == State.PUBLISHED
        assert state(cast, cast.post_idea("Somebody new", HARMLESS, by="oz")) == State.PENDING

    def test_ends_being_trusted_with_a_rejection(self, cast: Cast) -> None:
        cast.change(moderation="first")
        assert state(cast, cast.post_idea("Of Ana, known here", HARMLESS)) == State.PUBLISHED
        decision = cast.reject(cast.waiting)
        assert state(cast, cast.post_idea("After the rejection", HARMLESS)) == State.PENDING
        cast.undo(decision)
        assert state(cast, cast.post_idea("After its undo", HARMLESS)) == State.PUBLISHED

    def test_counts_a_rejected_edit_too(self, cast: Cast) -> None:
        cast.change(moderation="before")
        cast.edit(cast.idea, "Another wording", HARMLESS)
        cast.reject(cast.idea)
        cast.change(moderation="first")
        assert state(cast, cast.idea) == State.PUBLISHED
        assert state(cast, cast.post_idea("After the edit", HARMLESS)) == State.PENDING


class TestRules:
    @pytest.mark.parametrize(
        "body",
        [
            "Call me at (312) 456-7890.",
            "Help me, I am locked in right now.",
            "Look at [this page](https://example.org/offer).",
            "Buy cheap crypto now!!! Click here, free money, limited offer, earn $5000 a week!!!",
        ],
    )
    def test_let_a_find_wait(self, cast: Cast, body: str) -> None:
        cast.change(moderation="rules")
        assert state(cast, cast.post_idea("Something is found here", body)) == State.PENDING

    def test_let_the_rest_appear_at_once(self, cast: Cast) -> None:
        cast.change(moderation="rules")
        assert state(cast, cast.post_idea("Nothing is found here", HARMLESS)) == State.PUBLISHED

    @pytest.mark.sqlite_only
    def test_let_an_edit_with_a_find_wait_while_the_earlier_wording_stays(self, cast: Cast) -> None:
        cast.change(moderation="rules")
        idea = cast.post_idea("Nothing is found here", HARMLESS)
        cast.edit(idea, "Nothing is found here", "Write to dale@farm.example.")
        found = cast.contribution(idea)
        assert (found.state, found.fragment) == (State.PUBLISHED, f"<p>{HARMLESS}</p>")


class TestWhatAModeratorRefused:
    @pytest.mark.parametrize("moderation", ["after", "rules"])
    def test_is_read_again_before_it_appears(self, cast: Cast, moderation: str) -> None:
        cast.edit(cast.idea, "Another wording", HARMLESS)
        cast.reject(cast.idea)
        cast.change(moderation=moderation)
        cast.edit(cast.idea, "A third wording", HARMLESS)
        assert cast.contribution(cast.idea).title != "A third wording"
