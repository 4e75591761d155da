"""A merge is told to both authors, and taken back for both."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from dialogue.accounts.models import User
from dialogue.kernel.db import db
from dialogue.moderation.models import Outcome
from dialogue.notifications import tasks
from dialogue.notifications.models import Notice
from tests.cast import Cast, address, assemble


@pytest.fixture
def cast(app: Flask) -> Cast:
    return assemble(app)


def notices(cast: Cast) -> list[tuple[str, str]]:
    query = select(User.email, Notice.event).join(User, User.id == Notice.user_id)
    return cast.read(lambda: sorted(tuple(row) for row in db.session.execute(query)))


class TestAMerge:
    def test_is_told_to_both_authors_and_taken_back(self, cast: Cast) -> None:
        second = cast.post_idea("Check every recruiter", by="ben")
        cast.approve(second)
        made = cast.decide(Outcome.MERGED, second, into_id=cast.idea)
        with cast.app.app_context():
            tasks.tell_decision(made)
            tasks.tell_decision(made)  # the reaction may come twice
        assert notices(cast) == [(address("ana"), "idea_joined"), (address("ben"), "decided")]
        cast.undo(made)
        with cast.app.app_context():
            tasks.take_back(made)
        assert notices(cast) == []

    def test_of_two_ideas_of_one_person_is_told_once(self, cast: Cast) -> None:
        cast.approve(cast.waiting)
        made = cast.decide(Outcome.MERGED, cast.waiting, into_id=cast.idea)
        with cast.app.app_context():
            tasks.tell_decision(made)
        assert notices(cast) == [(address("ana"), "decided")]
