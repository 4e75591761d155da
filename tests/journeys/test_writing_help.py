"""Somebody writes and is helped: what could identify a person, where help is, who said it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from dialogue.participation.models import Contribution
from tests.journeys.conftest import Arrive
from tests.journeys.looks import faults_of
from tests.journeys.test_visitor import create_account
from tests.journeys.world import HOME, World
from tests.parts.chromium import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]

NEW = f"{HOME}/ideas/new"
SENTENCE = "Print the hotline on every pay stub and pay app"
KNOWN = "Print the hotline's text number on every pay stub"
DETAILS = "My cousin Ana was told to ring 555-0142 and nobody answered."
HIDDEN = "My cousin [name] was told to ring [phone number] and nobody answered."
TOLD = "Two things here could identify someone: “Ana” and “555-0142”. Ideas are public."
ALREADY = "Has someone said this already?"
DANGER = "They locked me in and I can't leave, help me right now."


def write(page: Page, title: str = SENTENCE, body: str = DETAILS) -> None:
    page.goto(NEW)
    page.get_by_label("Your idea in one sentence").press_sequentially(title)
    page.get_by_label("Tell us more").fill(body)
    page.get_by_label("Not sure").press("Space")  # by key: hints that come meanwhile move it


def known_idea(world: World) -> Contribution:
    return next(idea for idea in world.ideas() if idea.title == KNOWN)


@pytest.fixture
def author(world: World, arrive: Arrive, javascript: bool) -> Iterator[Visitor]:
    """Somebody with an account who has done nothing yet."""
    yield arrive(world.new_account(), javascript=javascript)


class TestPersonalDetails:
    def test_come_to_the_page_only_when_nothing_is_pressed(
        self, world: World, arrive: Arrive
    ) -> None:
        """Otherwise what is pressed moves away before it is let go, and nothing happens."""
        page = arrive(world.new_account()).page
        page.goto(NEW)
        page.get_by_label("Tell us more").fill(DETAILS)
        choice = page.get_by_label("Not sure")
        choice.scroll_into_view_if_needed()
        place = choice.bounding_box()
        assert place is not None
        page.mouse.move(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
        with page.expect_response(lambda answer: answer.request.method == "POST") as answer:
            page.mouse.down()
        answer.value.finished()
        page.wait_for_timeout(100)
        assert choice.bounding_box() == place
        page.mouse.up()
        expect(page.locator(".hint")).to_contain_text(TOLD)
        expect(choice).to_be_checked()

    def test_pii_hint_names_them_and_hides_them(self, author: Visitor, javascript: bool) -> None:
        page = author.page
        write(page)
        if not javascript:
            page.get_by_role("button", name="Preview").click()
        hint = page.locator(".hint")
        expect(hint).to_contain_text(TOLD)
        if javascript:
            expect(page.locator("[data-announcer]")).to_contain_text("Two things here")
            assert page.url.endswith(NEW)
        page.get_by_role("button", name="Hide both for me").click()
        expect(page.get_by_label("Tell us more")).to_have_value(HIDDEN)
        expect(page.get_by_label("Your idea in one sentence")).to_have_value(SENTENCE)
        expect(page.get_by_text("Hidden. Read your words once more")).to_be_visible()
        expect(hint).to_have_count(0)

    @pytest.mark.parametrize(
        "detail",
        [
            "Call me at 202-555-0142",
            "ana@mail.example",
            "My SSN is 123-45-6789",
            "I live at 45 Elm Drive",
        ],
    )
    def test_pii_hint_never_blocks(self, world: World, arrive: Arrive, detail: str) -> None:
        page, title = arrive(world.new_account()).page, world.new_title("Open a night desk")
        write(page, title, detail)
        expect(page.locator(".hint")).to_contain_text("One thing here could identify someone")
        page.get_by_role("button", name="Preview").click()
        expect(page.locator(".hint")).to_be_visible()
        page.get_by_role("button", name="Post idea").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(title)

    def test_tells_a_signed_out_writer_of_a_comment(self, world: World, arrive: Arrive) -> None:
        visitor, idea = arrive(), known_idea(world)
        page = visitor.page
        visitor.go(f"{HOME}/ideas/{idea.id}-{idea.slug}")
        page.get_by_label("Add a comment").fill("Reachable at 555-0142.")
        page.get_by_label("Add a comment").blur()
        expect(page.locator(".hint")).to_contain_text(
            "One thing here could identify someone: “555-0142”. Comments are public."
        )
        page.get_by_role("button", name="Hide it for me").click()
        expect(page.get_by_label("Add a comment")).to_have_value("Reachable at [phone number].")
        assert visitor.context.cookies() == []

    def test_hides_without_the_network_by_sending_the_form(self, arrive: Arrive) -> None:
        visitor = arrive()
        page = visitor.page
        write(page)
        expect(page.locator(".hint")).to_be_visible()
        visitor.expect_status(500)
        page.route("**/writing/check", lambda route: route.fulfill(status=500, body=""))
        page.get_by_role("button", name="Hide both for me").click()
        expect(page.get_by_label("Tell us more")).to_have_value(HIDDEN)
        expect(page).to_have_title(re.compile("^Share an idea"))


class TestDanger:
    def test_shows_where_help_is_and_never_blocks(self, author: Visitor, javascript: bool) -> None:
        page = author.page
        write(page, body=DANGER)
        if not javascript:
            page.get_by_role("button", name="Preview").click()
        box = page.locator(".safety-box")
        expect(box).to_contain_text("Are you or someone else in danger now?")
        expect(box).to_contain_text("This page cannot send help.")
        expect(box.get_by_role("link", name="1-888-373-7888")).to_have_attribute(
            "href", "tel:+18883737888"
        )
        top = box.bounding_box()
        below = page.locator("form .button-row").last.bounding_box()
        assert top is not None
        assert below is not None
        assert top["y"] < below["y"]
        if javascript:
            page.get_by_role("button", name="Preview").click()
        page.get_by_role("button", name="Post idea").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(SENTENCE)


class TestAlreadySaid:
    def test_similar_appears_while_typing_and_says_so(self, arrive: Arrive) -> None:
        page = arrive().page
        page.goto(NEW)
        field = page.get_by_label("Your idea in one sentence")
        field.press_sequentially("Print the")
        page.wait_for_timeout(700)
        expect(page.locator("[data-similar]")).to_have_count(0)
        field.press_sequentially(" hotline on every pay stub")
        expect(page.locator("[data-similar]")).to_be_visible(timeout=1500)
        expect(page.get_by_role("heading", name=ALREADY)).to_be_visible()
        expect(page.get_by_role("link", name=KNOWN)).to_be_visible()
        expect(page.locator("[data-announcer]")).to_have_text(re.compile(r"^\d similar idea"))
        expect(field).to_be_focused()
        field.fill("Plant trees along the river")
        expect(page.locator("[data-similar]")).to_have_count(0)

    def test_agrees_instead_and_goes_on(
        self, world: World, author: Visitor, javascript: bool
    ) -> None:
        page, before = author.page, known_idea(world)
        write(page)
        if not javascript:
            page.get_by_role("button", name="Preview").click()
        row = page.locator(f'[data-idea="{before.id}"]')
        expect(row).not_to_contain_text("vote")
        row.get_by_role("button", name="Agree with this").click()
        expect(row).to_contain_text("You agreed")
        expect(row).to_contain_text(f"{before.agree + before.disagree + before.passed + 1} votes")
        assert known_idea(world).agree == before.agree + 1
        if javascript:
            assert page.url.endswith(NEW)
            expect(page.get_by_label("Tell us more")).to_have_value(DETAILS)
        row.get_by_role("button", name="Post mine as a comment there").click()
        expect(page.locator("#body")).to_have_value(f"{SENTENCE}\n\n{DETAILS}")
        page.get_by_role("button", name="Post comment").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(KNOWN)
        expect(page.locator(".comment.panel--dashed")).to_contain_text(SENTENCE)

    def test_keeps_the_words_of_somebody_who_signs_up_to_agree(
        self, world: World, arrive: Arrive, javascript: bool
    ) -> None:
        visitor, before = arrive(javascript=javascript), known_idea(world)
        page = visitor.page
        write(page)
        if not javascript:
            page.get_by_role("button", name="Preview").click()
        page.locator(f'[data-idea="{before.id}"]').get_by_role("button").first.click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Create an account")
        create_account(world, visitor, world.new_address("writer"))
        expect(page.get_by_label("Your idea in one sentence")).to_have_value(SENTENCE)
        expect(page.get_by_label("Tell us more")).to_have_value(DETAILS)
        expect(page.locator(f'[data-idea="{before.id}"]')).to_contain_text("You agreed")
        assert known_idea(world).agree == before.agree + 1

    def test_finds_by_the_page_of_its_own(self, arrive: Arrive, javascript: bool) -> None:
        visitor = arrive(javascript=javascript)
        page = visitor.page
        visitor.go(f"{HOME}/ideas/similar")
        page.get_by_label("Your idea in one sentence").fill(SENTENCE)
        page.get_by_role("button", name="Look").click()
        expect(page.get_by_role("link", name=KNOWN)).to_be_visible()
        if javascript:  # without it nothing can be looked up in the page
            assert faults_of(visitor, "similar ideas") == []


class TestLook:
    @pytest.mark.parametrize("who", ["visitor", "participant"])
    def test_has_no_faults_with_every_help_on_the_page(self, arrive: Arrive, who: str) -> None:
        visitor = arrive(who)
        page = visitor.page
        write(page, body=f"{DETAILS} {DANGER}")
        expect(page.locator(".hint")).to_be_visible()
        expect(page.locator(".safety-box")).to_be_visible()
        expect(page.locator("[data-similar]")).to_be_visible()
        assert faults_of(visitor, "form") == []
        page.get_by_role("button", name="Preview").click()
        expect(page.locator("[data-similar]")).to_be_visible()
        assert faults_of(visitor, "preview") == []
        page.get_by_role("button", name="Hide both for me").click()
        expect(page.get_by_text("Hidden. Read your words once more")).to_be_visible()
        assert faults_of(visitor, "hidden") == []
