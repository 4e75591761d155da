"""Deciding and taking back: one decision for one wording, exact undo, nothing leaked."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text

from dialogue.accounts.models import User
from dialogue.dialogues.models import Moderation, ModerationReason
from dialogue.kernel import audit, clock
from dialogue.kernel.audit import AuditEntry, AuditNote
from dialogue.kernel.db import db, transaction
from dialogue.kernel.errors import Conflict, FieldErrors, Forbidden, NotFound
from dialogue.kernel.outbox import OutboxEvent
from dialogue.moderation.commands import decisions
from dialogue.moderation.commands.decisions import AlreadyDecided
from dialogue.moderation.commands.queue import ensure_items
from dialogue.moderation.models import ModerationDecision, Outcome
from dialogue.participation.models import Choice, Contribution, Vote
from tests.moderation.world import WINDOW, World

# Rising numbers and the traces of acts; everything else an undo must restore.
TRACES = {
    "audit_entry",
    "audit_note",
    "audit_tail",
    "moderation_decision",
    "outbox_event",
    "outbox_delivery",
}
RISING = {"version"}


def everything(world: World) -> dict[str, list[dict[str, Any]]]:
    """Every row of the database that an undo must leave as it was before the decision."""
    rows = {}
    with world.context():
        for table in db.metadata.sorted_tables:
            if table.name in TRACES:
                continue
            rows[table.name] = sorted(
                (
                    {name: value for name, value in row._mapping.items() if name not in RISING}
                    for row in db.session.execute(select(table))
                ),
                key=str,
            )
        found = db.session.execute(
            text("SELECT kind, object_id, terms FROM search_document ORDER BY kind, object_id")
        )
        rows["search"] = [dict(row._mapping) for row in found]
    return rows


class TestApprove:
    def test_publishes_the_wording(self, world: World) -> None:
        contribution, revision = world.submit()
        world.decide(contribution)
        with world.context():
            idea = db.session.get_one(Contribution, contribution)
            assert (idea.state, idea.listed, idea.published_revision_id) == (
                "published",
                True,
                revision,
            )
        assert world.item(contribution).closed_at is not None

    def test_keeps_no_reason(self, world: World) -> None:
        contribution, _ = world.submit()
        world.decide(contribution, reason="spam", note="A note that belongs to a rejection")
        (decision,) = world.decisions_on(contribution)
        assert (decision.outcome, decision.reason_code, decision.note) == ("approved", "", "")

    def test_tells_of_it(self, world: World) -> None:
        contribution, _ = world.submit()
        decision = world.decide(contribution)
        with world.context():
            fields = db.session.scalars(
                select(OutboxEvent.fields).where(OutboxEvent.name == "DecisionMade")
            ).all()
        assert fields == [{"decision_id": decision}]

    def test_leaves_what_a_dialogue_shows_at_once_as_it_is(self, world: World) -> None:
        world.set(moderation=Moderation.AFTER)
        contribution, _ = world.submit()
        before = everything(world)
        world.decide(contribution)
        after = everything(world)
        assert {name for name in before if before[name] != after[name]} == {"queue_item"}


class TestReject:
    def test_keeps_the_wording_from_the_public(self, world: World) -> None:
        contribution, _ = world.submit()
        world.decide(contribution, Outcome.REJECTED, reason="spam")
        with world.context():
            idea = db.session.get_one(Contribution, contribution)
            assert (idea.state, idea.listed, idea.title) == ("rejected", False, "")

    def test_leaves_the_earlier_wording_public(self, world: World) -> None:
        contribution, revision = world.submit("First wording")
        world.decide(contribution)
        world.edit(contribution, "Second wording", "Words")
        world.decide(contribution, Outcome.REJECTED, reason="abuse")
        with world.context():
            idea = db.session.get_one(Contribution, contribution)
            assert (idea.state, idea.title, idea.published_revision_id) == (
                "published",
                "First wording",
                revision,
            )

    def test_hides_what_a_dialogue_showed_at_once(self, world: World) -> None:
        world.set(moderation=Moderation.AFTER)
        contribution, _ = world.submit()
        world.decide(contribution, Outcome.REJECTED, reason="spam")
        with world.context():
            idea = db.session.get_one(Contribution, contribution)
            assert (idea.state, idea.listed, idea.fragment) == ("hidden", False, "")

    @pytest.mark.parametrize(
        ("reason", "note", "field"),
        [
            ("", "", "reason"),
            ("no-such-reason", "", "reason"),
            ("other", "", "note"),
            ("other", "  \n ", "note"),
            ("spam", "x" * 501, "note"),
            ("spam", "half a character \ud800", "note"),
            ("spam", "a NUL \x00", "note"),
        ],
    )
    def test_needs_a_reason_that_holds(
        self, world: World, reason: str, note: str, field: str
    ) -> None:
        contribution, _ = world.submit()
        with pytest.raises(FieldErrors) as refused:
            world.decide(contribution, Outcome.REJECTED, reason=reason, note=note)
        assert list(refused.value.errors) == [field]
        assert world.decisions_on(contribution) == []

    def test_needs_a_reason_of_today(self, world: World) -> None:
        contribution, _ = world.submit()
        with world.context(), transaction():
            reason = db.session.scalars(
                select(ModerationReason).where(ModerationReason.code == "spam")
            ).one()
            reason.retired_at = clock.now()
        with pytest.raises(FieldErrors, match="not in the list any more"):
            world.decide(contribution, Outcome.REJECTED, reason="spam")

    def test_keeps_the_sentence_to_the_author(self, world: World) -> None:
        contribution, _ = world.submit()
        world.decide(contribution, Outcome.REJECTED, reason="other", note="Please say it kindly.")
        (decision,) = world.decisions_on(contribution)
        assert (decision.reason_code, decision.note) == ("other", "Please say it kindly.")


class TestDecideOnce:
    def test_tells_the_second_who_was_first(self, world: World) -> None:
        contribution, _ = world.submit()
        item = world.item(contribution)
        now = clock.now()
        world.decide(contribution, by=world.lee, now=now - timedelta(seconds=10))
        with pytest.raises(AlreadyDecided, match=r"^Already approved by Lee 10 s ago\.$"):
            world.decide(contribution, by=world.mo, version=item.version, now=now)

    def test_tells_of_another_wording(self, world: World) -> None:
        contribution, _ = world.submit()
        seen = world.item(contribution).version
        world.edit(contribution, "Another wording", "Words")
        with pytest.raises(Conflict, match="changed while you were reading"):
            world.decide(contribution, version=seen)
        assert world.decisions_on(contribution) == []

    def test_tells_of_another_wording_even_before_the_queue_shows_it(self, world: World) -> None:
        contribution, _ = world.submit()
        world.edit(contribution, "Another wording", "Words", screened=False)
        with pytest.raises(Conflict, match="changed while you were reading"):
            world.decide(contribution)
        with world.context():
            assert not db.session.get_one(Contribution, contribution).listed

    def test_refuses_what_was_withdrawn(self, world: World) -> None:
        contribution, _ = world.submit()
        world.withdraw(contribution)
        with pytest.raises(Conflict, match="Withdrawn"):
            world.decide(contribution)

    def test_refuses_ones_own_words(self, world: World) -> None:
        contribution, _ = world.submit(author=world.lee)
        with pytest.raises(Forbidden, match="Another moderator"):
            world.decide(contribution, by=world.lee)
        world.decide(contribution, by=world.mo)

    def test_hides_other_dialogues(self, world: World) -> None:
        contribution, _ = world.submit()
        item = world.item(contribution)
        with world.context(), pytest.raises(NotFound), transaction():
            decisions.decide(
                item_id=item.id,
                version=item.version,
                outcome=Outcome.APPROVED,
                reason_code="",
                note="",
                moderator=db.session.get_one(User, world.lee),
                scope=frozenset({world.dialogue + 1}),
                now=clock.now(),
            )

    def test_lets_exactly_one_of_two_moderators_decide(self, world: World) -> None:
        rounds = 100
        contributions = [world.submit(f"Idea {n}", screened=False)[0] for n in range(20)]
        with world.context(), transaction():
            ensure_items(scope=None)
        outcomes: list[str] = []
        refused: list[str] = []
        unexpected: list[BaseException] = []

        def act(start: threading.Barrier, contribution: int, by: int, approve: bool) -> None:
            try:
                start.wait(timeout=30)
                world.decide(
                    contribution,
                    Outcome.APPROVED if approve else Outcome.REJECTED,
                    reason="spam",
                    by=by,
                )
                outcomes.append("decided")
            except AlreadyDecided as problem:
                refused.append(str(problem.message))
            except BaseException as problem:
                unexpected.append(problem)

        for number in range(rounds):
            contribution = contributions[number % len(contributions)]
            start = threading.Barrier(2)
            both = [
                threading.Thread(target=act, args=(start, contribution, by, approve))
                for by, approve in ((world.lee, True), (world.mo, False))
            ]
            for thread in both:
                thread.start()
            for thread in both:
                thread.join(timeout=30)
            made = [d for d in world.decisions_on(contribution) if d.outcome != Outcome.UNDONE]
            assert not unexpected
            assert len(outcomes) == number + 1
            assert len(refused) == number + 1
            world.undo(made[-1].id)
        assert all("Already" in sentence for sentence in refused)


class TestUndo:
    @pytest.mark.parametrize("outcome", [Outcome.APPROVED, Outcome.REJECTED])
    def test_restores_a_new_idea_exactly(self, world: World, outcome: Outcome) -> None:
        contribution, _ = world.submit()
        before = everything(world)
        decision = world.decide(contribution, outcome, reason="spam")
        assert everything(world) != before
        world.undo(decision)
        assert everything(world) == before

    @pytest.mark.parametrize("outcome", [Outcome.APPROVED, Outcome.REJECTED])
    def test_restores_a_comment_exactly(self, world: World, outcome: Outcome) -> None:
        idea, _ = world.submit()
        world.decide(idea)
        comment, _ = world.comment(idea, "A good idea.")
        before = everything(world)
        world.undo(world.decide(comment, outcome, reason="spam"))
        assert everything(world) == before

    @pytest.mark.parametrize("outcome", [Outcome.APPROVED, Outcome.REJECTED])
    def test_restores_an_edited_idea_exactly(self, world: World, outcome: Outcome) -> None:
        contribution, _ = world.submit("First")
        world.decide(contribution)
        world.edit(contribution, "Second", "Words")
        world.decide(contribution)
        world.edit(contribution, "Third, never shown", "Words")
        world.edit(contribution, "Fourth", "Words")
        before = everything(world)
        world.undo(world.decide(contribution, outcome, reason="spam"))
        assert everything(world) == before
        with world.context():
            assert db.session.get_one(Contribution, contribution).title == "Second"

    def test_never_shows_a_wording_that_was_replaced_before_publication(self, world: World) -> None:
        contribution, _ = world.submit("My number is 555 014 2266")
        world.edit(contribution, "Without a number", "Words")
        world.undo(world.decide(contribution))
        with world.context():
            idea = db.session.get_one(Contribution, contribution)
            assert (idea.state, idea.listed, idea.title) == ("pending", False, "")

    @pytest.mark.parametrize("outcome", [Outcome.APPROVED, Outcome.REJECTED])
    def test_restores_what_was_shown_at_once_exactly(self, world: World, outcome: Outcome) -> None:
        world.set(moderation=Moderation.AFTER)
        contribution, _ = world.submit()
        before = everything(world)
        world.undo(world.decide(contribution, outcome, reason="spam"))
        assert everything(world) == before

    def test_keeps_the_votes_that_came_meanwhile(self, world: World) -> None:
        contribution, _ = world.submit()
        decision = world.decide(contribution)
        comment_author = world.comment(contribution, "So say I.")[0]
        with world.context(), transaction():
            voter = db.session.get_one(Contribution, comment_author).participant_id
            db.session.add(
                Vote(
                    idea_id=contribution,
                    participant_id=voter,
                    choice=Choice.DISAGREE,
                    at=clock.now(),
                )
            )
            db.session.get_one(Contribution, contribution).disagree += 1
        world.undo(decision)
        world.decide(contribution)
        with world.context():
            idea = db.session.get_one(Contribution, contribution)
            votes = db.session.scalar(
                select(func.count()).select_from(Vote).where(Vote.idea_id == contribution)
            )
            assert (idea.agree, idea.disagree, votes) == (1, 1, 2)

    def test_is_a_decision_of_its_own(self, world: World) -> None:
        contribution, _ = world.submit()
        decision = world.decide(contribution, by=world.lee)
        world.undo(decision, by=world.mo)
        made, undone = world.decisions_on(contribution)
        assert (made.outcome, made.undo_of_id) == ("approved", None)
        assert (undone.outcome, undone.undo_of_id) == ("undone", decision)
        assert undone.decided_by_id == world.mo

    def test_opens_the_way_for_another_decision(self, world: World) -> None:
        contribution, _ = world.submit()
        world.undo(world.decide(contribution))
        world.decide(contribution, Outcome.REJECTED, reason="spam")
        with world.context():
            assert db.session.get_one(Contribution, contribution).state == "rejected"

    def test_is_possible_to_the_last_second_and_no_longer(self, world: World) -> None:
        contribution, _ = world.submit()
        now = clock.now()
        decision = world.decide(contribution, now=now)
        with pytest.raises(Conflict, match="for 10 minutes"):
            world.undo(decision, now=now + WINDOW + timedelta(seconds=1))
        world.undo(decision, now=now + WINDOW)

    def test_is_possible_once(self, world: World) -> None:
        contribution, _ = world.submit()
        decision = world.decide(contribution)
        undone = world.undo(decision)
        with pytest.raises(Conflict, match="taken back already"):
            world.undo(decision)
        with pytest.raises(NotFound):
            world.undo(undone)

    def test_is_refused_when_another_wording_has_come(self, world: World) -> None:
        contribution, _ = world.submit()
        decision = world.decide(contribution)
        world.edit(contribution, "Another wording", "Words")
        with pytest.raises(Conflict, match="another wording since"):
            world.undo(decision)

    def test_is_refused_when_the_author_has_withdrawn_it(self, world: World) -> None:
        contribution, _ = world.submit()
        decision = world.decide(contribution)
        world.withdraw(contribution)
        with pytest.raises(Conflict, match="Withdrawn"):
            world.undo(decision)

    def test_is_refused_for_ones_own_words_and_other_dialogues(self, world: World) -> None:
        contribution, _ = world.submit(author=world.mo)
        decision = world.decide(contribution, by=world.lee)
        with pytest.raises(Forbidden):
            world.undo(decision, by=world.mo)
        with world.context(), pytest.raises(NotFound), transaction():
            decisions.undo(
                decision_id=decision,
                moderator=db.session.get_one(User, world.lee),
                scope=frozenset(),
                window=WINDOW,
                now=clock.now(),
            )

    def test_happens_once_when_two_ask_at_the_same_moment(self, world: World) -> None:
        done: list[int] = []
        refused: list[BaseException] = []

        def act(start: threading.Barrier, decision: int, by: int) -> None:
            start.wait(timeout=30)
            try:
                done.append(world.undo(decision, by=by))
            except Conflict as problem:
                refused.append(problem)

        for number in range(1, 11):
            contribution, _ = world.submit(f"Idea {number}")
            decision = world.decide(contribution)
            start = threading.Barrier(2)
            both = [
                threading.Thread(target=act, args=(start, decision, by))
                for by in (world.lee, world.mo)
            ]
            for thread in both:
                thread.start()
            for thread in both:
                thread.join(timeout=30)
            assert (len(done), len(refused)) == (number, number)


class TestAuditOfDecisions:
    def test_has_an_entry_for_each_act(self, world: World) -> None:
        first, _ = world.submit("One")
        second, _ = world.submit("Two")
        world.undo(world.decide(first), by=world.mo)
        world.decide(second, Outcome.REJECTED, reason="spam", note="Please write again.")
        with world.context():
            entries = db.session.scalars(select(AuditEntry).order_by(AuditEntry.seq)).all()
            assert [(entry.act, entry.subject, entry.actor) for entry in entries] == [
                ("decision.approved", f"contribution:{first}", f"user:{world.lee}"),
                ("decision.undone", f"contribution:{first}", f"user:{world.mo}"),
                ("decision.rejected", f"contribution:{second}", f"user:{world.lee}"),
            ]
            assert entries[2].codes["reason"] == "spam"
            assert audit.verify() == []

    def test_holds_nothing_of_what_people_wrote(self, world: World) -> None:
        contribution, _ = world.submit("Canary title", "Canary words of an author")
        world.undo(world.decide(contribution))
        world.decide(contribution, Outcome.REJECTED, reason="spam", note="A sentence of mine")
        with world.context():
            entries = db.session.execute(select(AuditEntry.__table__)).all()
            notes = db.session.scalars(select(AuditNote.note)).all()
            assert "anary" not in repr([tuple(row) for row in entries])
            assert notes == ["A sentence of mine"]

    def test_leaves_no_decision_without_one_when_the_act_fails(self, world: World) -> None:
        contribution, _ = world.submit()
        with pytest.raises(FieldErrors):
            world.decide(contribution, Outcome.REJECTED)
        with world.context():
            assert db.session.scalar(select(func.count()).select_from(AuditEntry)) == 0
            assert db.session.scalar(select(func.count()).select_from(ModerationDecision)) == 0
