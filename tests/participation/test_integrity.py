"""What must never change unseen: a text, a vote, a count that somebody altered by plain SQL."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from dialogue.jobs import housekeeping
from dialogue.kernel import audit, clock
from dialogue.kernel.db import db
from dialogue.participation.models import Choice
from dialogue.participation.queries import integrity
from tests.cast import Cast
from tests.participation.recount import problems

ALTERED = {
    "a text": ("UPDATE revision SET source = 'Other words' WHERE id = 1", "wording 1 was altered"),
    "a title": ("UPDATE revision SET title = 'Other words' WHERE id = 1", "wording 1 was altered"),
    "a vote": ("UPDATE vote SET choice = 'disagree'", "its votes are"),
    "a vote that is gone": ("DELETE FROM vote", "its votes are"),
    "a count": ("UPDATE contribution SET agree = agree + 1 WHERE kind = 'idea'", "its counts"),
}


def findings(app: Flask) -> list[str]:
    with app.app_context():
        head = audit.last_head()
        return integrity.altered(head.codes if head else {}, head.at if head else None)


class TestIntegrity:
    def test_finds_nothing_where_nothing_was_altered(self, app: Flask, cast: Cast) -> None:
        cast.vote(Choice.DISAGREE)
        cast.edit(cast.idea, "Check recruiters before anybody pays", "In every language.")
        assert findings(app) == []

    @pytest.mark.parametrize("what", ALTERED)
    def test_names_what_was_altered_by_hand(self, app: Flask, cast: Cast, what: str) -> None:
        statement, sentence = ALTERED[what]
        with cast.writing():
            db.session.execute(text(statement))
        assert sentence in " ".join(findings(app))

    def test_names_a_closed_dialogue_whose_votes_and_counts_were_altered_together(
        self, app: Flask, cast: Cast
    ) -> None:
        cast.vote(Choice.AGREE)
        cast.close(ago=timedelta(hours=2))
        with app.app_context():
            assert housekeeping.write_daily_head(clock.now())
        assert findings(app) == []
        with cast.writing():
            db.session.execute(text("UPDATE vote SET choice = 'disagree'"))
            db.session.execute(
                text("UPDATE contribution SET disagree = agree, agree = 0 WHERE kind = 'idea'")
            )
        assert findings(app) == [f"Dialogue {cast.dialogue}: its votes changed after it had closed"]

    def test_lets_no_vote_come_or_go_with_a_decision_after_the_close(
        self, app: Flask, cast: Cast
    ) -> None:
        """An author's agreement is a vote like every other: it is counted while votes are taken."""
        early = cast.post_idea("Pay the drivers who report", "They see the workers daily.")
        in_time = cast.approve(early)
        cast.close()
        with app.app_context():
            assert housekeeping.write_daily_head(clock.now())
        cast.approve(cast.waiting)
        cast.undo(in_time)
        assert findings(app) == []
        assert cast.contribution(cast.waiting).listed
        assert cast.contribution(cast.waiting).agree == 0
        assert cast.contribution(early).agree == 1  # it was given in time
        cast.approve(early)
        assert findings(app) == []
        assert cast.contribution(early).agree == 1
        assert cast.read(problems) == []
