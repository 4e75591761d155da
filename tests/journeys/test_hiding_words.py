"""A moderator hides words by keyboard: P to each detail, H for what is selected."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from dialogue.kernel.db import db
from dialogue.participation.models import Contribution
from tests.journeys.conftest import Arrive
from tests.journeys.world import World

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("pages")]

SELECT_SECOND_WORD = """() => {
  const text = document.querySelector("[data-source] p").lastChild;
  const words = "Dale Whitcombe";
  const start = text.data.indexOf(words);
  document.getSelection().setBaseAndExtent(text, start, text, start + words.length);
}"""


class TestHidingWords:
    def test_goes_by_keyboard(self, world: World, arrive: Arrive) -> None:
        idea = max(world.ideas(), key=lambda one: one.comments)
        words = world.new_title(
            "Write to dale@farms.example or (202) 555-0177, said Dale Whitcombe"
        )
        number = world.post_comment("participant", idea, words)
        visitor = arrive("moderator")
        page = visitor.page
        visitor.go("/mod/queue")
        visitor.go(f"/mod/contributions/{number}/redact")
        page.keyboard.press("p")
        first = page.locator("[data-detail]").nth(0)
        expect(first.locator("input:checked")).to_be_focused()
        page.keyboard.press("p")
        second = page.locator("[data-detail]").nth(1)
        expect(second.locator("input:checked")).to_be_focused()
        page.keyboard.press("ArrowDown")  # Keep
        page.evaluate(SELECT_SECOND_WORD)
        page.keyboard.press("h")
        named = page.locator("#words-1")
        expect(named).to_have_value("Dale Whitcombe")
        named.press("p")  # in a field, keys write
        expect(named).to_have_value("Dale Whitcombep")
        named.press("Backspace")
        page.get_by_role("button", name="Show how it will read").click()
        expect(page.locator("#preview-title")).to_be_focused()
        expect(page.locator("#preview .removed")).to_have_count(2)
        page.get_by_role("button", name="Hide and approve").click()
        page.wait_for_url("**/mod/queue**done=*")
        with world.app.app_context():
            shown = db.session.get_one(Contribution, number)
            assert shown.listed
            assert "555-0177" in shown.excerpt
            assert "Dale" not in shown.excerpt
            assert "[email address removed by a moderator]" in shown.excerpt
