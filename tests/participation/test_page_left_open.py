"""Acts from a page that was open while a moderator decided: they count where the idea is read now,
or are refused with a sentence, whatever the page still offered."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from dialogue.kernel.db import db
from dialogue.moderation.models import Outcome
from dialogue.notifications.models import Subscription
from tests.cast import SLUG, Cast, assemble
from tests.pages import Browser
from tests.participation.recount import problems


@pytest.fixture
def cast(app: Flask) -> Cast:
    return assemble(app)


def address(idea: int) -> str:
    return f"/d/{SLUG}/ideas/{idea}"


@pytest.mark.sqlite_only
class TestAPageLeftOpen:
    def test_of_a_merged_idea_acts_on_the_one_that_it_lives_on_in(self, cast: Cast) -> None:
        root = cast.post_idea("Publish such a list", by="oz")
        cast.approve(root)
        first, second = Browser(cast.app, "ben"), Browser(cast.app, "ben")
        token = {b: b.form("/me", action="/account/sign-out").fields for b in (first, second)}
        cast.decide(Outcome.MERGED, into_id=root)
        agreed = cast.contribution(root).agree
        for browser in (first, second, first):  # two browsers, and a double click
            vote = {**token[browser], "choice": "agree"}
            where = browser.post(f"{address(cast.idea)}/vote", vote).headers["Location"]
            assert where.endswith(f"publish-such-a-list#idea-{root}")
        assert cast.contribution(root).agree == agreed + 1
        headers = {"X-Fragment": "vote"}
        box = first.post(f"{address(cast.idea)}/vote", vote, 200, headers=headers).text
        assert f'action="{address(root)}/vote"' in box
        words = {**token[first], "step": "post", "body": "Said a moment too late."}
        where = first.post(f"{address(cast.idea)}/comments", words).headers["Location"]
        assert where.startswith(f"{address(root)}-publish-such-a-list#comment-")
        first.post(f"{address(cast.idea)}/follow", token[first])
        follows = select(Subscription.idea_id).where(Subscription.user_id == cast.people["ben"])
        assert root in cast.read(lambda: db.session.scalars(follows).all())
        taken_back = {**token[first], "choice": "none"}
        first.post(f"{address(cast.idea)}/vote", taken_back)
        assert cast.contribution(root).agree == agreed
        assert cast.read(problems) == []

    @pytest.mark.parametrize("outcome", [Outcome.LOCKED, Outcome.COMMENTS_CLOSED])
    def test_of_a_closed_idea_changes_nothing_on_it(self, cast: Cast, outcome: Outcome) -> None:
        ana, ben = Browser(cast.app, "ana"), Browser(cast.app, "ben")
        of = {b: b.form("/me", action="/account/sign-out").fields for b in (ana, ben)}
        cast.decide(outcome)
        before = cast.contribution(cast.comment)
        comment = f"/d/{SLUG}/comments/{cast.comment}"
        ana.post(f"{comment}/helpful", {**of[ana], "helpful": "yes"}, 409)
        words = {**of[ben], "step": "post", "body": "Changed too late."}
        assert "Changed too late." in ben.post(f"{comment}/edit", words, 409).text
        ben.get(f"{comment}/edit", 409)
        words["reply_to"] = str(cast.comment)
        assert "Changed too late." in ben.post(f"{address(cast.idea)}/comments", words, 409).text
        after = cast.contribution(cast.comment)
        assert (after.helpful, after.version) == (0, before.version)
        assert cast.read(problems) == []
