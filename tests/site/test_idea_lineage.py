"""What the page of an idea tells of merges, splits, what is off topic, hidden or closed."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from dialogue.kernel.db import db
from dialogue.moderation.models import Outcome
from dialogue.participation.commands.splitting import Part
from dialogue.participation.models import Contribution
from tests.cast import SLUG, TITLE, Cast
from tests.pages import Browser

pytestmark = pytest.mark.sqlite_only
HOME = f"/d/{SLUG}"


def words(answer: TestResponse) -> str:
    """What a page says, on one line."""
    return " ".join(re.sub("<[^>]+>", " ", answer.get_data(as_text=True)).split())


@pytest.fixture
def second(cast: Cast) -> int:
    idea = cast.post_idea("Check every recruiter", "Before anybody pays.", by="ben")
    cast.approve(idea)
    cast.approve(cast.post_comment("Yes, please.", on=idea, by="ana"))
    return idea


def address(cast: Cast, idea: int) -> str:
    return f"{HOME}/ideas/{idea}-{cast.contribution(idea).slug}"


class TestMerged:
    def test_leads_to_the_one_that_stays_and_says_so(self, cast: Cast, second: int) -> None:
        old = address(cast, second)
        comment = cast.read(
            lambda: db.session.scalars(
                select(Contribution.id).where(Contribution.idea_id == second)
            ).one()
        )
        cast.decide(Outcome.MERGED, second, into_id=cast.idea)
        for name in ("", "ben", "lee"):
            someone = Browser(cast.app, name)
            moved = someone.get(old, 301)
            assert moved.headers["Location"] == f"{address(cast, cast.idea)}?merged={second}"
            page = words(someone.follow(moved))
            assert f"Idea {second} was merged into this one." in page
            assert "by Ben , co-author" in page
            assert "Before anybody pays." in page
            assert "Yes, please." in page
            assert "2 comments" in page
        to_comment = Browser(cast.app).get(f"/c/{comment}", 303).headers["Location"]
        assert to_comment.startswith(address(cast, cast.idea))

    def test_takes_answers_to_comments_that_came_along(self, cast: Cast, second: int) -> None:
        comment = cast.read(
            lambda: db.session.scalars(
                select(Contribution.id).where(Contribution.idea_id == second)
            ).one()
        )
        cast.decide(Outcome.MERGED, second, into_id=cast.idea)
        ben = Browser(cast.app, "ben")
        form = ben.form(f"{address(cast, cast.idea)}?reply={comment}", holding="reply_to")
        ben.send(form, body="So do I")
        newest = cast.read(
            lambda: db.session.scalars(
                select(Contribution).order_by(Contribution.id.desc()).limit(1)
            ).one()
        )
        assert (newest.idea_id, newest.root_id) == (second, comment)

    def test_shows_ones_vote_on_either(self, cast: Cast, second: int) -> None:
        cast.decide(Outcome.MERGED, second, into_id=cast.idea)
        page = Browser(cast.app, "ben").get(address(cast, cast.idea)).get_data(as_text=True)
        assert 'value="agree" aria-pressed="true"' in page or "You agreed" in page


class TestOffTopic:
    def test_is_read_at_its_address_and_found_nowhere(self, cast: Cast) -> None:
        cast.decide(Outcome.OFF_TOPIC, note="This is about something else.")
        visitor = Browser(cast.app)
        page = visitor.get(address(cast, cast.idea))
        assert "Off topic." in words(page)
        assert "In the report" not in words(page)
        assert TITLE in words(page)
        assert "<form" not in page.get_data(as_text=True).split("<article")[1].split("<aside")[0]
        assert TITLE not in words(visitor.get(HOME))
        assert TITLE not in words(visitor.get("/search?q=recruiters"))
        assert TITLE not in visitor.get(f"{HOME}/feed.atom").get_data(as_text=True)
        assert TITLE not in visitor.get(f"{HOME}/ideas.csv").get_data(as_text=True)
        told = words(Browser(cast.app, "ana").get(address(cast, cast.idea)))
        assert "This is about something else." in told
        assert "Only you can see this" not in told

    def test_a_comment_is_read_at_its_address(self, cast: Cast) -> None:
        cast.decide(Outcome.OFF_TOPIC, cast.comment)
        visitor = Browser(cast.app)
        assert "Our union keeps such a list." not in words(visitor.get(address(cast, cast.idea)))
        leads = visitor.get(f"/c/{cast.comment}", 303)
        page = words(visitor.follow(leads))
        assert "Our union keeps such a list." in page
        assert "set this comment aside" in page


class TestOtherDecisions:
    def test_hidden_says_by_which_rule_and_no_word(self, cast: Cast) -> None:
        path = address(cast, cast.idea)
        cast.decide(Outcome.HIDDEN, reason="crime_claim")
        page = words(Browser(cast.app).get(path, 410))
        assert "A moderator hid this idea. Reason:" in page
        assert TITLE not in page

    def test_binned_is_not_there(self, cast: Cast) -> None:
        path = address(cast, cast.idea)
        made = cast.decide(Outcome.BINNED, reason="crime_claim")
        Browser(cast.app).get(path, 404)
        cast.undo(made)
        Browser(cast.app).get(path)

    def test_locked_takes_nothing_and_closed_no_comments(self, cast: Cast) -> None:
        ben = Browser(cast.app, "ben")
        path = address(cast, cast.idea)
        form = ben.form(path, holding="body")
        cast.decide(Outcome.COMMENTS_CLOSED)
        assert "A moderator closed the comments" in words(ben.get(path))
        ben.send(form, 409, body="Too late")
        cast.decide(Outcome.LOCKED)
        assert "A moderator locked this idea" in words(ben.get(path))
        assert "Closed for votes and comments" in words(ben.get(path))
        vote = {"choice": "disagree", "csrf_token": form.fields["csrf_token"]}
        ben.post(f"{HOME}/ideas/{cast.idea}/vote", vote, 409)
        assert "/edit" not in Browser(cast.app, "ana").get(path).get_data(as_text=True)

    def test_a_split_idea_leads_to_its_parts_and_back(self, cast: Cast) -> None:
        parts = (Part(TITLE), Part("A list that workers can read"))
        cast.decide(Outcome.SPLIT, parts=parts)
        visitor = Browser(cast.app)
        page = visitor.get(address(cast, cast.idea)).get_data(as_text=True)
        found = re.findall(r'<li><a href="(/d/[^"]+)">A list that workers can read</a>', page)
        part = visitor.get(found[0]).get_data(as_text=True)
        assert f"Part of idea {cast.idea}" in part


class TestTheBar:
    def test_is_shown_to_moderators_of_the_dialogue_alone(self, cast: Cast) -> None:
        path = address(cast, cast.idea)
        for name, sees in (("", False), ("ben", False), ("mo", False), ("ola", False)):
            page = Browser(cast.app, name).get(path).get_data(as_text=True)
            assert ("mod-bar" in page) == sees, name
        for name in ("lee", "ada"):
            lee = Browser(cast.app, name)
            page = lee.get(path).get_data(as_text=True)
            assert page.count("mod-bar") == 2  # of the idea and of its comment
            for target in re.findall(r'href="(/mod/contributions/[^"#]+)', page):
                lee.get(target)
