"""What stands in the queue, in which lane, and that nothing is ever missing from it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from dialogue.accounts.models import User
from dialogue.dialogues.models import Moderation
from dialogue.kernel import clock
from dialogue.kernel.db import db, transaction
from dialogue.kernel.errors import Conflict, NotFound
from dialogue.moderation.commands import queue
from dialogue.moderation.models import Lane, QueueItem
from dialogue.moderation.queries import waiting
from dialogue.moderation.screening import RISK_DANGER, RISK_NONE, RISK_VISIBLE_DETAILS
from dialogue.moderation.tasks import screen, sweep
from tests.moderation.world import World, waiting_directly


def items(world: World) -> int:
    with world.context():
        return db.session.scalar(select(func.count()).select_from(QueueItem)) or 0


class TestScreen:
    def test_opens_an_item_for_a_new_idea(self, world: World) -> None:
        contribution, revision = world.submit()
        item = world.item(contribution)
        assert (item.lane, item.risk, item.revision_id) == (Lane.NEW, RISK_NONE, revision)
        assert item.screened_at is not None

    def test_opens_one_item_however_often_it_runs(self, world: World) -> None:
        contribution, revision = world.submit()
        before = world.item(contribution)
        with world.context():
            for _ in range(10):
                screen(contribution, revision)
        assert items(world) == 1
        assert world.item(contribution).version == before.version

    def test_stores_kinds_and_places_but_no_words(self, world: World) -> None:
        contribution, _ = world.submit(
            body="Call Dale at (555) 014-2266 or write dale@whitcombefarms.example"
        )
        signals = world.item(contribution).signals
        assert [row[3] for row in signals["details"]] == ["phone", "email"]
        assert "2266" not in json.dumps(signals)
        assert "whitcombe" not in json.dumps(signals)

    def test_never_reports_the_helplines_of_the_site_and_the_dialogue(self, world: World) -> None:
        world.set(helplines=[{"name": "Line", "phone": "(202) 555-0188", "text": "55512"}])
        contribution, _ = world.submit(
            body="Call 1-888-373-7888, 202.555.0188, 202 555 0143 or write help@dialogues.example"
        )
        assert world.item(contribution).signals["details"] == []

    def test_finds_an_address_behind_a_link(self, world: World) -> None:
        contribution, _ = world.submit(body="Ask [the boss](mailto:dale@farm.example) about it.")
        assert world.item(contribution).signals["details"] == [["text", 4, 12, "email"]]

    def test_puts_words_of_danger_into_the_safety_lane(self, world: World) -> None:
        contribution, _ = world.submit(body="I am locked in and cannot get out. Please help me.")
        item = world.item(contribution)
        assert (item.lane, item.risk) == (Lane.SAFETY, RISK_DANGER)

    def test_puts_an_edit_of_a_published_idea_into_the_edited_lane(self, world: World) -> None:
        contribution, _ = world.submit()
        world.decide(contribution)
        revision = world.edit(contribution, "Check recruiters", "Another wording")
        item = world.item(contribution)
        assert (item.lane, item.revision_id, items(world)) == (Lane.EDITED, revision, 2)

    def test_shows_the_newer_wording_in_the_place_of_the_older(self, world: World) -> None:
        contribution, _ = world.submit(body="Call (555) 014-2266")
        before = world.item(contribution)
        revision = world.edit(contribution, "Check recruiters", "Without a number")
        after = world.item(contribution)
        assert after.id == before.id
        assert after.revision_id == revision
        assert after.since == before.since
        assert after.version == before.version + 1
        assert after.signals["details"] == []

    def test_does_nothing_for_a_wording_that_was_decided(self, world: World) -> None:
        contribution, revision = world.submit()
        world.decide(contribution)
        with world.context():
            screen(contribution, revision)
        assert items(world) == 1

    def test_does_nothing_for_a_wording_that_was_replaced(self, world: World) -> None:
        contribution, revision = world.submit(screened=False)
        newer = world.edit(contribution, "Newer", "Words")
        with world.context():
            screen(contribution, revision)
        assert world.item(contribution).revision_id == newer

    def test_ignores_what_does_not_exist(self, world: World) -> None:
        with world.context():
            screen(999_999, 999_999)
        assert items(world) == 0

    def test_queues_what_a_dialogue_shows_before_it_is_read(self, world: World) -> None:
        world.set(moderation=Moderation.AFTER)
        contribution, _ = world.submit(body="Call (555) 014-2266")
        item = world.item(contribution)
        assert (item.lane, item.risk) == (Lane.NEW, RISK_VISIBLE_DETAILS)
        assert item.closed_at is None


class TestEnsureItems:
    def test_makes_what_the_reactions_still_owe(self, world: World) -> None:
        new, _ = world.submit(screened=False)
        published, _ = world.submit()
        world.decide(published)
        world.edit(published, "Edited", "Words", screened=False)
        with world.context(), transaction():
            assert queue.ensure_items(scope=None) == 2
        assert world.item(new).lane == Lane.NEW
        assert world.item(published).lane == Lane.EDITED
        with world.context(), transaction():
            assert queue.ensure_items(scope=None) == 0

    def test_brings_an_item_up_to_the_newest_wording(self, world: World) -> None:
        contribution, _ = world.submit()
        newer = world.edit(contribution, "Newer", "Words", screened=False)
        with world.context(), transaction():
            assert queue.ensure_items(scope=None) == 1
        assert world.item(contribution).revision_id == newer

    def test_keeps_to_the_dialogues_of_the_moderator(self, world: World) -> None:
        world.submit(screened=False)
        with world.context(), transaction():
            assert queue.ensure_items(scope=frozenset({world.dialogue + 1})) == 0

    def test_makes_thousands_in_a_moment(self, world: World) -> None:
        waiting_directly(world, 5000)
        begun = clock.now()
        with world.context(), transaction():
            assert queue.ensure_items(scope=None) == 5000
        assert items(world) == 5000
        assert clock.now() - begun < timedelta(seconds=20)


class TestSweep:
    def test_makes_and_screens_what_is_missing(self, world: World) -> None:
        contribution, _ = world.submit(body="Call (555) 014-2266", screened=False)
        with world.context():
            sweep()
        item = world.item(contribution)
        assert item.screened_at is not None
        assert len(item.signals["details"]) == 1

    def test_closes_what_its_author_has_withdrawn(self, world: World) -> None:
        contribution, _ = world.submit()
        world.withdraw(contribution)
        with world.context():
            sweep()
            assert waiting.counts(None).waiting == 0
        assert world.item(contribution).closed_at is not None


class TestWaitingItems:
    def rows(self, world: World, **options: Any) -> list[waiting.Row]:
        asked: dict[str, Any] = {
            "lane": None,
            "after": None,
            "moderator_id": world.lee,
            "now": clock.now(),
        }
        with world.context():
            return waiting.waiting_items(frozenset({world.dialogue}), **{**asked, **options})

    def test_come_safety_first_then_the_oldest(self, world: World) -> None:
        now = clock.now()
        young, _ = world.submit("Young", now=now - timedelta(hours=1))
        old, _ = world.submit("Old", now=now - timedelta(hours=4))
        danger, _ = world.submit("Danger", "Please help me, I am locked in.", now=now)
        assert [row.title for row in self.rows(world)] == ["Danger", "Old", "Young"]
        assert [row.title for row in self.rows(world, lane="new")] == ["Old", "Young"]
        assert {young, old, danger} == {1, 2, 3}

    def test_continue_after_any_of_them(self, world: World) -> None:
        for hours in range(6):
            world.submit(f"Idea {hours}", now=clock.now() - timedelta(hours=hours))
        everything = self.rows(world)
        for index, row in enumerate(everything):
            place = waiting.place(row.cursor)
            assert [one.id for one in self.rows(world, after=place)] == [
                one.id for one in everything[index + 1 :]
            ]

    def test_leave_out_what_was_withdrawn_a_moment_ago(self, world: World) -> None:
        contribution, _ = world.submit()
        world.withdraw(contribution)
        assert self.rows(world) == []

    def test_are_counted_without_what_was_withdrawn(self, world: World) -> None:
        contribution, _ = world.submit()
        world.submit("It stays")
        world.withdraw(contribution)
        with world.context():
            assert waiting.counts(None).by_lane == {"new": 1}

    def test_name_a_comment_by_its_first_words(self, world: World) -> None:
        idea, _ = world.submit()
        world.decide(idea)
        world.comment(idea, "A supervisor took our papers the first week. " * 5)
        (row,) = self.rows(world)
        assert row.title.startswith("A supervisor took our papers")
        assert len(row.title) <= 70
        assert row.idea_id == idea

    @pytest.mark.parametrize(
        "cursor",
        ["", "x", "bm9wZQ", waiting.paging.encode(1, 2), waiting.paging.encode(1, 10**18, 3)],
    )
    def test_start_at_the_first_for_a_cursor_that_is_none(self, cursor: str) -> None:
        assert waiting.place(cursor) is None


class TestClaim:
    def claim(self, world: World, item: int, user: int, now: datetime | None = None) -> None:
        with world.context(), transaction():
            queue.claim(
                item_id=item,
                moderator=db.session.get_one(User, user),
                scope=frozenset({world.dialogue}),
                now=now or clock.now(),
                claim_for=timedelta(minutes=5),
            )

    def test_tells_the_others_who_reads(self, world: World) -> None:
        contribution, _ = world.submit()
        item = world.item(contribution)
        self.claim(world, item.id, world.lee)
        self.claim(world, item.id, world.lee)
        with pytest.raises(Conflict, match="Lee is reading this"):
            self.claim(world, item.id, world.mo)
        assert world.item(contribution).version == item.version

    def test_moves_on_with_its_moderator(self, world: World) -> None:
        first, second = world.submit("First")[0], world.submit("Second")[0]
        self.claim(world, world.item(first).id, world.lee)
        self.claim(world, world.item(second).id, world.lee)
        assert world.item(first).claimed_by_id is None
        assert world.item(second).claimed_by_id == world.lee

    def test_ends_by_itself(self, world: World) -> None:
        contribution, _ = world.submit()
        item = world.item(contribution).id
        self.claim(world, item, world.lee)
        self.claim(world, item, world.mo, clock.now() + timedelta(minutes=6))
        assert world.item(contribution).claimed_by_id == world.mo

    def test_is_no_right_of_way_over_a_decision(self, world: World) -> None:
        contribution, _ = world.submit()
        self.claim(world, world.item(contribution).id, world.lee)
        world.decide(contribution, by=world.mo)
        assert world.item(contribution).closed_at is not None

    def test_is_refused_outside_the_moderators_dialogues(self, world: World) -> None:
        contribution, _ = world.submit()
        item = world.item(contribution).id
        with world.context(), pytest.raises(NotFound), transaction():
            queue.claim(
                item_id=item,
                moderator=db.session.get_one(User, world.lee),
                scope=frozenset(),
                now=clock.now(),
                claim_for=timedelta(minutes=5),
            )

    def test_makes_the_next_item_another_one(self, world: World) -> None:
        first, _ = world.submit("First", now=clock.now() - timedelta(hours=3))
        second, _ = world.submit("Second", now=clock.now() - timedelta(hours=2))
        third, _ = world.submit("Third", now=clock.now() - timedelta(hours=1))
        place = waiting.place_of(0, world.item(first).since, world.item(first).id)
        self.claim(world, world.item(second).id, world.mo)
        with world.context():
            following = waiting.next_item(
                None, lane=None, after=place, moderator_id=world.lee, now=clock.now()
            )
        assert following == world.item(third).id
