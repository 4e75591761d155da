"""Somebody votes one by one with keys, reports, searches, and disowns what is not theirs."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import Arrive
from tests.journeys.world import HOME, World

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]


class TestOneByOne:
    def test_goes_on_by_key_only_on_the_card(self, world: World, arrive: Arrive) -> None:
        email = world.new_account()
        visitor = arrive(email)
        page = visitor.page
        visitor.go(HOME)
        page.get_by_role("link", name="Read and vote").click()
        title = page.locator("#card-title")
        first = title.inner_text()
        page.keyboard.press("1")
        expect(title).to_have_text(first)  # the focus is not on the card
        page.get_by_role("button", name="Pass").focus()
        page.keyboard.press("Control+1")
        expect(title).to_have_text(first)
        page.keyboard.press("1")
        expect(page.locator(".messages")).to_contain_text("You agreed.")
        expect(title).not_to_have_text(first)
        second = title.inner_text()
        page.keyboard.press("3")  # the focus is on the new card already
        expect(page.locator(".messages")).to_contain_text("You passed.")
        expect(title).not_to_have_text(second)
        assert visitor.accessibility_problems() == []
        visitor.go("/me/votes")
        expect(page.get_by_role("link", name=first, exact=True)).to_be_visible()
        expect(page.get_by_role("link", name=second, exact=True)).to_be_visible()


class TestWithAndWithoutAScript:
    def test_reports_searches_and_disowns(
        self, world: World, arrive: Arrive, javascript: bool
    ) -> None:
        email = world.new_account()
        visitor = arrive(email, javascript=javascript)
        visitor.watch.expected.add(422)
        page = visitor.page
        idea = max(world.ideas(), key=lambda one: one.comments)
        visitor.go(f"{HOME}/ideas/{idea.id}-{idea.slug}")
        page.locator(".comment").get_by_role("link", name="Report").first.click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Report this comment")
        page.get_by_role("button", name="Report").click()
        expect(page.locator(".error-summary")).to_contain_text("Choose what is wrong with it")
        page.get_by_label("It threatens, insults or attacks people").check()
        page.get_by_role("button", name="Report").click()
        expect(page.locator(".messages")).to_contain_text("We do not tell the author who reported.")
        page.get_by_role("button", name="Take it back").click()
        visitor.go("/me/reported")
        expect(page.get_by_text("Taken back")).to_be_visible()

        page.get_by_role("link", name="Search", exact=True).click()
        page.get_by_label("Search ideas and comments").fill("hotline -zeppelin")
        page.get_by_role("button", name="Search").click()
        expect(page.locator("mark").first).to_be_visible()
        expect(page.get_by_label("Search ideas and comments")).to_have_value("hotline -zeppelin")

        own = world.post_idea("participant", world.new_title("Not written by me"))
        address, _password = world.sign_ins["participant"]
        visitor.go(world.disown_link(own, address))
        page.get_by_role("button", name="I did not write this").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")
        expect(page.get_by_role("button", name="Sign out everywhere")).to_be_visible()
