"""An officer opens a dialogue, asks for a report, watches it being made, takes its files away."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import timedelta
from pathlib import Path

import openpyxl
import pikepdf
import pytest
from playwright.sync_api import Page, expect

from dialogue.kernel import clock
from dialogue.reports.render.kinds import FORMATS
from tests.journeys.conftest import Arrive
from tests.journeys.world import HOME, SLUG, World
from tests.parts.chromium import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]


def fill_dialogue(page: Page, slug: str) -> None:
    """The least that a dialogue needs, open since yesterday."""
    today = clock.now().date()
    page.get_by_label("Question", exact=True).fill("How should the library spend its evenings?")
    page.get_by_label("Short name").fill(f"Evenings {slug}")
    page.get_by_label("Address part").fill(slug)
    page.get_by_label("What you ask, in one or two sentences").fill("Tell us when you would come.")
    page.locator("#announce_on").fill(str(today - timedelta(days=2)))
    page.locator("#open_on").fill(str(today - timedelta(days=1)))
    page.locator("#close_on").fill(str(today + timedelta(days=30)))
    page.locator("#report_by").fill(str(today + timedelta(days=40)))
    page.locator("#reply_by").fill(str(today + timedelta(days=60)))
    page.get_by_label("Topic 1").fill("Opening hours")
    page.get_by_label("Topic 2").fill("Rooms")


class TestADialogue:
    def test_is_made_on_the_staff_page_and_open_at_once(
        self, world: World, arrive: Arrive, javascript: bool
    ) -> None:
        visitor, reader = arrive("officer", javascript=javascript), arrive(javascript=javascript)
        page, slug = visitor.page, f"evenings-{'script' if javascript else 'plain'}"
        visitor.go("/agency/")
        page.get_by_role("link", name="New dialogue").click()
        fill_dialogue(page, slug)
        page.get_by_label("Topic 2").fill("")
        visitor.expect_status(422)
        page.get_by_role("button", name="Save").click()
        expect(page).to_have_title(re.compile("^Error: New dialogue"))
        expect(page.get_by_label("Short name")).to_have_value(f"Evenings {slug}")
        page.get_by_label("Topic 2").fill("Rooms")
        page.get_by_role("button", name="Save").dblclick()
        expect(page.locator(".messages")).to_contain_text("The dialogue is saved.")
        expect(page).to_have_url(re.compile(f"/agency/d/{slug}$"))
        visitor.go("/agency/")
        expect(page.get_by_role("link", name=f"Evenings {slug}")).to_have_count(1)
        reader.go(f"/d/{slug}")
        expect(reader.page.get_by_role("heading", level=1)).to_have_text(
            "How should the library spend its evenings?"
        )
        expect(reader.page.locator(".status")).to_contain_text("Open · closes ")
        expect(reader.page.get_by_text("No ideas yet.")).to_be_visible()
        expect(reader.page.get_by_role("link", name="Share an idea").first).to_be_visible()


class TestAReport:
    def test_job_progress_report_clicks(
        self, world: World, arrive: Arrive, javascript: bool
    ) -> None:
        """Asked for with two clicks; its steps have names; its PDF is two clicks away."""
        visitor = arrive("officer", javascript=javascript)
        page = visitor.page
        visitor.go(f"/agency/d/{SLUG}")
        page.get_by_role("link", name="Make a report").click()
        page.get_by_role("button", name="Make a report", exact=True).dblclick()
        expect(page).to_have_url(re.compile(r"/agency/jobs/\d+$"))
        heading = page.get_by_role("heading", level=1)
        expect(heading).to_have_text(re.compile(r"(Making report \d+|Report \d+ is ready)"))
        if "Making" in heading.inner_text():
            expect(page.locator(".job-steps li")).to_have_count(5)
            for step in ("Counting", "Grouping votes", "Grouping themes", "Choosing quotes"):
                expect(page.locator(".job-steps")).to_contain_text(step)
            if not javascript:
                expect(page.locator("meta[http-equiv=refresh]")).to_have_count(1)
        (found,) = re.findall(r"\d+", heading.inner_text())
        number = int(found)
        # Leaving the page does no harm; without a script it loads itself anew.
        visitor.go("/agency/")
        page.go_back()
        expect(heading).to_have_text(f"Report {number} is ready", timeout=60_000)
        visitor.go(f"/agency/d/{SLUG}")
        page.get_by_role("link", name="Reports", exact=True).click()
        with page.expect_download() as download:
            page.get_by_role("link", name=re.compile(f"of report {number}$")).first.click()
        content = Path(str(download.value.path())).read_bytes()
        assert content.startswith(b"%PDF")

    def test_report_files(self, world: World, arrive: Arrive, javascript: bool) -> None:
        """Every file of the report opens and says the same numbers."""
        visitor = arrive(javascript=javascript)
        files = download_all(visitor)
        assert set(files) >= set(FORMATS)
        model = json.loads(files["json"])
        published = len(world.ideas())
        assert model["counts"]["ideas_published"] <= published
        book = openpyxl.load_workbook(io.BytesIO(files["xlsx"]))
        assert all(sheet.max_row > 1 for sheet in book)
        rows = list(csv.reader(io.StringIO(files["csv"].decode("utf-8-sig"))))
        assert len(rows) == model["counts"]["ideas_published"] + 1
        assert len({len(row) for row in rows}) == 1
        with pikepdf.open(io.BytesIO(files["pdf"])) as document:
            assert len(document.pages) >= 2

    def test_pdf_tags(self, arrive: Arrive) -> None:
        """The PDF has a language, a title, a structure, and a text for every picture."""
        files = download_all(arrive())
        with pikepdf.open(io.BytesIO(files["pdf"])) as document:
            root = document.Root
            assert str(root.Lang).startswith("en")
            assert root.MarkInfo.Marked
            assert "Ending labor trafficking" in str(document.docinfo["/Title"])
            kinds = list(structure(root.StructTreeRoot))
            names = {kind for kind, _alt in kinds}
            assert {"/H1", "/H2", "/P", "/Table", "/TH", "/Figure"} <= names
            assert [alt for kind, alt in kinds if kind == "/Figure" and not alt] == []


class TestTheReportsPage:
    def test_chart_tables(self, arrive: Arrive, javascript: bool) -> None:
        """Every chart is one sentence for those who do not see it, and has its numbers beside."""
        visitor = arrive(javascript=javascript)
        visitor.go(f"{HOME}/reports/1")
        charts = visitor.page.locator("main svg[role=img]")
        assert charts.count() >= 3
        for chart in charts.all():
            label = chart.get_attribute("aria-label") or ""
            titles = (
                chart.locator("title").all_inner_texts()
                or chart.locator("title").all_text_contents()
            )
            assert label or titles, chart.evaluate("node => node.outerHTML.slice(0, 200)")
        tables = visitor.page.locator("details table")
        assert tables.count() >= 3
        for table in tables.all():
            assert table.locator("th[scope]").count() > 0
            assert table.locator("tbody tr").count() > 0

    def test_says_the_same_as_its_data(self, arrive: Arrive) -> None:
        visitor = arrive()
        model = json.loads(download_all(visitor)["json"])
        visitor.go(f"{HOME}/reports/1")
        numbers = visitor.page.locator(".numbers").first.inner_text()
        for name in ("ideas_published", "votes"):
            assert f"{model['counts'][name]:,}" in numbers


def download_all(visitor: Visitor) -> dict[str, bytes]:
    """The files of report 1, by their extension, as the links of its page give them."""
    visitor.go(f"{HOME}/reports/1")
    files: dict[str, bytes] = {}
    for link in visitor.page.locator(".downloads a").all():
        path = str(link.get_attribute("href"))
        answer = visitor.context.request.get(visitor.base + path)
        assert answer.status == 200, path
        assert "attachment" in answer.headers["content-disposition"]
        files[path.rsplit(".", 1)[1]] = answer.body()
    return files


def structure(node: pikepdf.Object, depth: int = 0) -> list[tuple[str, str]]:
    """Every element of a PDF's structure: its kind and its alternative text."""
    found: list[tuple[str, str]] = []
    if isinstance(node, pikepdf.Array):
        for child in node:
            found += structure(child, depth + 1)
    elif isinstance(node, pikepdf.Dictionary):
        if "/S" in node:
            found.append((str(node["/S"]), str(node.get("/Alt", ""))))
        if "/K" in node:
            found += structure(node["/K"], depth + 1)
    return found
