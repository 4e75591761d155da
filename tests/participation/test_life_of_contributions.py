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
from dialogue.moderation.commands import appeals
from dialogue.moderation.models import ModerationDecision, Outcome
from dialogue.moderation.queries.outcomes import reason_given
from dialogue.participation.commands import helping
from dialogue.participation.lifecycle import TRANSITIONS, State, Verb, after
from dialogue.participation.models import Choice, Contribution, Kind, Participant
from dialogue.participation.redaction import HiddenKind
from tests.cast import Cast, assemble, empty
from tests.participation.recount import problems

WRITERS = ("ana", "ben", "oz")
WORDS = ("new", "words")
IN_PLACE = (
    Outcome.HIDDEN,
    Outcome.OFF_TOPIC,
    Outcome.BINNED,
    Outcome.LOCKED,
    Outcome.UNLOCKED,
    Outcome.COMMENTS_CLOSED,
)
OUT_OF_SIGHT = (State.HIDDEN, State.OFF_TOPIC, State.BINNED)


def machine(app: Flask, moderation: str) -> type[RuleBasedStateMachine]:
    """People who act at random in one dialogue that is moderated before publication or after."""

    class Life(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            empty(app)
            self.cast = assemble(app)
            self.cast.approve(self.cast.post_idea("A new list", "Words of another", by="ben"))
            self.cast.change(moderation=moderation)

        def some_of(self, kind: Kind | None, number: int, *states: State) -> int | None:
            """One contribution or another: where it is fit in one of these states, and for the
            highest number whatever its state."""

            def pick() -> int | None:
                query = select(Contribution.id).order_by(Contribution.id.desc()).limit(6)
                if kind:
                    query = query.where(Contribution.kind == kind)
                if states and number < 5:
                    query = query.where(Contribution.state.in_(states))
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
            on = self.some_of(Kind.IDEA, number, State.PUBLISHED)
            to = self.some_of(Kind.COMMENT, number, State.PUBLISHED) if reply else None
            self.attempt(self.cast.post_comment, "Something to say", on=on, by=by, reply_to=to)

        @rule(number=some.integers(0, 5), approve=some.booleans())
        def decide(self, number: int, approve: bool) -> None:
            found = self.some_of(None, number, State.PENDING, State.PUBLISHED)
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

        @rule(number=some.integers(0, 5), goes=some.sampled_from((False, False, True)))
        def edit_or_withdraw(self, number: int, goes: bool) -> None:
            found = self.some_of(None, number)
            if found is not None and goes:
                self.attempt(self.cast.withdraw, found)
            elif found is not None:
                self.attempt(self.cast.edit, found, "Said better in new words", "Other words")

        @rule(by=some.sampled_from(WRITERS), number=some.integers(0, 5), yes=some.booleans())
        def find_helpful(self, by: str, number: int, yes: bool) -> None:
            found = self.some_of(Kind.COMMENT, number)
            if found is not None:
                self.attempt(mark_helpful, self.cast, by, found, yes)

        @rule(number=some.integers(0, 5), outcome=some.sampled_from(IN_PLACE))
        def act_in_place(self, number: int, outcome: Outcome) -> None:
            """Moderators act on what is there already."""
            found = self.some_of(None, number, State.PUBLISHED)
            if found is not None:
                self.attempt(self.cast.decide, outcome, found, reason="crime_claim")

        @rule(number=some.integers(0, 5))
        def bring_back(self, number: int) -> None:
            found = self.some_of(None, number, *OUT_OF_SIGHT)
            if found is not None:
                self.attempt(self.cast.decide, Outcome.RESTORED, found)

        @rule(number=some.integers(0, 5), waits=some.booleans(), word=some.sampled_from(WORDS))
        def hide_words(self, number: int, waits: bool, word: str) -> None:
            found = self.some_of(None, number, State.PENDING if waits else State.PUBLISHED)
            if found is not None:
                decide = self.cast.decide_waiting if waits else self.cast.decide
                words = ((word, HiddenKind.OTHER),)
                self.attempt(decide, Outcome.REDACTED, found, words=words)

        @rule(number=some.integers(0, 5), other=some.integers(0, 5), waits=some.booleans())
        def merge(self, number: int, other: int, waits: bool) -> None:
            idea = self.some_of(Kind.IDEA, number, State.PENDING if waits else State.PUBLISHED)
            into = self.some_of(Kind.IDEA, number + 1 + other, State.PUBLISHED)
            if idea is not None:
                decide = self.cast.decide_waiting if waits else self.cast.decide
                self.attempt(decide, Outcome.MERGED, idea, into_id=into)

        @rule(number=some.integers(0, 5))
        def take_out_of_a_merge(self, number: int) -> None:
            idea = self.some_of(Kind.IDEA, number, State.MERGED)
            if idea is not None:
                self.attempt(self.cast.decide, Outcome.UNMERGED, idea)

        @rule(number=some.integers(0, 5), granted=some.booleans())
        def look_again(self, number: int, granted: bool) -> None:
            """Its author appeals against the last decision, and another moderator answers."""
            found = self.some_of(None, number)
            if found is not None:
                self.attempt(appeal, self.cast, found, granted)

        @rule(
            by=some.sampled_from((*WRITERS, "lee")),
            number=some.integers(0, 5),
            choice=some.sampled_from([*Choice, None]),
        )
        def vote(self, by: str, number: int, choice: Choice | None) -> None:
            on = self.some_of(Kind.IDEA, number, State.PUBLISHED, State.MERGED)
            self.attempt(self.cast.vote, choice, by=by, on=on)

        @invariant()
        def counts_hold_and_only_what_is_published_is_listed(self) -> None:
            found = self.cast.read(problems)
            assert not found, found

    return Life


def appeal(cast: Cast, contribution_id: int, granted: bool) -> None:
    with cast.writing():
        found = db.session.get_one(Contribution, contribution_id)
        author = db.session.get_one(Participant, found.participant_id).user_id
        made = reason_given(contribution_id, clock.now())
        if made is None or author is None:
            return
        asked = appeals.ask_about_decision(
            decision_id=made.decision_id, user_id=author, words="Look again.", now=clock.now()
        )
        appeals.answer(
            item_id=asked.item_id,
            version=1,
            granted=granted,
            words="Looked again.",
            moderator=db.session.get_one(User, cast.people["ada"]),
            scope=None,
            now=clock.now(),
        )


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
        run_state_machine_as_test(  # type: ignore[no-untyped-call]  # hypothesis has none
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
