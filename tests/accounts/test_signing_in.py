"""Signing in and out: sessions are rows, a copied cookie dies with its row."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from dialogue.accounts.commands import accounts
from dialogue.accounts.models import AccountSession, Role, User
from dialogue.kernel import clock
from dialogue.kernel.db import db, transaction
from tests.cast import SLUG, Cast, address
from tests.pages import Browser, newest_code

PASSWORD = "correct horse battery"

ELSEWHERE = (
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https:evil.example",
    "https://evil.example/",
    "http:/evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "/me\r\nSet-Cookie: x=1",
    "/me\nLocation: https://evil.example",
    "\t//evil.example",
    "/\t/evil.example",
    " //evil.example",
    "evil.example",
    "@evil.example",
    "/%0d%0aLocation:%20https://evil.example\r\n",
    "",
)


def copy_of(browser: Browser, app: Flask) -> Browser:
    """A browser with the same cookie: a thief's, or a shared computer's."""
    cookie = browser.client.get_cookie("dialogue")
    assert cookie is not None
    other = Browser(app)
    other.client.set_cookie("dialogue", cookie.value)
    other.signed_in = True
    return other


def is_in(browser: Browser) -> bool:
    return browser.client.get("/me").status_code == 200


def set_password(app: Flask, user_id: int, password: str = PASSWORD) -> None:
    with app.app_context(), transaction():
        accounts.set_password(
            user=db.session.get_one(User, user_id), password=password, now=clock.now()
        )


class TestSigningIn:
    def test_by_password_and_by_code(self, cast: Cast) -> None:
        set_password(cast.app, cast.people["ana"])
        by_password = Browser(cast.app)
        form = by_password.form("/account/sign-in", holding="password")
        by_password.send(form, email=address("ana").upper(), password=PASSWORD)
        by_password.signed_in = True
        assert "Ana" in by_password.get("/me").text
        by_code = Browser(cast.app, "ana")
        by_code.get("/me")

    def test_leads_to_where_the_person_was_going(self, cast: Cast) -> None:
        browser = Browser(cast.app)
        wanted = browser.get("/me?after=x", 303).headers["Location"]
        assert wanted == "/account/sign-in?next=/me?after%3Dx"
        answer = browser.send(
            browser.form(wanted, holding="email"), button=("step", "code"), email=address("ana")
        )
        where = answer.headers["Location"]
        assert (
            browser.enter_code(where, newest_code(cast.app, address("ana"))).headers["Location"]
            == "/me?after=x"
        )

    @pytest.mark.sqlite_only
    def test_leads_staff_to_their_desk_when_they_were_going_nowhere(self, cast: Cast) -> None:
        for name, desk in (("lee", "/mod/queue"), ("ola", "/agency/"), ("ada", "/mod/queue")):
            browser = Browser(cast.app)
            assert browser.sign_in(address(name)).headers["Location"] == desk
            assert browser.get("/account/sign-in", 303).headers["Location"] == desk
            browser.get(desk)

    @pytest.mark.sqlite_only
    def test_never_leads_to_another_site(self, cast: Cast) -> None:
        set_password(cast.app, cast.people["ana"])
        cast.app.config["SIGN_IN_TRIES"] = 100
        for target in ELSEWHERE:
            browser = Browser(cast.app)
            form = browser.form("/account/sign-in", holding="password")
            answer = browser.send(form, email=address("ana"), password=PASSWORD, next=target)
            assert answer.headers["Location"] == "/me", target
            assert "x=1" not in str(answer.headers), target
            browser.signed_in = True
            again = browser.client.get("/account/sign-in", query_string={"next": target})
            assert again.headers["Location"] == "/me", target

    @pytest.mark.sqlite_only
    def test_gives_a_new_session_to_a_browser_that_had_one(self, cast: Cast) -> None:
        """A cookie planted before the sign-in opens nothing after it."""
        victim = Browser(cast.app)
        victim.get("/account/sign-in")
        planted = copy_of(victim, cast.app)
        victim.sign_in(address("ana"))
        assert is_in(victim)
        assert not is_in(planted)

    @pytest.mark.sqlite_only
    def test_is_refused_to_who_is_disabled_or_has_not_confirmed(self, cast: Cast) -> None:
        set_password(cast.app, cast.people["ana"])
        for column in ("disabled_at", "confirmed_at"):
            value = clock.now() if column == "disabled_at" else None
            with cast.writing():
                db.session.execute(
                    update(User)
                    .where(User.id == cast.people["ana"])
                    .values({"disabled_at": None, "confirmed_at": clock.now(), column: value})
                )
            browser = Browser(cast.app)
            form = browser.form("/account/sign-in", holding="password")
            browser.send(form, 422, email=address("ana"), password=PASSWORD)


class TestACopiedCookie:
    def test_is_dead_after_sign_out(self, cast: Cast) -> None:
        ana = Browser(cast.app, "ana")
        thief = copy_of(ana, cast.app)
        assert is_in(thief)
        ana.send(ana.form("/me", action="/account/sign-out"))
        assert not is_in(thief)
        assert not is_in(ana)

    def test_is_dead_after_a_new_password_a_new_role_and_the_end_of_the_account(
        self, cast: Cast
    ) -> None:
        def give_role() -> None:
            with cast.writing():
                accounts.give_role(
                    user=db.session.get_one(User, cast.people["ana"]),
                    role=Role.MODERATOR,
                    dialogue_id=cast.dialogue,
                    actor_id=None,
                    now=clock.now(),
                )

        def disable() -> None:
            with cast.writing():
                db.session.get_one(User, cast.people["ana"]).disabled_at = clock.now()

        for end in (lambda: set_password(cast.app, cast.people["ana"]), give_role, disable):
            ana = Browser(cast.app, "ana")
            assert is_in(copy_of(ana, cast.app))
            end()
            assert not is_in(ana)

    @pytest.mark.sqlite_only
    def test_is_dead_at_its_absolute_age(self, cast: Cast) -> None:
        ana = Browser(cast.app, "ana")
        with cast.writing():
            db.session.execute(update(AccountSession).values(expires_at=clock.now()))
        assert not is_in(ana)

    @pytest.mark.sqlite_only
    def test_of_staff_is_dead_after_a_quarter_of_an_hour_of_silence(self, cast: Cast) -> None:
        ana, lee = Browser(cast.app, "ana"), Browser(cast.app, "lee")

        def silent(minutes: int) -> None:
            with cast.writing():
                db.session.execute(
                    update(AccountSession).values(seen_at=clock.now() - timedelta(minutes=minutes))
                )

        silent(14)
        assert is_in(lee)
        seen = cast.read(lambda: db.session.scalars(select(AccountSession.seen_at)).all())
        assert max(seen) > clock.now() - timedelta(minutes=1)
        silent(16)
        assert not is_in(lee)
        assert is_in(ana)


@pytest.mark.sqlite_only
class TestSigningOut:
    def test_twice_is_no_fault(self, cast: Cast) -> None:
        ana = Browser(cast.app, "ana")
        form = ana.form("/me", action="/account/sign-out")
        assert ana.send(form).headers["Location"] == "/"
        ana.signed_in = False
        assert ana.send(form).headers["Location"] == "/"

    def test_needs_the_token_of_the_page(self, cast: Cast) -> None:
        ana = Browser(cast.app, "ana")
        ana.post("/account/sign-out", {}, 403)
        assert is_in(ana)


@pytest.mark.sqlite_only
class TestSignedOutInTheMiddle:
    def test_of_writing_an_idea_the_words_go_through_the_sign_in(self, cast: Cast) -> None:
        ana = Browser(cast.app, "ana")
        form = ana.form(f"/d/{SLUG}/ideas/new", holding="title")
        end_sessions(cast)
        ana.signed_in = False
        words = {"title": "Kept through the sign-in", "body": "All of it.", "topic": "training"}
        answer = ana.send(form, button=("step", "post"), **words)
        where = answer.headers["Location"].replace("/account/create", "/account/sign-in")
        ana.send(ana.form(where, holding="email"), button=("step", "code"), email=address("ana"))
        answer = ana.enter_code("/account/sign-in/code", newest_code(cast.app, address("ana")))
        assert "Kept through the sign-in" in ana.follow(answer).text

    @pytest.mark.parametrize("what", ["idea", "comment"])
    def test_of_changing_ones_own_text_the_words_come_back_after_it(
        self, cast: Cast, what: str
    ) -> None:
        who = "ana" if what == "idea" else "ben"
        path = {
            "idea": f"/d/{SLUG}/ideas/{cast.idea}/edit",
            "comment": f"/d/{SLUG}/comments/{cast.comment}/edit",
        }[what]
        person = Browser(cast.app, who)
        form = person.form(path, holding="body")
        end_sessions(cast)
        person.signed_in = False
        answer = person.send(form, button=("step", "post"), body="Words typed before it ended.")
        where = answer.headers["Location"]
        assert where.startswith("/account/sign-in")
        person.send(
            person.form(where, holding="email"), button=("step", "code"), email=address(who)
        )
        answer = person.enter_code("/account/sign-in/code", newest_code(cast.app, address(who)))
        assert "Words typed before it ended." in person.follow(answer).text

    def test_of_an_officers_long_form_every_text_comes_back(self, cast: Cast) -> None:
        ola = Browser(cast.app, "ola")
        form = ola.form(f"/agency/d/{SLUG}/edit", holding="question")
        end_sessions(cast)
        ola.signed_in = False
        texts = {
            "why": "A reason that took half an hour.",
            "how": "A way that took another half an hour.",
        }
        where = ola.send(form, **texts).headers["Location"]
        ola.send(ola.form(where, holding="email"), button=("step", "code"), email=address("ola"))
        answer = ola.enter_code("/account/sign-in/code", newest_code(cast.app, address("ola")))
        page = ola.follow(answer).text
        assert all(words in page for words in texts.values())
        assert form.fields["csrf_token"] not in page

    def test_at_a_button_of_staff_the_sign_in_leads_to_a_page_that_exists(self, cast: Cast) -> None:
        stranger = Browser(cast.app)
        for path in ("/mod/items/1/decisions", "/mod/decisions/1/undo", "/mod/items/1/claim"):
            where = stranger.post(path, {}, headers={"Referer": "http://localhost/mod/queue"})
            assert where.headers["Location"] == "/account/sign-in?next=%2Fmod%2Fqueue", path
            where = stranger.post(path, {}, headers={"Referer": "http://evil.example/mod/queue"})
            assert "evil" not in where.headers["Location"]


def end_sessions(cast: Cast) -> None:
    with cast.writing():
        db.session.execute(update(AccountSession).values(revoked_at=clock.now()))
