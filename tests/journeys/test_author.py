"""Somebody shares ideas and comments, changes them, takes one back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from dialogue.participation.lifecycle import State
from tests.journeys.conftest import Arrive
from tests.journeys.world import HOME, World

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]


def share(page: Page, title: str, body: str = "") -> None:
    """Through both steps, from the form to the idea's page."""
    page.goto(f"{HOME}/ideas/new")
    page.get_by_label("Your idea in one sentence").fill(title)
    page.get_by_label("Tell us more").fill(body)
    page.get_by_label("Not sure").check()
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("button", name="Post idea").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)


class TestSharingAnIdea:
    def test_first_idea(self, world: World, arrive: Arrive, javascript: bool) -> None:
        """From the front page in 4 clicks beside the radio button; only its author sees it."""
        email = world.new_account()
        visitor, stranger = arrive(email, javascript=javascript), arrive(javascript=javascript)
        page, title = visitor.page, world.new_title("Put radios in the break rooms")
        body = "A radio is on *all day*.\n\n- in Mam\n- in Mixteco"
        clicks = 0
        visitor.go("/")
        page.get_by_role("link", name="Ending labor trafficking").first.click()
        clicks += 1
        page.get_by_role("link", name="Share an idea").first.click()
        clicks += 1
        page.get_by_label("Your idea in one sentence").fill(title)
        page.get_by_label("Tell us more").fill(body)
        page.get_by_label("Not sure").check()
        page.get_by_role("button", name="Preview").click()
        clicks += 1
        expect(page).to_have_title(re.compile("^Preview – "))
        expect(page.get_by_role("heading", level=2).first).to_have_text(title)
        expect(page.locator(".words em")).to_have_text("all day")
        expect(page.locator(".words li")).to_have_text(["in Mam", "in Mixteco"])
        page.get_by_role("button", name="Post idea").click()
        clicks += 1
        assert clicks <= 4
        expect(page.locator(".messages")).to_contain_text("A moderator reads your idea next")
        expect(page.locator(".panel--dashed .own-state")).to_contain_text(
            "Waiting for a moderator Only you can see this. "
            "Usually checked within 1 working day. We will email you."
        )
        expect(page.locator("meta[name=robots]")).to_have_attribute("content", "noindex")
        (number,) = world.contributions(title=title)
        assert page.url.endswith(f"{HOME}/ideas/{number}")
        stranger.expect_status(404)
        for path in (f"{HOME}/ideas/{number}", f"{HOME}/ideas/{number}/vote"):
            answer = stranger.go(path)
            assert answer is not None
            assert answer.status == 404
        stranger.go(f"{HOME}?sort=newest&q=radios")
        expect(stranger.page.get_by_text(title)).to_have_count(0)
        visitor.go("/me")
        expect(page.get_by_role("link", name=title, exact=True)).to_be_visible()

    def test_goes_back_with_everything_kept(
        self, world: World, arrive: Arrive, javascript: bool
    ) -> None:
        visitor = arrive("participant", javascript=javascript)
        page = visitor.page
        visitor.go(f"{HOME}/ideas/new")
        page.get_by_label("Your idea in one sentence").fill('Print it on the bag & the "box"')
        page.get_by_label("Tell us more").fill("\nFirst line\n\n  <b>second</b>")
        topic = page.get_by_role("radio").first
        topic.check()
        page.get_by_role("button", name="Preview").click()
        expect(page.locator(".words")).to_contain_text("<b>second</b>")
        page.get_by_role("button", name="Go back and change").click()
        expect(page.get_by_label("Your idea in one sentence")).to_have_value(
            'Print it on the bag & the "box"'
        )
        expect(page.get_by_label("Tell us more")).to_have_value("\nFirst line\n\n  <b>second</b>")
        expect(topic).to_be_checked()

    def test_becomes_one_idea_however_often_post_is_clicked(
        self, world: World, arrive: Arrive, javascript: bool
    ) -> None:
        email = world.new_account()
        page = arrive(email, javascript=javascript).page
        title = world.new_title("Only once")
        page.goto(f"{HOME}/ideas/new")
        page.get_by_label("Your idea in one sentence").fill(title)
        page.get_by_label("Not sure").check()
        page.get_by_role("button", name="Preview").dblclick()
        page.get_by_role("button", name="Post idea").dblclick()
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
        assert len(world.contributions(title=title)) == 1


class TestChangingOnesMind:
    def test_edits_while_it_waits(self, world: World, arrive: Arrive, javascript: bool) -> None:
        email = world.new_account()
        page = arrive(email, javascript=javascript).page
        title = world.new_title("Meet people at the bus stop")
        share(page, title, "Before dawn.")
        (number,) = world.contributions(title=title)
        page.get_by_role("link", name="Edit your idea").click()
        expect(page.get_by_label("Your idea in one sentence")).to_have_value(title)
        expect(page.get_by_label("Tell us more")).to_have_value("Before dawn.")
        page.get_by_label("Tell us more").fill("Before dawn, at the stop.")
        page.get_by_role("button", name="Preview").click()
        page.get_by_role("button", name="Send the change").click()
        expect(page.locator(".messages")).to_contain_text("Your change is sent.")
        expect(page.locator(".idea .words")).to_have_text("Before dawn, at the stop.")
        assert world.contribution(number).state == State.PENDING

    def test_withdraws(self, world: World, arrive: Arrive, javascript: bool) -> None:
        email = world.new_account()
        visitor = arrive(email, javascript=javascript)
        page, title = visitor.page, world.new_title("Not a good idea")
        share(page, title)
        (number,) = world.contributions(title=title)
        page.get_by_role("link", name="Withdraw your idea").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Withdraw your idea?")
        expect(page.get_by_text("It is removed completely")).to_be_visible()
        page.get_by_role("button", name="Withdraw").dblclick()
        expect(page.locator(".messages")).to_contain_text("Your idea is withdrawn.")
        assert world.contribution(number).state == State.WITHDRAWN
        visitor.expect_status(404, 410)
        answer = visitor.go(f"{HOME}/ideas/{number}")
        assert answer is not None
        assert answer.status == 410


class TestCommenting:
    def test_comments_and_replies(self, world: World, arrive: Arrive, javascript: bool) -> None:
        email = world.new_account()
        visitor, stranger = arrive(email, javascript=javascript), arrive(javascript=javascript)
        page = visitor.page
        idea = next(idea for idea in world.ideas() if idea.comments >= 3)
        url = f"{HOME}/ideas/{idea.id}-{idea.slug}"
        words = f"My uncle found the number there. {email}"
        visitor.go(url)
        page.get_by_label("Add a comment").fill(words)
        page.get_by_role("button", name="Post comment").dblclick()
        expect(page.locator(".messages")).to_contain_text("A moderator reads your comment next")
        expect(page.locator(".comment.panel--dashed")).to_contain_text(words)
        assert len(world.contributions(text=words)) == 1
        answered = page.locator(".comment:not(.panel--dashed)").first
        answered.get_by_role("link", name="Reply").click()
        expect(page.locator(".comment-form label").first).to_contain_text("Reply to ")
        reply = f"Where was that? {email}"
        page.locator("#body").fill(reply)
        page.get_by_role("button", name="Post comment").click()
        expect(page.locator(".comment.panel--dashed")).to_have_count(2)
        (number,) = world.contributions(text=reply)
        assert world.contribution(number).reply_to_id is not None
        stranger.go(url)
        expect(stranger.page.get_by_text(words)).to_have_count(0)

    def test_previews_a_comment(self, world: World, arrive: Arrive, javascript: bool) -> None:
        email = world.new_account()
        page = arrive(email, javascript=javascript).page
        idea = world.ideas()[1]
        words = f"**Bold** words of {email}"
        page.goto(f"{HOME}/ideas/{idea.id}-{idea.slug}")
        page.get_by_label("Add a comment").fill(words)
        page.get_by_role("button", name="Preview").click()
        expect(page.locator(".words strong")).to_have_text("Bold")
        page.get_by_role("button", name="Go back and change").click()
        expect(page.locator("#body")).to_have_value(words)
        page.get_by_role("button", name="Post comment").click()
        expect(page.locator(".comment.panel--dashed")).to_contain_text("Waiting for a moderator")
        assert len(world.contributions(text=words)) == 1


class TestMistakes:
    """`errors`: the summary has the focus, the title says it, links lead to fields, input stays."""

    def test_errors_of_the_idea_form(self, arrive: Arrive, javascript: bool) -> None:
        visitor = arrive("participant", javascript=javascript)
        page = visitor.page
        visitor.expect_status(422)
        visitor.go(f"{HOME}/ideas/new")
        page.get_by_label("Your idea in one sentence").fill("x" * 121)
        page.get_by_label("Tell us more").fill("kept")
        page.get_by_role("button", name="Preview").click()
        expect(page).to_have_title(re.compile("^Error: Share an idea"))
        summary = page.locator(".error-summary")
        if javascript:
            expect(summary).to_be_focused()
        expect(summary.get_by_role("link")).to_have_count(2)
        expect(page.get_by_label("Your idea in one sentence")).to_have_value("x" * 121)
        expect(page.get_by_label("Tell us more")).to_have_value("kept")
        expect(page.get_by_label("Your idea in one sentence")).to_have_attribute(
            "aria-invalid", "true"
        )
        summary.get_by_role("link").first.click()
        expect(page.locator("#title")).to_be_focused()

    @pytest.mark.parametrize(
        ("who", "path", "button"),
        [
            ("participant", f"{HOME}/ideas/new", "Preview"),
            ("visitor", "/account/create", "Send me a code"),
            ("visitor", "/account/sign-in", "Sign in"),
            ("visitor", "/account/confirm", "Confirm"),
            ("visitor", "/account/sign-in/code", "Sign in"),
            ("participant", "comment", "Post comment"),
            ("officer", "/agency/d/new", "Save"),
        ],
    )
    def test_errors_of_an_empty_form(
        self, world: World, arrive: Arrive, who: str, path: str, button: str
    ) -> None:
        visitor = arrive(who)
        page = visitor.page
        visitor.expect_status(422)
        if path == "comment":
            idea = world.ideas()[0]
            path = f"{HOME}/ideas/{idea.id}-{idea.slug}"
        visitor.go(path)
        page.locator("main").get_by_role("button", name=button, exact=True).first.click()
        expect(page).to_have_title(re.compile("^Error: "))
        summary = page.locator(".error-summary")
        expect(summary).to_be_focused()
        for link in summary.get_by_role("link").all():
            target = str(link.get_attribute("href"))
            expect(page.locator(target)).to_have_count(1)
        assert visitor.accessibility_problems() == []
