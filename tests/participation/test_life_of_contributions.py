"""Whatever people and moderators do, in whatever order: the counts hold, and only what is
published is listed."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from dialogue.accounts.models import User
from dialogue.dialogues.models import Dialogue
from dialogue.kernel import clock
from dialogue.kernel.db import db
from dialogue.kernel.errors import DomainError
from dialogue.moderation.models import ModerationDecision, Outcome
from dialogue.participation.commands import helping
from dialogue.participation.lifecycle import TRANSITIONS, State, Verb, after
from dialogue.participation.models import Choice, Contribution, Kind
from tests.cast import Cast, assemble, empty
from tests.participation.recount import problems

WRITERS = ("ana", "ben", "oz")


def machine(app: Flask, moderation: str) -> type[RuleBasedStateMachine]:
    """People who act at random in one dialogue that is moderated before publication or after."""

    class Life(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            empty(app)
            self.cast = assemble(app)
            self.cast.change(moderation=moderation)

        def some_of(self, kind: Kind | None, number: int) -> int | None:
            """One contribution or another, whatever its state."""

            def pick() -> int | None:
                query = select(Contribution.id).order_by(Contribution.id.desc()).limit(6)
                if kind:
                    query = query.where(Contribution.kind == kind)
                ids = db.session.scalars(query).all()
                return ids[number % len(ids)] if ids else None

            return self.cast.read(pick)

        def attempt(self, act: Any, *given: Any, **named: Any) -> None:
            """Acts that the rules refuse change nothing; the invariants see to that."""
            try:
                act(*given, **named)
            except DomainError as refusal:
                assert refusal.status in {403, 404, 409, 422, 429}
            except LookupError:
                pass

        @rule(by=some.sampled_from(WRITERS))
        def post_an_idea(self, by: str) -> None:
            self.attempt(self.cast.post_idea, "Something new", "Words", by=by)

        @rule(by=some.sampled_from(WRITERS), number=some.integers(0, 5), reply=some.booleans())
        def comment(self, by: str, number: int, reply: bool) -> None:
            on = self.some_of(Kind.IDEA, number)
            to = self.some_of(Kind.COMMENT, number) if reply else None
            self.attempt(self.cast.post_comment, "Something to say", on=on, by=by, reply_to=to)

        @rule(number=some.integers(0, 5), approve=some.booleans())
        def decide(self, number: int, approve: bool) -> None:
            found = self.some_of(None, number)
            if found is not None:
                self.attempt(self.cast.approve if approve else self.cast.reject, found)

        @rule(number=some.integers(0, 3))
        def undo(self, number: int) -> None:
            decisions = self.cast.read(
                lambda: db.session.scalars(
                    select(ModerationDecision.id).order_by(ModerationDecision.id.desc()).limit(4)
                ).all()
            )
            if decisions:
                self.attempt(self.cast.undo, decisions[number % len(decisions)])

        @rule(number=some.integers(0, 5))
        def edit(self, number: int) -> None:
            found = self.some_of(None, number)
            if found is not None:
                self.attempt(self.cast.edit, found, "Said better", "Other words")

        @rule(number=some.integers(0, 5))
        def withdraw(self, number: int) -> None:
            found = self.some_of(None, number)
            if found is not None:
                self.attempt(self.cast.withdraw, found)

        @rule(by=some.sampled_from(WRITERS), number=some.integers(0, 5), yes=some.booleans())
        def find_helpful(self, by: str, number: int, yes: bool) -> None:
            found = self.some_of(Kind.COMMENT, number)
            if found is not None:
                self.attempt(mark_helpful, self.cast, by, found, yes)

        @rule(
            number=some.integers(0, 5),
            outcome=some.sampled_from(
                (Outcome.HIDDEN, Outcome.RESTORED, Outcome.OFF_TOPIC, Outcome.BINNED)
            ),
        )
        def move(self, number: int, outcome: Outcome) -> None:
            """Moderators act on what is there already."""
            found = self.some_of(None, number)
            if found is not None:
                self.attempt(self.cast.decide, outcome, found, reason="crime_claim")

        @rule(
            by=some.sampled_from((*WRITERS, "lee")),
            number=some.integers(0, 5),
            choice=some.sampled_from([*Choice, None]),
        )
        def vote(self, by: str, number: int, choice: Choice | None) -> None:
            self.attempt(self.cast.vote, choice, by=by, on=self.some_of(Kind.IDEA, number))

        @invariant()
        def counts_hold_and_only_what_is_published_is_listed(self) -> None:
            found = self.cast.read(problems)
            assert not found, found

    return Life


def mark_helpful(cast: Cast, name: str, comment_id: int, is_helpful: bool) -> None:
    with cast.writing():
        helping.mark_helpful(
            dialogue=db.session.get_one(Dialogue, cast.dialogue),
            comment_id=comment_id,
            user=db.session.get_one(User, cast.people[name]),
            is_helpful=is_helpful,
            now=clock.now(),
        )


class TestTheLifeOfContributions:
    @pytest.mark.parametrize("moderation", ["before", "after"])
    def test_keeps_every_count_whatever_happens(self, app: Flask, moderation: str) -> None:
        app.config["IDEAS_PER_DAY"] = app.config["COMMENTS_PER_HOUR"] = 10_000
        run_state_machine_as_test(  # type: ignore[no-untyped-call]
            machine(app, moderation),
            settings=settings(
                max_examples=4,
                stateful_step_count=20,
                deadline=None,
                derandomize=True,
                database=None,
                suppress_health_check=list(HealthCheck),
            ),
        )

    def test_is_one_table_without_ways_out_of_it(self) -> None:
        for state in State:
            for verb in Verb:
                if (state, verb) in TRANSITIONS:
                    assert after(state, verb) in State
                else:
                    with pytest.raises(DomainError) as refusal:
                        after(state, verb)
                    assert refusal.value.status == 409
        assert not [verb for state, verb in TRANSITIONS if state is State.WITHDRAWN]

    def test_notices_when_a_count_is_wrong(self, app: Flask) -> None:
        """The recount of these tests does find what it is there to find."""
        cast = assemble(app)
        assert cast.read(problems) == []
        for change in (
            "UPDATE contribution SET agree = agree + 1 WHERE id = :idea",
            "UPDATE dialogue SET votes_cast = votes_cast + 1",
            "UPDATE dialogue SET people_active = people_active + 1",
            "UPDATE dialogue_topic SET ideas_published = 7",
            "UPDATE contribution SET comments = 9 WHERE id = :idea",
            "UPDATE contribution SET helpful = 2 WHERE id = :idea",
            "UPDATE contribution SET title = 'Other words' WHERE id = :idea",
            "DELETE FROM search_document WHERE object_id = :idea",
            "UPDATE revision SET state = 'waiting'",
        ):
            found: list[str] = []
            with pytest.raises(_Undo), cast.writing():
                statement = change.replace(":idea", str(cast.idea))
                db.session.connection().exec_driver_sql(statement)
                found = problems()
                raise _Undo
            assert found, change
        assert cast.read(problems) == []


class _Undo(Exception):
    """Rolls a planted fault back."""
