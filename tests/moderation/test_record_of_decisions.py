"""Decisions are what the audit record says of them: whatever is changed in one is named."""

from __future__ import annotations

import pytest

from dialogue.kernel.db import db, transaction
from dialogue.moderation.models import Outcome
from dialogue.moderation.queries.integrity import altered_decisions
from tests.moderation.world import World

TAMPERING = {
    "another person": "UPDATE moderation_decision SET decided_by_id = NULL WHERE id = 2",
    "another reason": "UPDATE moderation_decision SET reason_code = 'spam' WHERE id = 2",
    "another sentence": "UPDATE moderation_decision SET note = 'Something else' WHERE id = 2",
    "another outcome": "UPDATE moderation_decision SET outcome = 'approved' WHERE id = 2",
    "another contribution": "UPDATE moderation_decision SET contribution_id = 1 WHERE id = 2",
    "another wording": "UPDATE moderation_decision SET revision_id = 1 WHERE id = 2",
    "a decision removed": "DELETE FROM moderation_decision WHERE id = 2",
    "an undo invented": "UPDATE moderation_decision SET undo_of_id = 1 WHERE id = 2",
}


class TestDecisions:
    def test_are_compared_with_their_entries(self, world: World) -> None:
        first, second = world.submit()[0], world.submit("Pay slips", "Print it there.")[0]
        world.decide(first)
        decision = world.decide(second, Outcome.REJECTED, reason="other", note="Say how.")
        assert decision == 2
        with world.context():
            assert list(altered_decisions()) == []
        for name, statement in TAMPERING.items():
            with world.context(), pytest.raises(_Undo), transaction():
                db.session.connection().exec_driver_sql(statement)
                db.session.expire_all()
                found = list(altered_decisions())
                assert len(found) == 1, (name, found)
                assert found[0].startswith("Decision 2 "), (name, found)
                raise _Undo
        world.undo(decision)
        with world.context():
            assert list(altered_decisions()) == []

    def test_still_hold_when_a_sentence_is_erased(self, world: World) -> None:
        world.decide(world.submit()[0], Outcome.REJECTED, reason="other", note="Say how.")
        with world.context(), transaction():
            db.session.connection().exec_driver_sql("UPDATE moderation_decision SET note = ''")
        with world.context():
            assert list(altered_decisions()) == []


class _Undo(Exception):
    """Rolls the tampering back."""
