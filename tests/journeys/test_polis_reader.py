"""A real conversation, imported, is read in the browser like any other, with its report."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import Arrive
from tests.journeys.world import World
from tests.parts.chromium import NARROW

pytestmark = [
    pytest.mark.browser,
    pytest.mark.open_data,
    pytest.mark.xdist_group("journeys"),
]

SLUG = "uber-in-taipei"


@pytest.fixture(scope="module")
def imported(world: World, open_data: Path) -> Path:
    """vTaiwan's conversation about Uber, loaded beside the demonstration."""
    folder = open_data / "polis" / "vtaiwan.uberx"
    world.site.flask("import", "polis", str(folder), "--slug", SLUG)
    return folder


def moderated_in(folder: Path) -> list[dict[str, str]]:
    with (folder / "comments.csv").open(newline="", encoding="utf-8") as lines:
        return [row for row in csv.DictReader(lines) if row["moderated"] != "-1"]


class TestAnImportedConversation:
    def test_is_read_in_its_own_language(
        self, imported: Path, arrive: Arrive, javascript: bool
    ) -> None:
        visitor = arrive(javascript=javascript)
        page = visitor.page
        visitor.go(f"/d/{SLUG}?sort=agreed")
        expect(page.get_by_role("heading", level=1)).to_have_attribute("lang", re.compile("^zh"))
        expect(page.locator("#ideas-title")).to_have_text(f"{len(moderated_in(imported))} ideas")
        shares = page.locator(".results__words strong").all_inner_texts()
        assert len(shares) >= 10, "results are open in a closed conversation"
        page.get_by_role("link", name="Older").click()
        expect(page.locator(".idea-row").first).to_be_visible()
        page.locator(".idea-row__title a").first.click()
        expect(page.locator(".vote-panel")).to_contain_text("agree")
        expect(page.get_by_role("button", name="Agree")).to_have_count(0)

    def test_has_a_report_that_says_its_numbers(self, imported: Path, arrive: Arrive) -> None:
        officer = arrive("admin")
        officer.go(f"/agency/d/{SLUG}/reports/new")
        officer.page.get_by_role("button", name="Make a report", exact=True).click()
        expect(officer.page.get_by_role("heading", level=1)).to_have_text(
            re.compile(r"Report \d+ is ready"), timeout=90_000
        )
        officer.page.get_by_role("link", name="Read the report").click()
        officer.page.get_by_role("button", name=re.compile("^Publish report")).click()
        expect(officer.page.locator(".messages")).to_contain_text("is public now")
        for width in (1280, NARROW):
            visitor = arrive(width=width)
            visitor.go(f"/d/{SLUG}/reports/1")
            numbers = visitor.page.locator(".numbers").first
            expect(numbers).to_contain_text(str(len(moderated_in(imported))))
            expect(visitor.page.locator("svg.chart--map").first).to_be_visible()
            assert visitor.accessibility_problems() == []
            assert visitor.overflow() == 0
