"""Rows of decisions through the change of their table, and what the database refuses."""

from __future__ import annotations

import pytest
from flask_migrate import downgrade, upgrade
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from dialogue.kernel.db import db, transaction
from dialogue.moderation.models import ModerationDecision, Outcome
from tests.moderation.world import World
from tests.parts import tables

BEFORE = "0008"


def kept(world: World) -> list[tuple[object, ...]]:
    with world.context():
        return [
            tuple(row)
            for row in db.session.execute(
                text("SELECT id, outcome, undo_of_id FROM moderation_decision ORDER BY id")
            )
        ]


class TestTheTable:
    def test_keeps_its_rows_on_the_way_down_and_up(self, world: World) -> None:
        contribution, _ = world.submit()
        taken_back = world.decide(contribution)
        world.undo(taken_back)
        world.decide(contribution)
        rows = kept(world)
        with world.context():
            downgrade(tables.MIGRATIONS, revision=BEFORE)
        tables.let_go(world.app)
        assert kept(world) == rows
        with world.context():
            upgrade(tables.MIGRATIONS)
        tables.let_go(world.app)
        assert kept(world) == rows
        with world.context():
            assert db.session.get_one(ModerationDecision, taken_back).facts == {}

    def test_knows_every_outcome_and_no_other(self, world: World) -> None:
        contribution, _ = world.submit()
        decision = world.decide(contribution)
        with world.context(), transaction():
            for outcome in Outcome:
                db.session.get_one(ModerationDecision, decision).outcome = outcome
                db.session.flush()
        with world.context(), pytest.raises(IntegrityError), transaction():
            db.session.get_one(ModerationDecision, decision).outcome = "forgiven"
