"""Two moderators on one item in the same moment: one decides, the other hears who and what."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from dialogue.accounts.models import User
from dialogue.kernel import audit, clock
from dialogue.kernel.db import db, transaction
from dialogue.moderation.commands import decisions
from dialogue.moderation.models import ModerationDecision, Outcome
from dialogue.moderation.queries import waiting
from tests.moderation.test_batches import screen_all
from tests.moderation.test_pages import counted, selects
from tests.moderation.world import World, waiting_directly

RACES = 100


@pytest.mark.sqlite_only
class TestAHundredRaces:
    def test_lose_nothing_and_tell_the_second_who_was_first(self, world: World) -> None:
        waiting_directly(world, RACES, items=True)
        with world.context():
            items = waiting.waiting_items(
                None, lane=None, after=None, moderator_id=0, now=clock.now(), limit=RACES
            )
        start = threading.Barrier(2)

        def decide(who: int, outcome: Outcome) -> list[str]:
            heard = []
            with world.context():
                for row in items:
                    start.wait()
                    try:
                        with transaction():
                            decisions.decide(
                                item_id=row.id,
                                version=1,
                                outcome=outcome,
                                reason_code="spam" if outcome == Outcome.REJECTED else "",
                                note="",
                                moderator=db.session.get_one(User, who),
                                scope=None,
                                now=clock.now(),
                            )
                    except decisions.AlreadyDecided as problem:
                        heard.append(str(problem.message))
            return heard

        with ThreadPoolExecutor(2) as pool:
            lee = pool.submit(decide, world.lee, Outcome.APPROVED)
            mo = pool.submit(decide, world.mo, Outcome.REJECTED)
            heard = [*lee.result(), *mo.result()]
        assert len(heard) == RACES, "in each race exactly one came second"
        firsts = ("Already approved by Lee ", "Already rejected by Mo ")
        assert all(sentence.startswith(firsts) for sentence in heard)
        with world.context():
            assert db.session.scalar(select(func.count(ModerationDecision.id))) == RACES
            assert audit.verify() == []


@pytest.mark.sqlite_only
class TestAnImportOfFiveThousand:
    def test_leaves_a_queue_page_as_small_as_before(self, world: World) -> None:
        waiting_directly(world, 5_000)
        client = world.client(world.lee)
        client.get("/mod/queue")  # makes the items, in one statement
        screen_all(world)
        with counted(world) as seen:
            page = client.get("/mod/queue")
        assert page.status_code == 200
        assert "5,000 items waiting" in page.text
        assert len(selects(seen)) <= 8, "\n".join(selects(seen))
