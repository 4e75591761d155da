"""Votes cast, changed and taken back while ideas are hidden, locked, merged and taken apart again:
after each act every count is what a plain record of the votes says, and what the rows say."""

from __future__ import annotations

from collections import Counter
from typing import Any

from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as some
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from dialogue.dialogues.models import Dialogue
from dialogue.kernel import clock
from dialogue.kernel.db import db
from dialogue.kernel.errors import DomainError
from dialogue.participation.commands import merging, publication
from dialogue.participation.lifecycle import Verb
from dialogue.participation.models import Choice, Contribution
from dialogue.participation.queries import integrity
from tests.cast import assemble, empty
from tests.participation.recount import problems

PEOPLE = ("ana", "ben", "oz", "lee")
IDEAS = 4
PUBLIC, HIDDEN = "published", "hidden"


def machine(app: Flask, acts: Counter[str]) -> type[RuleBasedStateMachine]:
    """Four people and four ideas; beside the product, a record that knows nothing of it."""

    class Votes(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            empty(app)
            self.cast = assemble(app)
            self.ideas = [self.cast.idea]
            for number in range(IDEAS - 1):
                self.ideas.append(self.cast.post_idea(f"Idea {number}", "Words"))
                self.cast.approve(self.ideas[-1])
            # (idea, person) → (when, choice); authors agree with their own ideas.
            self.votes: dict[tuple[int, str], tuple[int, Choice]] = {
                (idea, "ana"): (place, Choice.AGREE) for place, idea in enumerate(self.ideas)
            }
            self.now = IDEAS
            self.stands = dict.fromkeys(self.ideas, PUBLIC)
            self.parent: dict[int, int] = {}  # what each was merged into, merged itself or not
            self.locked: set[int] = set()

        def root(self, idea: int) -> int:
            while idea in self.parent:
                idea = self.parent[idea]
            return idea

        def family(self, root: int) -> list[int]:
            return [idea for idea in self.ideas if self.root(idea) == root]

        def newest(self, root: int, person: str) -> Choice | None:
            given = [
                self.votes[(idea, person)]
                for idea in self.family(root)
                if (idea, person) in self.votes
            ]
            return max(given)[1] if given else None

        def expected(self, idea: int) -> tuple[int, int, int]:
            if idea in self.parent:  # its own votes alone, while it lives on elsewhere
                counted = Counter(
                    choice for (of, _who), (_at, choice) in self.votes.items() if of == idea
                )
            else:
                counted = Counter(self.newest(idea, person) for person in PEOPLE)
            return counted[Choice.AGREE], counted[Choice.DISAGREE], counted[Choice.PASS]

        def does(self, name: str, may: bool, act: Any) -> bool:
            """Carry an act out; it is refused exactly when the record says so."""
            acts[name if may else f"{name}, refused"] += 1
            try:
                act()
            except DomainError as refusal:
                assert not may, refusal
                assert refusal.status in {404, 409}
                return False
            assert may, f"{name} was not refused"
            return True

        @initialize()
        def begin_with_each_act(self) -> None:
            """Chance may leave one out for a whole run."""
            for person, choice in zip(PEOPLE, (Choice.AGREE, Choice.DISAGREE), strict=False):
                self.vote(person, 0, choice)
            self.hide_or_restore(number=0, seldom=True)
            self.hide_or_restore(number=0, seldom=True)
            self.merge(number=0, other=1)
            self.unmerge(number=0)

        @rule(
            given=some.lists(
                some.tuples(
                    some.sampled_from(PEOPLE),
                    some.integers(0, IDEAS - 1),
                    some.sampled_from([*Choice, None]),
                ),
                min_size=1,
                max_size=4,
            )
        )
        def some_votes(self, given: list[tuple[str, int, Choice | None]]) -> None:
            for person, number, choice in given:
                self.vote(person, number, choice)

        def vote(self, person: str, number: int, choice: Choice | None) -> None:
            idea = self.ideas[number]
            root = self.root(idea)
            before = self.newest(root, person)
            name = "take back" if choice is None else "change" if before else "cast"
            may = self.stands[root] == PUBLIC and root not in self.locked
            if not self.does(name, may, lambda: self.cast.vote(choice, by=person, on=idea)):
                return
            self.now += 1
            if choice is None:
                for member in self.family(root):
                    self.votes.pop((member, person), None)
            elif choice != before:
                self.votes[(root, person)] = (self.now, choice)

        @rule(number=some.integers(0, IDEAS - 1), seldom=some.booleans())
        def hide_or_restore(self, number: int, seldom: bool) -> None:
            idea = self.ideas[number]
            if idea in self.parent or (self.stands[idea] == PUBLIC and not seldom):
                return
            with self.cast.writing():
                if self.stands[idea] == PUBLIC:
                    publication.take_out(contribution_id=idea, verb=Verb.HIDE, now=clock.now())
                else:
                    publication.restore(contribution_id=idea, now=clock.now())
            self.stands[idea] = HIDDEN if self.stands[idea] == PUBLIC else PUBLIC
            acts["hide" if self.stands[idea] == HIDDEN else "restore"] += 1

        @rule(number=some.integers(0, IDEAS - 1), seldom=some.booleans())
        def lock_or_open(self, number: int, seldom: bool) -> None:
            idea = self.ideas[number]
            if idea not in self.locked and not seldom:
                return
            with self.cast.writing():
                found = db.session.get_one(Contribution, idea)
                found.locked_at = None if idea in self.locked else clock.now()
            self.locked ^= {idea}
            acts["lock" if idea in self.locked else "unlock"] += 1

        @rule(number=some.integers(0, IDEAS - 1), other=some.integers(0, IDEAS - 1))
        def merge(self, number: int, other: int) -> None:
            idea, named = self.ideas[number], self.ideas[other]
            root = self.root(named)
            may = (
                idea != root
                and idea not in self.parent
                and self.stands[idea] == PUBLIC
                and self.stands[root] == PUBLIC
            )

            def act() -> None:
                with self.cast.writing():
                    found = db.session.get_one(Contribution, idea)
                    merging.merge(
                        idea_id=idea,
                        into_id=named,
                        revision_id=found.published_revision_id or 0,
                        now=clock.now(),
                    )

            if self.does("merge", may, act):
                self.parent[idea] = root

        @rule(number=some.integers(0, IDEAS - 1))
        def unmerge(self, number: int) -> None:
            idea = self.ideas[number]

            def act() -> None:
                with self.cast.writing():
                    merging.unmerge(idea_id=idea, now=clock.now())

            if self.does("unmerge", idea in self.parent, act):
                del self.parent[idea]

        @invariant()
        def every_count_is_what_the_record_says(self) -> None:
            acts["checked"] += 1
            for idea in self.ideas:
                found = self.cast.contribution(idea)
                counts = (found.agree, found.disagree, found.passed)
                assert counts == self.expected(idea), (idea, self.parent, self.votes)
            public = [
                idea
                for idea in self.ideas
                if idea not in self.parent and self.stands[idea] == PUBLIC
            ]
            cast = self.cast.read(
                lambda: db.session.get_one(Dialogue, self.cast.dialogue).votes_cast
            )
            assert cast == sum(sum(self.expected(idea)) for idea in public)
            assert self.cast.read(problems) == []

        def teardown(self) -> None:
            assert self.cast.read(lambda: integrity.altered({}, None)) == []

    return Votes


class TestVotes:
    def test_are_counted_whatever_happens_to_their_ideas(self, app: Flask) -> None:
        """Run it with -s to read how often each rule was carried out and refused."""
        app.config["IDEAS_PER_DAY"] = 10_000
        acts: Counter[str] = Counter()
        run_state_machine_as_test(  # type: ignore[no-untyped-call]  # hypothesis has none
            machine(app, acts),
            settings=settings(
                max_examples=4,
                stateful_step_count=25,
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
        checked = acts.pop("checked")
        print(f"{sum(acts.values())} acts, counted again {checked} times: {dict(acts)}")
        assert {"cast", "change", "take back", "merge", "unmerge", "hide", "restore"} <= set(acts)
