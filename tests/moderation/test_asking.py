"""Items that people ask for: flagged, and disowned by their supposed authors."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from dialogue.kernel import clock, ids
from dialogue.kernel.db import db, transaction
from dialogue.moderation import tasks
from dialogue.moderation.models import Lane, QueueItem
from dialogue.moderation.queries import waiting
from dialogue.participation.models import (
    Contribution,
    Disown,
    Flag,
    FlagReason,
    Participant,
)
from tests.moderation.world import World


def flag(world: World, contribution: int, *, by: int, reason: str = FlagReason.UNRELATED) -> int:
    """A flag as the page for it leaves it."""
    with world.context(), transaction():
        person = db.session.scalar(
            select(Participant.id).where(
                Participant.user_id == by, Participant.dialogue_id == world.dialogue
            )
        )
        if person is None:
            row = Participant(
                dialogue_id=world.dialogue,
                user_id=by,
                public_name=f"person {by}",
                name_folded=f"person {by}",
                created_at=clock.now(),
            )
            db.session.add(row)
            db.session.flush()
            person = row.id
        found = db.session.get_one(Contribution, contribution)
        row_of = Flag(
            participant_id=person,
            contribution_id=contribution,
            revision_id=found.published_revision_id,
            reason=reason,
            note="Please look.",
            at=clock.now(),
        )
        db.session.add(row_of)
        db.session.flush()
        return row_of.id


def disown(world: World, contribution: int) -> int:
    with world.context(), transaction():
        row = Disown(
            contribution_id=contribution,
            digest=ids.digest(f"{contribution}"),
            asked_at=clock.now(),
            expires_at=clock.now() + timedelta(days=2),
            confirmed_at=clock.now(),
        )
        db.session.add(row)
        db.session.flush()
        return row.id


def react(world: World, flag_id: int) -> None:
    with world.context():
        tasks.raise_flagged(flag_id)


def published(world: World, title: str = "Something public", body: str = "Words") -> int:
    contribution, _revision = world.submit(title, body)
    world.decide(contribution)
    return contribution


class TestAFlag:
    def test_puts_what_is_public_into_its_lane_once(self, world: World) -> None:
        idea = published(world, body="Call (312) 456-7890.")
        first = flag(world, idea, by=world.ben)
        react(world, first)
        react(world, first)
        react(world, flag(world, idea, by=world.mo))
        with world.context():
            (row,) = waiting.waiting_items(
                None, lane=Lane.FLAGGED, after=None, moderator_id=world.lee, now=clock.now()
            )
            assert (row.reports, len(row.findings.details)) == (2, 1)
            assert waiting.counts(None).by_lane == {"flagged": 1}

    def test_about_danger_goes_to_the_safety_lane(self, world: World) -> None:
        idea = published(world)
        react(world, flag(world, idea, by=world.ben, reason=FlagReason.DANGER))
        assert world.item(idea).lane == Lane.SAFETY

    def test_stands_before_what_only_waits_and_after_danger(self, world: World) -> None:
        idea = published(world)
        world.submit("An older one", now=clock.now() - timedelta(days=2))
        world.submit("Help me", "I am locked in right now, help me.")
        react(world, flag(world, idea, by=world.ben))
        with world.context():
            rows = waiting.waiting_items(
                None, lane=None, after=None, moderator_id=world.lee, now=clock.now()
            )
        assert [row.lane for row in rows] == ["safety", "flagged", "new"]

    def test_keeps_its_lane_while_an_edit_waits(self, world: World) -> None:
        idea = published(world)
        react(world, flag(world, idea, by=world.ben))
        revision = world.edit(idea, "Another wording", "Words")
        item = world.item(idea)
        assert (item.lane, item.revision_id) == (Lane.FLAGGED, revision)

    def test_is_found_by_the_sweep_and_gone_when_it_is_taken_back(self, world: World) -> None:
        idea = published(world)
        found = flag(world, idea, by=world.ben)
        with world.context():
            tasks.sweep()
            tasks.sweep()
        assert world.item(idea).lane == Lane.FLAGGED
        with world.context(), transaction():
            db.session.get_one(Flag, found).withdrawn_at = clock.now()
        with world.context():
            tasks.sweep()
        assert world.item(idea).closed_at is not None

    @pytest.mark.sqlite_only
    def test_taken_back_before_anybody_heard_of_it_changes_nothing(self, world: World) -> None:
        idea = published(world)
        found = flag(world, idea, by=world.ben)
        with world.context(), transaction():
            db.session.get_one(Flag, found).withdrawn_at = clock.now()
        react(world, found)
        assert world.item(idea).lane == Lane.NEW

    @pytest.mark.sqlite_only
    def test_on_what_its_author_withdrew_leaves_no_item(self, world: World) -> None:
        idea = published(world)
        react(world, flag(world, idea, by=world.ben))
        world.withdraw(idea)
        with world.context():
            assert waiting.counts(None).waiting == 0
            tasks.sweep()
            open_ones = select(QueueItem.id).where(QueueItem.closed_at.is_(None))
            assert db.session.scalars(open_ones).all() == []


class TestADisownedContribution:
    def test_waits_in_its_lane_though_nobody_can_see_it(self, world: World) -> None:
        idea = published(world)
        found = disown(world, idea)
        with world.context(), transaction():
            row = db.session.get_one(Contribution, idea)
            row.listed, row.state = False, "hidden"
        with world.context():
            tasks.raise_disowned(found)
            tasks.raise_disowned(found)
            tasks.sweep()
            assert waiting.counts(None).by_lane == {"disowned": 1}
