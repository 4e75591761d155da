"""What a visitor began (a vote, an idea, a comment) survives registration."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from dialogue.accounts.models import Intent
from dialogue.kernel import clock
from dialogue.kernel.db import db
from dialogue.participation.models import Contribution, Vote
from tests.cast import SLUG, Cast, address
from tests.pages import Browser, newest_code, newest_link

NEWCOMER = "dana@people.example"
WORDS = {"title": "Written before signing in", "body": "Every word of it.", "topic": "training"}


def begin(cast: Cast, what: str) -> tuple[Browser, str]:
    """Do something without an account; returns the browser and where it was led."""
    visitor = Browser(cast.app)
    idea = f"/d/{SLUG}/ideas/{cast.idea}"
    if what == "vote":
        form = visitor.form(f"{idea}/vote", action=f"{idea}/vote")
        answer = visitor.send(form, button=("choice", "disagree"))
    elif what == "idea":
        form = visitor.form(f"/d/{SLUG}/ideas/new", holding="title")
        page = visitor.send(form, 200, button=("step", "preview"), **WORDS)
        assert "Written before" in page.text
        answer = visitor.send(form, button=("step", "post"), **WORDS)
    else:
        where = visitor.get(idea, 301).headers["Location"]
        form = visitor.form(where, holding="body")
        answer = visitor.send(form, button=("step", "post"), body=WORDS["body"])
    return visitor, answer.headers["Location"]


def register(browser: Browser, where: str) -> str:
    """Make an account on the page that an act led to; returns where the code leads."""
    assert where.startswith("/account/create?intent=")
    answer = browser.send(
        browser.form(where, holding="display_name"),
        email=NEWCOMER,
        display_name="Dana",
        accept_policy="yes",
    )
    return answer.headers["Location"]


def votes_and_texts(cast: Cast) -> tuple[int, int]:
    def count() -> tuple[int, int]:
        return (
            db.session.scalar(select(func.count()).select_from(Vote)) or 0,
            db.session.scalar(select(func.count()).select_from(Contribution)) or 0,
        )

    return cast.read(count)


class TestWhatWasBegun:
    @pytest.mark.parametrize("what", ["vote", "idea", "comment"])
    def test_counts_once_after_the_code(self, cast: Cast, what: str) -> None:
        before = votes_and_texts(cast)
        browser, where = begin(cast, what)
        assert votes_and_texts(cast) == before
        where = register(browser, where)
        answer = browser.enter_code(where, newest_code(cast.app, NEWCOMER))
        after = votes_and_texts(cast)
        assert after == (before[0] + (what == "vote"), before[1] + (what != "vote"))
        page = browser.client.get(answer.headers["Location"], follow_redirects=True)
        assert page.status_code == 200
        said = {"vote": "Your Disagree is counted", "idea": WORDS["title"], "comment": "sent"}
        assert said[what] in page.text
        browser.get("/me")

    @pytest.mark.sqlite_only
    @pytest.mark.parametrize("what", ["vote", "idea", "comment"])
    def test_counts_after_the_link_in_another_browser_and_after_a_plain_sign_in(
        self, cast: Cast, what: str
    ) -> None:
        before = sum(votes_and_texts(cast))
        browser, where = begin(cast, what)
        register(browser, where)
        telephone = Browser(cast.app)
        telephone.send(telephone.form(newest_link(cast.app, NEWCOMER)))
        assert sum(votes_and_texts(cast)) == before + 1
        browser, where = begin(cast, what)
        where = where.replace("/account/create", "/account/sign-in")
        answer = browser.send(
            browser.form(where, holding="email"), button=("step", "code"), email=address("oz")
        )
        browser.enter_code(answer.headers["Location"], newest_code(cast.app, address("oz")))
        assert sum(votes_and_texts(cast)) == before + 2

    @pytest.mark.sqlite_only
    @pytest.mark.parametrize("what", ["idea", "comment"])
    def test_that_comes_too_late_becomes_a_draft(self, cast: Cast, what: str) -> None:
        browser, where = begin(cast, what)
        where = register(browser, where)
        cast.close(ago=timedelta(hours=1))
        with cast.writing():  # begun before the close, but long before it
            db.session.execute(update(Intent).values(created_at=clock.now() - timedelta(hours=3)))
        before = votes_and_texts(cast)
        answer = browser.enter_code(where, newest_code(cast.app, NEWCOMER))
        assert answer.headers["Location"] == "/me/drafts"
        page = browser.get("/me/drafts").text
        assert WORDS["body"] in page
        assert "The dialogue closed on" in page
        assert "Your words are kept as a draft." in page
        assert votes_and_texts(cast) == before

    @pytest.mark.sqlite_only
    def test_as_a_vote_that_comes_too_late_says_so(self, cast: Cast) -> None:
        for end in (lambda: cast.withdraw(cast.idea), lambda: cast.close()):
            browser, where = begin(cast, "vote")
            form = browser.form(where.replace("create", "sign-in"), holding="email")
            answer = browser.send(form, button=("step", "code"), email=address("oz"))
            end()
            before = votes_and_texts(cast)
            browser.enter_code(answer.headers["Location"], newest_code(cast.app, address("oz")))
            assert votes_and_texts(cast) == before
            page = browser.get("/me").text
            assert "counted" in page
            with cast.writing():
                db.session.execute(
                    update(Contribution)
                    .where(Contribution.id == cast.idea)
                    .values(state="published", listed=True)
                )

    @pytest.mark.sqlite_only
    def test_is_carried_out_once_though_the_token_is_used_again(self, cast: Cast) -> None:
        browser, where = begin(cast, "idea")
        register(browser, where)
        browser.enter_code("/account/confirm", newest_code(cast.app, NEWCOMER))
        before = votes_and_texts(cast)
        other = Browser(cast.app)
        where = where.replace("/account/create", "/account/sign-in")
        form = other.form(where, holding="email")
        answer = other.send(form, button=("step", "code"), email=address("oz"))
        other.enter_code(answer.headers["Location"], newest_code(cast.app, address("oz")))
        assert votes_and_texts(cast) == before

    @pytest.mark.sqlite_only
    def test_is_shown_on_the_way_and_never_taken_from_the_address(self, cast: Cast) -> None:
        browser, where = begin(cast, "vote")
        assert "will count when you confirm" in browser.get(where).text
        for token in ("x", "%00", "x" * 3000, where.partition("=")[2][:-1]):
            page = Browser(cast.app).client.get(f"/account/create?intent={token}")
            assert page.status_code == 200
            assert "will count" not in page.text

    @pytest.mark.sqlite_only
    def test_is_forgotten_after_a_day(self, cast: Cast) -> None:
        browser, where = begin(cast, "idea")
        with cast.writing():
            db.session.execute(update(Intent).values(created_at=clock.now() - timedelta(hours=24)))
        before = votes_and_texts(cast)
        register(browser, where)
        browser.enter_code("/account/confirm", newest_code(cast.app, NEWCOMER))
        assert votes_and_texts(cast) == before
