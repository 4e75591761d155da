"""How people vote and what they see of it: kinds of votes, hidden results, one by one, my votes."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from dialogue.dialogues.models import Pause, Phase
from dialogue.kernel import clock
from dialogue.kernel.db import db
from dialogue.kernel.errors import Conflict
from dialogue.participation.commands import restrictions
from dialogue.participation.models import Choice, Contribution, Participant, Vote
from dialogue.participation.restrictions import Step
from tests.cast import SLUG, Cast
from tests.pages import Browser
from tests.participation.recount import problems

pytestmark = pytest.mark.sqlite_only

HOME = f"/d/{SLUG}"
ONE = f"{HOME}/one-by-one"


def text_of(browser: Browser, path: str) -> str:
    return browser.get(path).get_data(as_text=True)


def idea_page(browser: Browser, cast: Cast) -> str:
    found = cast.contribution(cast.idea)
    return text_of(browser, f"{HOME}/ideas/{found.id}-{found.slug}")


def publish(cast: Cast, number: int) -> list[int]:
    cast.app.config["IDEAS_PER_DAY"] = 1000
    ideas = [cast.post_idea(f"Idea number {index}", "Words") for index in range(number)]
    for idea in ideas:
        cast.approve(idea)
    return ideas


class TestAKindOfVotes:
    def test_where_people_can_only_agree_offers_and_takes_that_alone(self, cast: Cast) -> None:
        cast.change(vote_kind="agree")
        ben = Browser(cast.app, "ben")
        for page in (idea_page(ben, cast), text_of(ben, HOME), text_of(ben, ONE)):
            assert 'value="agree"' in page
            assert 'value="disagree"' not in page
            assert 'value="pass"' not in page
        for choice in (Choice.DISAGREE, Choice.PASS):
            with pytest.raises(Conflict):
                cast.vote(choice)
        path = f"{HOME}/ideas/{cast.idea}/vote"
        form = ben.form(path, action=path)
        ben.post(path, {**form.fields, "choice": "disagree"}, 409)
        said = ben.follow(ben.post(path, {**form.fields, "choice": "agree"}))
        assert "You agreed. 2 people agree." in said.get_data(as_text=True)
        assert cast.contribution(cast.idea).agree == 2
        assert cast.read(problems) == []

    def test_none_shows_no_votes_anywhere_and_takes_none(self, cast: Cast) -> None:
        cast.change(vote_kind="none", results="always")
        ben = Browser(cast.app, "ben")
        page = idea_page(ben, cast)
        for shown in (page, text_of(ben, HOME), text_of(ben, f"{HOME}?sort=agreed")):
            assert "vote__button" not in shown
            assert "data-vote" not in shown
            assert not re.search(r"\d+ votes?\b", shown)
        assert "This dialogue takes no votes" in text_of(ben, ONE)
        ben.get(f"{HOME}/ideas/{cast.idea}/vote", 409)
        with pytest.raises(Conflict):
            cast.vote(Choice.AGREE)
        cast.approve(cast.waiting)
        assert cast.contribution(cast.waiting).agree == 0, "the author's agreement is a vote, too"
        assert cast.read(problems) == []


class TestMayIVote:
    def test_is_answered_before_anybody_tries(self, cast: Cast) -> None:
        visitor, ben = Browser(cast.app), Browser(cast.app, "ben")
        assert "We ask for your email address with your first vote" in idea_page(visitor, cast)
        assert "We ask for your email" not in idea_page(ben, cast)
        for page in (idea_page(ben, cast), text_of(ben, HOME), text_of(ben, ONE)):
            assert "You can vote until" in page
        now = clock.now()
        with cast.writing():
            db.session.add(
                Pause(
                    dialogue_id=cast.dialogue,
                    from_at=now - timedelta(hours=1),
                    until_at=now + timedelta(hours=1),
                    reason="We repair the list.",
                )
            )
        assert "We repair the list." in idea_page(ben, cast)
        ben.get(f"{HOME}/ideas/{cast.idea}/vote", 409)
        with cast.writing():
            db.session.execute(update(Pause).values(until_at=now - timedelta(minutes=1)))
            db.session.execute(
                update(Phase)
                .where(Phase.dialogue_id == cast.dialogue, Phase.act == "vote")
                .values(opens_at=now + timedelta(days=2))
            )
        for page in (idea_page(ben, cast), text_of(ben, ONE)):
            assert "You cannot vote yet" in page
        with pytest.raises(Conflict, match="not opened"):
            cast.vote(Choice.AGREE)
        with cast.writing():
            db.session.execute(update(Phase).values(opens_at=now - timedelta(days=3)))
        cast.close()
        assert "Voting closed on" in idea_page(ben, cast)
        cast.change(archived_at=now)
        assert "archived" in text_of(ben, ONE)


class TestWhoMayNotVote:
    def test_reads_why_and_until_when(self, cast: Cast) -> None:
        cast.vote(Choice.PASS)
        now = clock.now()
        with cast.writing():
            restrictions.restrict(
                participant=db.session.get_one(Participant, cast.participant("ben")),
                step=Step.SUSPEND,
                until=now + timedelta(days=3),
                reason_code="threats",
                note="",
                contribution_id=cast.comment,
                actor_id=cast.people["lee"],
                now=now,
            )
        ben = Browser(cast.app, "ben")
        for page in (idea_page(ben, cast), text_of(ben, HOME), text_of(ben, ONE)):
            assert "You cannot vote in this dialogue until" in page
            assert "vote__button--agree" not in page
        assert "vote__button--agree" in idea_page(Browser(cast.app, "oz"), cast)

    def test_on_a_locked_idea_reads_so_and_meets_it_nowhere_one_by_one(self, cast: Cast) -> None:
        with cast.writing():
            db.session.get_one(Contribution, cast.idea).locked_at = clock.now()
        ben = Browser(cast.app, "ben")
        assert "A moderator has locked this idea" in idea_page(ben, cast)
        for page in (idea_page(ben, cast), text_of(ben, HOME)):
            assert "vote__button--agree" not in page
        assert cast.contribution(cast.idea).title not in text_of(ben, ONE)


class TestHiddenResults:
    """`after_close` and `after_vote`: no page, list, file or order tells before the moment."""

    def test_stand_nowhere_before_the_close(self, cast: Cast) -> None:
        others = publish(cast, 3)
        for name in ("lee", "mo", "ola", "oz", "ada"):
            cast.vote(Choice.AGREE, by=name, on=others[1])
        cast.vote(Choice.AGREE, on=others[1])
        cast.change(results="after_close")
        ben, visitor = Browser(cast.app, "ben"), Browser(cast.app)
        loved = cast.contribution(others[1])
        places = [
            HOME,
            *(f"{HOME}?sort={sort}" for sort in ("mix", "newest", "discussed", "agreed")),
            f"{HOME}?q=number",
            f"{HOME}/ideas/{loved.id}-{loved.slug}",
            f"{HOME}/ideas/{loved.id}/vote",
            f"{HOME}/ideas/similar?q=Idea+number+one+words",
            ONE,
        ]
        for browser in (ben, visitor):
            for path in places:
                page = text_of(browser, path)
                assert "results__words" not in page, path
                assert not re.search(r"\b7 votes?\b|\b100%|7 people", page), path
                assert 'value="agreed"' not in page, path
        for path in ("/me", "/me/votes", f"{ONE}?done=10"):
            page = text_of(ben, path)
            assert "results__words" not in page, path
        assert order(text_of(visitor, f"{HOME}?sort=agreed")) == order(text_of(visitor, HOME))
        assert rows_of(visitor)[0].keys().isdisjoint({"agree", "disagree", "pass"})
        fragment = ben.post(
            f"{HOME}/ideas/{loved.id}/vote",
            {**ben.form(f"{HOME}/ideas/{loved.id}/vote", holding="next").fields, "choice": "pass"},
            200,
            headers={"X-Fragment": "vote"},
        ).get_data(as_text=True)
        assert "results" not in fragment
        cast.close()
        cast.change(version=1000)  # as with every change of dates: no copy of before is given out
        assert order(text_of(visitor, f"{HOME}?sort=agreed"))[0] == loved.id
        assert "results__words" in text_of(visitor, HOME)
        assert rows_of(visitor)[-2]["agree"] == "6"

    def test_show_to_those_who_voted(self, cast: Cast) -> None:
        ben, visitor = Browser(cast.app, "ben"), Browser(cast.app)
        assert "results__words" not in idea_page(ben, cast)
        cast.vote(Choice.PASS)
        for path in (HOME, "/me/votes", f"{ONE}?done=10"):
            assert "results__words" in text_of(ben, path), path
        assert "results__words" not in text_of(visitor, HOME)
        assert "agree" not in rows_of(visitor)[0]
        assert "agree" not in rows_of(ben)[0], "a file holds ideas that they did not vote on"


def order(page: str) -> list[int]:
    return [int(found) for found in re.findall(r'id="idea-(\d+)"', page)]


def rows_of(browser: Browser) -> list[dict[str, str]]:
    text = browser.get(f"{HOME}/ideas.csv").get_data(as_text=True)
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


class TestIdeasCsv:
    def test_holds_what_is_public_and_no_formula(self, cast: Cast) -> None:
        cast.app.config["IDEAS_PER_DAY"] = 1000
        for start in ('=HYPERLINK("x")', "+1", "-1", "@SUM(1)", "＝1"):
            cast.approve(cast.post_idea(f"{start} is my idea", "=1+1"))
        withdrawn = cast.post_idea("Taken back", "Words")
        cast.approve(withdrawn)
        cast.withdraw(withdrawn)
        rows = rows_of(Browser(cast.app))
        assert [row["idea"] for row in rows][1:] == [
            '\'=HYPERLINK("x") is my idea',
            "'+1 is my idea",
            "'-1 is my idea",
            "'@SUM(1) is my idea",
            "'＝1 is my idea",
        ]
        assert all(row["details"] == "'=1+1" for row in rows[1:])
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", rows[0]["published"])
        cast.unannounce()
        Browser(cast.app).get(f"{HOME}/ideas.csv", 404)


class TestOneByOne:
    def test_shows_each_unseen_idea_once_and_rests_after_ten(self, cast: Cast) -> None:
        publish(cast, 12)
        ben = Browser(cast.app, "ben")
        path, seen = ONE, []
        for count in range(1, 11):
            page = text_of(ben, path)
            assert f'<strong class="num">{count}</strong> of 13' in page
            form = ben.form(path, holding="next")
            seen.append(form.action)
            answer = ben.post(form.action, {**form.fields, "choice": "pass"})
            path = answer.headers["Location"].split("#")[0]
        assert len(set(seen)) == 10
        rest = text_of(ben, path)
        assert "You have voted on 10." in rest
        assert rest.count("results__words") == 10
        on = re.search(r'href="([^"]*on=1[^"]*)"', rest)
        assert on
        path = on[1].replace("&amp;", "&")
        for _count in range(3):
            form = ben.form(path, holding="next")
            seen.append(form.action)
            answer = ben.post(form.action, {**form.fields, "choice": "agree"})
            path = answer.headers["Location"].split("#")[0]
        assert len(set(seen)) == 13
        assert "You have answered every idea" in text_of(ben, ONE)
        assert cast.read(problems) == []

    def test_prefers_ideas_that_few_have_seen(self, cast: Cast) -> None:
        ideas = publish(cast, 6)
        for idea in ideas[:3]:
            for name in ("lee", "mo", "ola", "oz", "ada"):
                cast.vote(Choice.PASS, by=name, on=idea)
        seldom = {cast.idea, *ideas[3:]}
        for name in ("ben", ""):
            form = Browser(cast.app, name).form(ONE, holding="next")
            assert int(form.action.split("/")[-2]) in seldom

    def test_goes_on_after_signing_in_where_somebody_began(self, cast: Cast) -> None:
        visitor = Browser(cast.app)
        form = visitor.form(ONE, holding="next")
        answer = visitor.post(form.action, {**form.fields, "choice": "agree"})
        assert answer.headers["Location"].startswith("/account/create?intent=")

    @pytest.mark.parametrize(
        "query",
        ["done=x", "done=-10", "done=9999999999999", "after=x", "after=W10", "done=10&on=x&after="],
    )
    def test_takes_any_address_for_a_first_page(self, cast: Cast, query: str) -> None:
        for browser in (Browser(cast.app), Browser(cast.app, "oz")):
            browser.get(f"{ONE}?{query}")

    def test_of_a_dialogue_without_ideas_says_so(self, cast: Cast) -> None:
        cast.withdraw(cast.idea)
        assert "There are no ideas yet" in text_of(Browser(cast.app, "ben"), ONE)


class TestMyVotes:
    def test_lists_all_of_them_and_what_became_of_the_ideas(self, cast: Cast) -> None:
        ideas = publish(cast, 27)
        for idea in ideas:
            cast.vote(Choice.AGREE, on=idea)
        cast.withdraw(ideas[-1])
        ben = Browser(cast.app, "ben")
        first = text_of(ben, "/me/votes")
        assert "Idea number 26" not in first
        assert "Withdrawn" in first
        assert f"Idea {ideas[-1]}" in first
        older = re.search(r'href="(/me/votes\?after=[^"]*)"', first)
        assert older
        second = text_of(ben, older[1])
        assert "Idea number 1<" in second
        assert len(re.findall("vote__said ", first + second)) == 27
        assert "All your votes" in text_of(ben, "/me")
        assert "Nobody else sees how you voted" in first
        assert "Idea number" not in text_of(Browser(cast.app, "oz"), "/me/votes")

    def test_shows_nothing_of_a_dialogue_that_is_not_public_now(self, cast: Cast) -> None:
        cast.vote(Choice.AGREE)
        title = cast.contribution(cast.idea).title
        ben = Browser(cast.app, "ben")
        assert title in text_of(ben, "/me/votes")
        cast.change(private=True)
        assert title not in text_of(ben, "/me/votes")
        assert "This dialogue is not public now." in text_of(ben, "/me/votes")
        assert cast.read(lambda: len(db.session.scalars(select(Vote)).all())) == 2
        assert cast.read(lambda: db.session.get_one(Contribution, cast.idea).agree) == 2
