"""Nobody votes or writes in another person's name: what began in one browser stays there, and who
signs in by a link in a mail sees first what goes with it."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import func, select

from dialogue.kernel.db import db
from dialogue.participation.models import Choice, Contribution, Vote
from tests.cast import SLUG, TITLE, Cast, address
from tests.pages import Browser, newest_code, newest_link

VICTIM = "ben"
SAID = "Words that the victim never wrote"


def begin_vote(browser: Browser, cast: Cast) -> str:
    """Vote without being signed in; returns where that leads, with the token of what was begun."""
    path = f"/d/{SLUG}/ideas/{cast.idea}/vote"
    answer = browser.post(path, {"choice": str(Choice.DISAGREE), "next": f"/d/{SLUG}"})
    return str(answer.headers["Location"])


def begin_idea(browser: Browser) -> str:
    data = {"title": SAID, "body": f"{SAID}, at length.", "topic": "none", "step": "post"}
    return str(browser.post(f"/d/{SLUG}/ideas/new", data).headers["Location"])


def sign_in_there(browser: Browser, where: str, cast: Cast, name: str = VICTIM) -> str:
    """Sign in by code on a page with a token in its address; returns where that leads."""
    page = "/account/sign-in?" + urlsplit(where).query
    browser.send(browser.form(page, holding="email"), button=("step", "code"), email=address(name))
    answer = browser.enter_code("/account/sign-in/code", newest_code(cast.app, address(name)))
    return str(answer.headers["Location"])


def votes_of_victim(cast: Cast) -> int:
    return cast.read(lambda: db.session.scalar(select(func.count()).select_from(Vote)) or 0) - 1


def ideas(cast: Cast) -> int:
    return cast.read(
        lambda: (
            db.session.scalar(select(func.count(Contribution.id)).where(~Contribution.listed)) or 0
        )
    )


class TestAnAddressWithSomebodyElsesAct:
    def test_counts_no_vote_for_who_signs_in_there(self, cast: Cast) -> None:
        where = begin_vote(Browser(cast.app), cast)
        assert sign_in_there(Browser(cast.app), where, cast) == "/me"
        assert votes_of_victim(cast) == 0

    def test_posts_nothing_for_who_signs_in_there(self, cast: Cast) -> None:
        before = ideas(cast)
        sign_in_there(Browser(cast.app), begin_idea(Browser(cast.app)), cast)
        assert ideas(cast) == before

    @pytest.mark.sqlite_only
    def test_shows_nothing_of_it_to_the_next_person_at_the_computer(self, cast: Cast) -> None:
        began = Browser(cast.app)
        where = begin_idea(began)
        assert SAID in began.get(where).text
        assert SAID not in Browser(cast.app).get(where).text

    def test_counts_it_in_the_browser_where_it_began(self, cast: Cast) -> None:
        browser = Browser(cast.app)
        leads_to = sign_in_there(browser, begin_vote(browser, cast), cast)
        assert leads_to == f"/d/{SLUG}#idea-{cast.idea}"
        assert votes_of_victim(cast) == 1

    @pytest.mark.sqlite_only
    def test_counts_what_began_first_in_one_of_two_tabs(self, cast: Cast) -> None:
        browser = Browser(cast.app)
        first, _second = begin_vote(browser, cast), begin_idea(browser)
        sign_in_there(browser, first, cast)
        assert votes_of_victim(cast) == 1


class TestALinkInAMailThatSomebodyElseAskedFor:
    """The attacker begins an act and asks for a code for the victim's address."""

    def asked(self, cast: Cast) -> str:
        attacker = Browser(cast.app)
        page = "/account/sign-in?" + urlsplit(begin_idea(attacker)).query
        attacker.send(
            attacker.form(page, holding="email"), button=("step", "code"), email=address(VICTIM)
        )
        return newest_link(cast.app, address(VICTIM))

    def test_shows_what_goes_with_it_whole(self, cast: Cast) -> None:
        page = Browser(cast.app).get(self.asked(cast)).text
        assert f"{SAID}, at length." in page

    def test_can_be_used_without_it(self, cast: Cast) -> None:
        before, victim = ideas(cast), Browser(cast.app)
        link = self.asked(cast)
        victim.send(victim.form(link, holding="token"), button=("step", "without"))
        victim.signed_in = True
        victim.get("/me")
        assert ideas(cast) == before


@pytest.mark.sqlite_only
class TestTheCookie:
    def test_holds_no_address(self, app: Flask) -> None:
        browser = Browser(app)
        browser.send(
            browser.form("/account/sign-in", holding="email"),
            button=("step", "code"),
            email="dana@people.example",
        )
        assert "dana@people.example" in browser.get("/account/sign-in/code").text
        cookie = browser.client.get_cookie("dialogue")
        assert cookie is not None
        serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]  # of Flask's own
        assert set(serializer.loads(cookie.value)) == {"csrf_token", "ticket"}

    def test_of_a_reader_is_not_set_by_reading(self, cast: Cast) -> None:
        reader = Browser(cast.app)
        for path in ("/", f"/d/{SLUG}", f"/d/{SLUG}?q={TITLE}", f"/d/{SLUG}/about", "/nowhere"):
            answer = reader.client.get(path)
            assert "Set-Cookie" not in answer.headers, path
