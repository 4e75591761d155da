"""Names that mislead, and limits that hold over processes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from dialogue.accounts import limits, names
from dialogue.accounts.models import Attempt
from dialogue.kernel import clock
from dialogue.kernel.db import db, transaction
from dialogue.kernel.errors import FieldErrors, TooMany
from tests.cast import SLUG, Cast, address
from tests.pages import Browser

RESERVED = (
    "admin",
    "Admin",
    "ADMIN",
    "a d m i n",
    "a.d.m.i.n",
    "аdmin",  # Cyrillic а
    "аdmіn",
    "Αdmin",  # Greek Α
    "ａｄｍｉｎ",  # full width
    "ádmin",
    "moderat0r",
    "m0derator",
    "Official Reply",
    "offícial-reply",
    "st aff",
    "Support",
    "system_",
    "moderator_lee",
    "The Adrnin",
    "5taff",
    "Former participant",
)
HIDDEN = (
    "an\u200ba",  # zero width
    "an\u200da",
    "\u202eana",  # right to left from here on
    "ana\u2066",
    "a\u00adna",  # soft hyphen
    "\ufeffana",
)
IMPOSSIBLE = (
    "",
    " ",
    "x",
    "x" * 41,
    "a@b.example",
    "https://evil.example",
    "a\x00b",
    "--",
    "…!",
    "<b>a</b>",
    "{{ a }}",
)


@pytest.mark.sqlite_only
class TestADisplayName:
    @pytest.mark.parametrize("name", RESERVED)
    def test_of_staff_is_kept_for_staff_in_every_disguise(self, app: Flask, name: str) -> None:
        with app.test_request_context(), pytest.raises(FieldErrors) as refusal:
            names.check(name)
        assert "staff" in refusal.value.errors["display_name"]

    @pytest.mark.parametrize("name", HIDDEN)
    def test_with_characters_that_nobody_sees_is_refused_with_a_reason(
        self, app: Flask, name: str
    ) -> None:
        with app.test_request_context(), pytest.raises(FieldErrors) as refusal:
            names.check(name)
        assert "nobody can see" in refusal.value.errors["display_name"]

    def test_has_letters_and_a_length_and_no_address(self, app: Flask) -> None:
        with app.test_request_context():
            for name in IMPOSSIBLE:
                with pytest.raises(FieldErrors):
                    names.check(name)
            for name in ("Ana", "Zoë 2", "李小龙", "عائشة", "harbor_finch", "O’Neill", "Łukasz"):
                assert names.check(f"  {name} ") == name

    @pytest.mark.parametrize("name", ["Ana", "ANA", "aná", "Аna", "a n a", "Αna", "Ａｎａ"])
    def test_that_looks_like_somebody_elses_is_taken(self, cast: Cast, name: str) -> None:
        browser = Browser(cast.app)
        page = browser.send(
            browser.form("/account/create", holding="display_name"),
            422,
            email="new@people.example",
            display_name=name,
            accept_policy="yes",
        ).text
        assert "taken" in page

    def test_that_is_suggested_is_free_and_says_nothing(self, cast: Cast) -> None:
        with cast.app.test_request_context():
            for name in names.suggest(20):
                assert names.check(name) == name
                assert not names.is_taken(name)


@pytest.mark.sqlite_only
class TestANetwork:
    @pytest.mark.parametrize(
        ("one", "other", "same"),
        [
            ("203.0.113.7", "203.0.113.200", True),
            ("203.0.113.7", "203.0.114.7", False),
            ("2001:db8::1", "2001:db8:0:ffff::2", True),
            ("2001:db8::1", "2001:db8:1::1", False),
            ("::ffff:203.0.113.7", "203.0.113.9", True),
            ("::ffff:203.0.113.7", "::ffff:198.51.100.7", False),
            (None, "", True),
        ],
    )
    def test_counts_together_what_one_owner_has(
        self, one: str | None, other: str, same: bool
    ) -> None:
        assert (limits.network(one) == limits.network(other)) == same


class TestALimit:
    def test_of_passwords_holds_for_the_account_whoever_asks_from_wherever(
        self, cast: Cast
    ) -> None:
        for index in range(10):
            browser = Browser(cast.app)
            form = browser.form("/account/sign-in", holding="password")
            browser.client.environ_base["REMOTE_ADDR"] = f"198.51.{index}.1"
            browser.send(
                form,
                422,
                email=address("ana").upper() if index % 2 else address("ana"),
                password="wrong password",
                headers={"X-Forwarded-For": f"203.0.{index}.1", "Forwarded": f"for=1.2.3.{index}"},
            )
        form = browser.form("/account/sign-in", holding="password")
        answer = browser.send(form, 429, email=address("ana"), password="wrong password")
        assert 0 < int(answer.headers["Retry-After"]) <= 15 * 60
        assert "15 minutes" in answer.text
        Browser(cast.app, "ana").get("/me")  # a code by mail still works
        self.pass_time(cast.app, timedelta(minutes=15))
        form = browser.form("/account/sign-in", holding="password")
        browser.send(form, 422, email=address("ana"), password="wrong password")

    @pytest.mark.sqlite_only
    def test_of_mails_to_one_address(self, cast: Cast) -> None:
        browser = Browser(cast.app)
        for index in range(7):
            form = browser.form("/account/sign-in", holding="email")
            answer = browser.send(
                form, 303 if index < 6 else 429, button=("step", "code"), email=address("ben")
            )
        assert int(answer.headers["Retry-After"]) > 0

    @pytest.mark.sqlite_only
    def test_of_accounts_from_one_network_ignores_what_a_request_says_about_itself(
        self, cast: Cast
    ) -> None:
        cast.app.config["ACCOUNTS_PER_HOUR"] = 3
        browser = Browser(cast.app)
        for index in range(4):
            form = browser.form("/account/create", holding="display_name")
            browser.send(
                form,
                303 if index < 3 else 429,
                email=f"new{index}@people.example",
                accept_policy="yes",
                headers={"X-Forwarded-For": f"203.0.{index}.1", "X-Real-IP": f"10.0.{index}.1"},
            )

    @pytest.mark.sqlite_only
    def test_of_acts_begun_without_an_account(self, cast: Cast) -> None:
        cast.app.config["ACCOUNTS_PER_HOUR"] = 1
        visitor = Browser(cast.app)
        path = f"/d/{SLUG}/ideas/{cast.idea}/vote"
        for index in range(6):
            visitor.post(path, {"choice": "agree"}, 303 if index < 5 else 429)

    @pytest.mark.sqlite_only
    def test_of_ideas_a_day_and_comments_an_hour(self, cast: Cast) -> None:
        cast.app.config.update(IDEAS_PER_DAY=3, COMMENTS_PER_HOUR=2)
        ana = Browser(cast.app, "ana")
        form = ana.form(f"/d/{SLUG}/ideas/new", holding="title")
        words = {"title": "One more", "body": "Words that stay.", "topic": "none"}
        for status in (303, 429):  # two stand in the world already
            answer = ana.send(form, status, button=("step", "post"), **words, form_key="")
        assert "Words that stay." in answer.text
        assert int(answer.headers["Retry-After"]) > 0
        where = ana.get(f"/d/{SLUG}/ideas/{cast.idea}", 301).headers["Location"]
        form = ana.form(where, holding="body")
        for status in (303, 303, 429):
            ana.send(form, status, button=("step", "post"), body="A comment", form_key="")

    def test_is_passed_by_none_of_those_who_come_at_once(self, cast: Cast) -> None:
        cast.app.config.update(IDEAS_PER_DAY=3)  # two stand in the world already
        together = threading.Barrier(6)

        def count() -> None:
            with cast.writing():
                limits.count(
                    "flag", "one", limit=2, window=timedelta(hours=1), now=clock.now(), say=""
                )

        def passes(act: Callable[[], object]) -> bool:
            together.wait(30)
            try:
                act()
            except TooMany:
                return False
            return True

        with ThreadPoolExecutor(6) as pool:
            assert sum(pool.map(passes, [count] * 6)) == 2
            assert sum(pool.map(passes, [cast.post_idea] * 6)) == 1

    @pytest.mark.sqlite_only
    def test_keeps_no_address_of_anybody(self, cast: Cast) -> None:
        browser = Browser(cast.app)
        form = browser.form("/account/sign-in", holding="password")
        browser.client.environ_base["REMOTE_ADDR"] = "198.51.100.77"
        browser.send(form, 422, email=address("ana"), password="wrong password")
        subjects = cast.read(lambda: db.session.scalars(select(Attempt.subject)).all())
        assert subjects
        assert not [one for one in subjects if "198" in one[:4] or "@" in one]

    def pass_time(self, app: Flask, by: timedelta) -> None:
        with app.app_context(), transaction():
            db.session.execute(update(Attempt).values(at=clock.now() - by))
