"""A moderator reads what waits and decides; the author learns of it on the page and by mail."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from dialogue.participation.lifecycle import State
from tests.journeys.conftest import Arrive
from tests.journeys.world import HOME, World, text_of

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]


class TestTheQueue:
    def test_keys_undo(self, world: World, arrive: Arrive, javascript: bool) -> None:
        """Approve by click (and key), take it back by button (and key): each time exactly."""
        author = world.new_account()
        # Not alike: what an idea says that another one does not would be marked.
        words = "Paint the number on the buses" if javascript else "Sew a label into gloves"
        title = world.new_title(words)
        number = world.post_idea(author, title)
        moderator = world.new_account("moderator")
        visitor, stranger = arrive(moderator, javascript=javascript), arrive(javascript=javascript)
        page = visitor.page
        visitor.go("/mod/queue?lane=new")
        expect(page).to_have_title(re.compile(r"^\d+ waiting – Queue"))
        page.get_by_role("link", name=title).click()
        expect(page.locator("#item-title")).to_contain_text(title)
        page.get_by_role("button", name="Approve").dblclick()
        said = page.locator(".undo-bar")
        expect(said).to_contain_text(f"Approved “{title}”.")
        assert world.contribution(number).state == State.PUBLISHED
        stranger.go(f"{HOME}/ideas/{number}")
        expect(stranger.page.get_by_role("heading", level=1)).to_have_text(title)
        said.get_by_role("button", name="Undo").click()
        expect(said).to_contain_text("Taken back.")
        expect(page.locator("#item-title")).to_contain_text(title)
        assert world.contribution(number).state == State.PENDING
        stranger.expect_status(404)
        answer = stranger.go(f"{HOME}/ideas/{number}")
        assert answer is not None
        assert answer.status == 404
        if not javascript:
            return
        page.keyboard.press("a")
        expect(said).to_contain_text(f"Approved “{title}”.")
        expect(page.locator("#item-title")).to_be_focused()
        page.keyboard.press("z")
        expect(said).to_contain_text("Taken back.")
        assert world.contribution(number).state == State.PENDING
        page.keyboard.press("5")
        expect(said).to_contain_text(f"Rejected “{title}”.")
        assert world.contribution(number).state == State.REJECTED

    def test_reject_is_shown_to_the_author(
        self, world: World, arrive: Arrive, javascript: bool
    ) -> None:
        author = world.new_account()
        title = world.new_title("Buy my pills")
        number = world.post_idea(author, title)
        visitor = arrive(world.new_account("moderator"), javascript=javascript)
        page = visitor.page
        visitor.go("/mod/queue?lane=new")
        page.get_by_role("link", name=title).click()
        page.get_by_role("button", name="Advertising").dblclick()
        expect(page.locator(".undo-bar")).to_contain_text(f"Rejected “{title}”.")
        assert world.contribution(number).state == State.REJECTED
        reader = arrive(author, javascript=javascript)
        reader.go(f"{HOME}/ideas/{number}")
        expect(reader.page.locator(".own-state")).to_contain_text("Not published")
        expect(reader.page.locator(".own-reason")).to_contain_text("Advertising")
        reader.go("/me")
        expect(reader.page.locator(".own-reason")).to_contain_text("Advertising")
        # The author hears nothing as long as it can be undone.
        assert world.site.mails(author) == []

    def test_queue_race(self, world: World, arrive: Arrive, javascript: bool) -> None:
        """Two open the same item; one decides, the other is told by whom."""
        author = world.new_account()
        title = world.new_title("Read by two")
        number = world.post_idea(author, title)
        first, second = world.new_account("moderator"), world.new_account("moderator")
        one, two = (arrive(email, javascript=javascript) for email in (first, second))
        for visitor in (one, two):
            visitor.go("/mod/queue?lane=new")
            visitor.page.get_by_role("link", name=title).click()
            expect(visitor.page.locator("#item-title")).to_contain_text(title)
        one.page.get_by_role("button", name="Approve").click()
        expect(one.page.locator(".undo-bar")).to_contain_text("Approved")
        two.expect_status(409)
        two.page.get_by_role("button", name="Advertising").click()
        expect(two.page.get_by_role("alert")).to_contain_text(
            f"Already approved by {world.name_of(first)}"
        )
        assert world.contribution(number).state == State.PUBLISHED

    def test_a_reason_that_needs_a_sentence(
        self, world: World, arrive: Arrive, javascript: bool
    ) -> None:
        author = world.new_account()
        title = world.new_title("Needs words")
        number = world.post_idea(author, title)
        visitor = arrive(world.new_account("moderator"), javascript=javascript)
        page = visitor.page
        visitor.go("/mod/queue?lane=new")
        page.get_by_role("link", name=title).click()
        visitor.expect_status(422)
        page.get_by_role("button", name="Another reason").click()
        assert world.contribution(number).state == State.PENDING
        expect(page.locator("#note")).to_be_visible()
        page.locator("#note").fill("Please send it to the office itself.")
        page.get_by_role("button", name="Another reason").click()
        expect(page.locator(".undo-bar")).to_contain_text("Rejected")
        reader = arrive(author, javascript=javascript)
        reader.go(f"{HOME}/ideas/{number}")
        expect(reader.page.locator(".own-reason")).to_contain_text("send it to the office itself")


class TestTheMailAboutADecision:
    def test_comes_once_after_the_undo_window(self, world: World, arrive: Arrive) -> None:
        author = world.new_account()
        title = world.new_title("Sing it on the radio")
        world.post_idea(author, title)
        visitor = arrive(world.new_account("moderator"))
        page = visitor.page
        visitor.go("/mod/queue?lane=new")
        page.get_by_role("link", name=title).click()
        page.get_by_role("button", name="Advertising").click()
        page.locator(".undo-bar").get_by_role("button", name="Undo").click()
        expect(page.locator(".undo-bar")).to_contain_text("Taken back.")
        page.get_by_role("button", name="Approve").click()
        expect(page.locator(".undo-bar")).to_contain_text(f"Approved “{title}”.")
        world.let_undo_windows_pass(author)
        mail = world.mail_to(author)
        # The demonstration is about a sensitive matter: the mail leads there and says no more.
        assert "There is news for you" in text_of(mail)
        assert title not in text_of(mail) + str(mail["Subject"])
        assert len(world.site.mails(author)) == 1
