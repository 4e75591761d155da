"""Somebody reads, votes, is asked for an address, and the vote counts once."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import Arrive
from tests.journeys.world import HOME, World
from tests.parts.chromium import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]


def create_account(world: World, visitor: Visitor, email: str) -> None:
    """From the account page to the page after the code."""
    page = visitor.page
    page.get_by_label("Email address").fill(email)
    page.get_by_label("I have read the comment policy").check()
    page.get_by_role("button", name="Send me a code").click()
    page.get_by_label("Code", exact=True).fill(world.code_for(email))
    page.get_by_role("button", name="Confirm").click()


class TestReading:
    def test_sets_no_cookie(self, world: World, arrive: Arrive, javascript: bool) -> None:
        visitor = arrive(javascript=javascript)
        idea = world.ideas()[0]
        for path in ("/", "/d/", HOME, f"{HOME}/about", f"{HOME}/ideas/{idea.id}", "/help"):
            answer = visitor.go(path)
            assert answer is not None
            assert answer.status == 200
            assert "set-cookie" not in answer.headers
        visitor.page.get_by_role("link", name="Dialogues", exact=True).first.click()
        visitor.page.get_by_role("link", name="Ending labor trafficking").first.click()
        visitor.page.get_by_role("link", name="About this dialogue").click()
        expect(visitor.page.get_by_role("heading", level=1)).to_be_visible()
        assert visitor.context.cookies() == []


class TestTheFirstVote:
    def test_intent_first_vote(self, world: World, arrive: Arrive, javascript: bool) -> None:
        """From the front page: 3 clicks, 3 fields (the name is filled in), the code."""
        visitor = arrive(javascript=javascript)
        page, email = visitor.page, world.new_address("reader")
        clicks = 0
        visitor.go("/")
        page.get_by_role("link", name="Ending labor trafficking").first.click()
        clicks += 1
        row = page.locator(".idea-row").first
        idea_id = int(str(row.get_attribute("id")).removeprefix("idea-"))
        title = row.get_by_role("heading").inner_text()
        row.get_by_role("button", name="Agree", exact=False).first.click()
        clicks += 1
        expect(page.get_by_role("heading", level=1)).to_have_text("Create an account")
        expect(page.locator(".notice")).to_have_text(
            f"Your Agree on “{title}” will count when you confirm your email."
        )
        assert page.get_by_label("Display name").input_value()
        page.get_by_label("Email address").fill(email)
        page.get_by_label("I have read the comment policy").check()
        page.get_by_role("button", name="Send me a code").click()
        clicks += 1
        assert clicks <= 3
        page.get_by_label("Code", exact=True).fill(world.code_for(email))
        page.get_by_role("button", name="Confirm").click()
        expect(page.locator(".messages")).to_contain_text("Your Agree is counted.")
        expect(page.locator(".messages")).to_contain_text(f"Welcome, {world.name_of(email)}.")
        assert world.votes(idea_id, email) == ["agree"]
        # Going back to the code and sending it again counts nothing twice.
        page.reload()
        assert world.votes(idea_id, email) == ["agree"]

    def test_changes_and_goes(self, world: World, arrive: Arrive, javascript: bool) -> None:
        email = world.new_account()
        visitor = arrive(email, javascript=javascript)
        page, idea = visitor.page, world.ideas()[3]
        before = idea.agree + idea.disagree + idea.passed
        visitor.go(f"{HOME}/ideas/{idea.id}-{idea.slug}")
        box = page.locator(f"#vote-{idea.id}")
        for name, choice, said in (
            ("Agree", "agree", "You agreed"),
            ("Disagree", "disagree", "You disagreed"),
            ("Pass", "pass", "You passed"),
        ):
            box.get_by_role("button", name=re.compile(f"^{name}")).click()
            expect(box.locator(".vote__after")).to_contain_text(said)
            pressed = box.locator("button[aria-pressed=true]")
            expect(pressed).to_have_attribute("value", choice)
            assert world.votes(idea.id, email) == [choice]
        now = world.contribution(idea.id)
        assert now.agree + now.disagree + now.passed == before + 1
        box.get_by_role("button", name="remove your vote").click()
        expect(box.locator(".vote__after")).not_to_contain_text("You passed")
        assert world.votes(idea.id, email) == []
        now = world.contribution(idea.id)
        assert now.agree + now.disagree + now.passed == before

    def test_counts_once_however_often_it_is_clicked(
        self, world: World, arrive: Arrive, javascript: bool
    ) -> None:
        email = world.new_account()
        visitor = arrive(email, javascript=javascript)
        idea = world.ideas()[4]
        before = idea.agree + idea.disagree + idea.passed
        visitor.go(f"{HOME}/ideas/{idea.id}-{idea.slug}")
        visitor.page.locator(f"#vote-{idea.id} button[value=agree]").dblclick()
        expect(visitor.page.locator(".vote__after")).to_contain_text("You agreed")
        assert world.votes(idea.id, email) == ["agree"]
        now = world.contribution(idea.id)
        assert now.agree + now.disagree + now.passed == before + 1


class TestVotingFromTheList:
    def test_vote_click(self, world: World, arrive: Arrive) -> None:
        """One click, no new page; a reload shows it still."""
        email = world.new_account()
        visitor = arrive(email)
        page = visitor.page
        visitor.go(HOME)
        address = page.url
        row = page.locator(".idea-row").nth(2)
        idea_id = int(str(row.get_attribute("id")).removeprefix("idea-"))
        box = page.locator(f"#vote-{idea_id}")
        box.locator("button[value=disagree]").click()
        expect(box.locator(".vote__said")).to_have_text("You disagreed")
        expect(page.locator("[data-announcer]")).to_contain_text("You disagreed.")
        assert page.url == address
        assert world.votes(idea_id, email) == ["disagree"]
        page.reload()
        expect(box.locator(".vote__said")).to_have_text("You disagreed")
        box.locator("summary").click()
        expect(box.locator("button[value=disagree]")).to_have_attribute("aria-pressed", "true")
        box.locator("button[value=agree]").click()
        expect(box.locator(".vote__said")).to_have_text("You agreed")
        assert world.votes(idea_id, email) == ["agree"]

    def test_comes_back_to_the_same_idea_without_a_script(
        self, world: World, arrive: Arrive
    ) -> None:
        email = world.new_account()
        visitor = arrive(email, javascript=False)
        page = visitor.page
        visitor.go(f"{HOME}?sort=newest")
        row = page.locator(".idea-row").nth(2)
        idea_id = int(str(row.get_attribute("id")).removeprefix("idea-"))
        row.locator("button[value=pass]").click()
        expect(page).to_have_url(re.compile(rf"sort=newest#idea-{idea_id}$"))
        expect(page.locator(".messages")).to_contain_text("You passed.")
        assert world.votes(idea_id, email) == ["pass"]

    def test_vote_offline(self, world: World, arrive: Arrive) -> None:
        """What could not be saved is taken back and said."""
        email = world.new_account()
        visitor = arrive(email)
        page = visitor.page
        visitor.go(HOME)
        row = page.locator(".idea-row").nth(1)
        idea_id = int(str(row.get_attribute("id")).removeprefix("idea-"))
        visitor.context.set_offline(True)
        row.locator("button[value=agree]").click()
        expect(row.locator(".vote__failed")).to_have_text("Not saved. Try again.")
        expect(row.locator("button[aria-pressed=true]")).to_have_count(0)
        expect(page.locator("[data-announcer]")).to_have_text("Not saved. Try again.")
        assert world.votes(idea_id, email) == []
        visitor.context.set_offline(False)
        row.locator("button[value=agree]").click()
        expect(page.locator(f"#vote-{idea_id} .vote__said")).to_have_text("You agreed")
        assert world.votes(idea_id, email) == ["agree"]


class TestAnIdeaOfAVisitor:
    def test_intent_survives_the_registration(
        self, world: World, arrive: Arrive, javascript: bool
    ) -> None:
        visitor = arrive(javascript=javascript)
        page, email = visitor.page, world.new_address("writer")
        title = world.new_title("Ask in the laundry room")
        visitor.go(f"{HOME}/ideas/new")
        page.get_by_label("Your idea in one sentence").fill(title)
        page.get_by_label("Not sure").check()
        page.get_by_role("button", name="Preview").click()
        page.get_by_role("button", name="Post idea").click()
        expect(page.locator(".notice")).to_contain_text(f"Your idea “{title}” is kept.")
        create_account(world, visitor, email)
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
        expect(page.locator(".own-state")).to_contain_text("Waiting for a moderator")
        assert len(world.contributions(title=title)) == 1
