"""Somebody signs in by password, by code or by a mailed link, signs out, or is signed out."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from dialogue.accounts.commands import accounts
from dialogue.accounts.models import AccountSession
from dialogue.kernel import clock
from dialogue.kernel.db import db, transaction
from tests.journeys.conftest import Arrive
from tests.journeys.world import HOME, PASSWORD, World

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]


class TestSigningIn:
    def test_by_password_and_out_again(
        self, world: World, arrive: Arrive, javascript: bool
    ) -> None:
        email = world.new_account()
        visitor = arrive(javascript=javascript)
        page = visitor.page
        visitor.go("/me")
        expect(page).to_have_url(re.compile(r"/account/sign-in\?next=%2Fme$|next=/me$"))
        page.get_by_label("Email address").fill(email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").dblclick()
        expect(page.get_by_role("heading", level=1)).to_have_text("Your activity")
        expect(page.get_by_text("Nothing yet.")).to_be_visible()
        (before,) = [c for c in visitor.context.cookies() if c["name"] == "dialogue"]
        page.get_by_role("button", name="Sign out").dblclick()
        expect(page.get_by_role("link", name="Sign in")).to_be_visible()
        # A copy of the cookie is dead from now on.
        visitor.context.clear_cookies()
        visitor.context.add_cookies([before])  # type: ignore[list-item]  # playwright gives one type, takes another
        visitor.go("/me")
        expect(page).to_have_url(re.compile("/account/sign-in"))

    def test_with_a_wrong_password(self, world: World, arrive: Arrive, javascript: bool) -> None:
        email = world.new_account()
        visitor = arrive(javascript=javascript)
        page = visitor.page
        visitor.expect_status(422)
        visitor.go("/account/sign-in")
        page.get_by_label("Email address").fill(email)
        page.get_by_label("Password").fill("not the password at all")
        page.get_by_role("button", name="Sign in").click()
        expect(page).to_have_title(re.compile("^Error: Sign in"))
        expect(page.get_by_label("Email address")).to_have_value(email)
        expect(page.get_by_label("Password")).to_have_value("")

    def test_by_a_mailed_code(self, world: World, arrive: Arrive, javascript: bool) -> None:
        email = world.new_account()
        visitor = arrive(javascript=javascript)
        page = visitor.page
        visitor.expect_status(422)
        visitor.go("/account/sign-in")
        page.get_by_label("Email address").fill(email)
        page.get_by_role("button", name="Send me a code").click()
        code = world.code_for(email)
        page.get_by_label("Code", exact=True).fill("000000" if code != "000000" else "111111")
        page.get_by_role("button", name="Sign in").click()
        expect(page).to_have_title(re.compile("^Error: "))
        page.get_by_label("Code", exact=True).fill(f" {code[:3]} {code[3:]} ")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Your activity")

    def test_by_the_link_in_the_mail(self, world: World, arrive: Arrive, javascript: bool) -> None:
        """The link opens a page with a button; opening it alone signs nobody in."""
        email = world.new_account()
        visitor, scanner = arrive(javascript=javascript), arrive(javascript=javascript)
        page = visitor.page
        visitor.go("/account/sign-in")
        page.get_by_label("Email address").fill(email)
        page.get_by_role("button", name="Send me a code").click()
        link = world.link_for(email)
        scanner.go(link)
        expect(scanner.page.locator("header").get_by_role("link", name="Sign in")).to_be_visible()
        visitor.go(link)
        page.locator("main").get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Your activity")
        scanner.expect_status(404, 409, 410, 422)
        answer = scanner.go(link)
        assert answer is not None
        assert answer.status >= 400

    def test_with_a_new_code(self, world: World, arrive: Arrive, javascript: bool) -> None:
        """Only the newest code opens the door."""
        email = world.new_account()
        visitor = arrive(javascript=javascript)
        page = visitor.page
        visitor.go("/account/sign-in")
        page.get_by_label("Email address").fill(email)
        page.get_by_role("button", name="Send me a code").click()
        world.code_for(email)
        page.get_by_role("button", name="Send a new code").click()
        expect(page.locator(".messages")).to_contain_text("We have sent a new code.")
        page.get_by_label("Code", exact=True).fill(world.code_for(email, after=1))
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Your activity")


class TestASessionThatEndsWhileSomebodyWrites:
    def test_keeps_the_words(self, world: World, arrive: Arrive, javascript: bool) -> None:
        email = world.new_account()
        visitor = arrive(email, javascript=javascript)
        page, title = visitor.page, world.new_title("Written for a long time")
        visitor.go(f"{HOME}/ideas/new")
        page.get_by_label("Your idea in one sentence").fill(title)
        page.get_by_label("Tell us more").fill("Every word of it.")
        page.get_by_label("Not sure").check()
        end_sessions(world, email)
        page.get_by_role("button", name="Preview").click()
        page.get_by_role("button", name="Post idea").click()
        expect(page.locator(".notice")).to_contain_text(f"Your idea “{title}” is kept.")
        page.get_by_role("link", name="Sign in").last.click()
        page.get_by_label("Email address").fill(email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
        expect(page.locator(".idea .words")).to_have_text("Every word of it.")
        assert len(world.contributions(title=title)) == 1

    def test_keeps_a_comment(self, world: World, arrive: Arrive, javascript: bool) -> None:
        email = world.new_account()
        visitor = arrive(email, javascript=javascript)
        page, words = visitor.page, f"A comment of {email}"
        idea = world.ideas()[6]
        visitor.go(f"{HOME}/ideas/{idea.id}-{idea.slug}")
        page.get_by_label("Add a comment").fill(words)
        end_sessions(world, email)
        page.get_by_role("button", name="Post comment").click()
        expect(page.locator(".notice")).to_contain_text("is kept")
        page.get_by_role("link", name="Sign in").last.click()
        page.get_by_label("Email address").fill(email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        expect(page.locator(".comment.panel--dashed")).to_contain_text(words)
        assert len(world.contributions(text=words)) == 1


def end_sessions(world: World, email: str) -> None:
    """As time or another device does: the server forgets every session of somebody."""
    with world.app.app_context():
        user = accounts.by_email(email)
        assert user is not None
        user_id = user.id
        with transaction():
            db.session.execute(
                update(AccountSession)
                .where(AccountSession.user_id == user_id)
                .values(revoked_at=clock.now())
            )
