"""Somebody follows, is told, and stops the mails by the link in one; with and without script."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import Arrive
from tests.journeys.world import HOME, World

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]


class TestFollowing:
    def test_follow_and_stop(self, world: World, arrive: Arrive, javascript: bool) -> None:
        """The button changes in place where the script works, by a new page where not."""
        visitor = arrive(world.new_account(), javascript=javascript)
        page, idea = visitor.page, world.ideas()[3]
        visitor.go(f"{HOME}/ideas/{idea.id}-{idea.slug}")
        page.get_by_role("button", name="Follow this idea").click()
        stop = page.get_by_role("button", name="Stop following")
        expect(stop).to_be_visible()
        if javascript:
            expect(page.locator("[data-announcer]")).to_have_text("You follow this now.")
            expect(stop).to_be_focused()
        visitor.go("/me/emails")
        expect(page.locator("#follows li")).to_have_count(1)
        expect(page.locator("#follows li")).to_contain_text(idea.title)
        page.locator("#follows").get_by_role("button", name="Stop following").click()
        expect(page.locator("#follows")).to_contain_text("You follow nothing yet.")

    def test_news_and_the_link_in_a_mail(
        self, world: World, arrive: Arrive, javascript: bool
    ) -> None:
        """A moderator hides a word: its author is told, and stops further letters by a link."""
        email, title = world.new_account(), world.new_title("Ask the night shift")
        world.hide_words(world.post_idea(email, title), "night")
        world.let_undo_windows_pass(email)
        found = world.mail_to(email)
        link = str(found["List-Unsubscribe"]).strip("<>")
        author = arrive(email, javascript=javascript)
        author.go("/")
        author.page.get_by_role("link", name="1 new").click()
        expect(author.page.get_by_role("heading", level=1)).to_have_text("News for you")
        expect(author.page.get_by_role("link", name="Part of your idea is hidden")).to_be_visible()
        author.page.get_by_role("button", name="Mark all as read").click()
        expect(author.page.get_by_role("link", name="1 new")).to_have_count(0)
        stranger = arrive(javascript=javascript)
        stranger.go(link.removeprefix(world.url))
        stranger.page.get_by_role("button", name="Stop mails about decisions").click()
        expect(stranger.page.get_by_role("heading", level=1)).to_have_text(
            "These mails are stopped"
        )
