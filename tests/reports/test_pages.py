"""An officer's way from the wish for a report to the public page, with worker and web running."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from secrets import token_hex
from typing import Any

import pytest

from dialogue.reports.render.kinds import FORMATS
from tests.parts.chromium import Visitor
from tests.parts.person import Person, forms
from tests.parts.site import Site
from tests.reports.conversation import IDEAS, hold, officer

PASSWORD = "correct horse battery staple"
Inside = Callable[[Site], AbstractContextManager[None]]


@pytest.fixture
def slug(site: Site, inside: Inside) -> str:
    """A dialogue of this test's own, and an officer of the same name."""
    name = f"pay-{token_hex(4)}"
    with inside(site):
        hold(name)
        officer(f"{name}@example.gov", PASSWORD)
    return name


@pytest.fixture
def rivera(site: Site, slug: str) -> Any:
    with Person(site.url) as person:
        person.sign_in(f"{slug}@example.gov", PASSWORD)
        yield person


def ended(person: Person, job: str) -> dict[str, Any]:
    """What the job's page says in JSON once the report has ended."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        told: dict[str, Any] = person.client.get(job, headers={"Accept": "application/json"}).json()
        if told["ended"]:
            return told
        time.sleep(0.2)
    raise AssertionError(f"the report did not end: {told}")


def make(person: Person, slug: str) -> dict[str, Any]:
    path = f"/agency/d/{slug}/reports/new"
    answer = person.send(person.form(path, action=path))
    assert answer.status_code == 303
    return ended(person, answer.headers["location"])


class TestReport:
    def test_is_made_in_the_background_and_mailed(
        self, site: Site, rivera: Person, slug: str
    ) -> None:
        told = make(rivera, slug)
        assert (told["state"], told["percent"], told["number"]) == ("done", 100, 1)
        mail = site.wait_for_mail(f"{slug}@example.gov")
        assert f"/agency/jobs/{told['id']}" in mail.get_content()

    def test_shows_numbers_map_and_method(self, rivera: Person, slug: str) -> None:
        page = rivera.client.get(make(rivera, slug)["url"])
        assert page.status_code == 200
        for words in ("Where people stand", "Group A", "36 people", "not a poll", IDEAS[0]):
            assert words in page.text
        assert 'name="robots"' in page.text

    @pytest.mark.parametrize("kind", FORMATS)
    def test_can_be_downloaded(self, rivera: Person, slug: str, kind: str) -> None:
        answer = rivera.client.get(f"{make(rivera, slug)['url']}/report.{kind}")
        assert answer.status_code == 200
        assert answer.headers["content-disposition"].startswith("attachment")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert len(answer.content) > 500

    def test_is_a_draft_for_staff_until_it_is_published(
        self, site: Site, rivera: Person, slug: str
    ) -> None:
        url = make(rivera, slug)["url"]
        addresses = [url, f"{url}/report.pdf", f"{url}/report.json"]
        with Person(site.url) as visitor:
            assert [visitor.client.get(a).status_code for a in addresses] == [404] * 3
            assert "No report yet" in visitor.client.get(f"/d/{slug}/reports/").text
            (form,) = [f for f in forms(rivera.client.get(url).text, url) if "publish" in f.action]
            assert rivera.send(form).status_code == 303
            assert [visitor.client.get(a).status_code for a in addresses] == [200] * 3
            page = visitor.client.get(url)
            assert "set-cookie" not in page.headers
            assert "Report 1" in visitor.client.get(f"/d/{slug}/reports/").text

    def test_pages_of_making_are_for_officers(self, site: Site, rivera: Person, slug: str) -> None:
        job = make(rivera, slug)
        with Person(site.url) as visitor:
            for path in (f"/agency/jobs/{job['id']}", f"/agency/d/{slug}/reports/new"):
                answer = visitor.client.get(path)
                assert answer.status_code == 303
                assert answer.headers["location"].startswith("/account/sign-in")

    @pytest.mark.parametrize(
        "path",
        [
            "/agency/jobs/99999999999999999999",
            "/agency/jobs/999999",
            "/agency/d/nowhere/reports/new",
            "/d/{slug}/reports/77",
            "/d/{slug}/reports/99999999999999999999",
            "/d/{slug}/reports/1/report.exe",
            "/d/nowhere/reports/",
        ],
    )
    def test_that_is_not_there_is_not_found(self, rivera: Person, slug: str, path: str) -> None:
        assert rivera.client.get(path.format(slug=slug)).status_code == 404


@pytest.mark.browser
class TestReportInBrowser:
    @pytest.mark.parametrize("width", [1280, 390])
    def test_reads_well(
        self,
        site: Site,
        rivera: Person,
        slug: str,
        visit: Callable[..., Visitor],
        width: int,
    ) -> None:
        url = make(rivera, slug)["url"]
        (form,) = [f for f in forms(rivera.client.get(url).text, url) if "publish" in f.action]
        rivera.send(form)
        visitor = visit(site.url, width=width)
        visitor.go(url)
        assert visitor.accessibility_problems() == []
        assert visitor.overflow() == 0
        for summary in visitor.page.locator("details > summary").all():
            summary.click()
        assert visitor.accessibility_problems() == []
        assert visitor.overflow() == 0

    def test_shows_its_progress_without_a_script(
        self, site: Site, rivera: Person, slug: str, visit: Callable[..., Visitor]
    ) -> None:
        visitor = visit(site.url, javascript=False)
        for cookie in rivera.client.cookies.jar:
            visitor.context.add_cookies(
                [{"name": cookie.name, "value": cookie.value or "", "url": site.url}]
            )
        visitor.go(f"/agency/d/{slug}/reports/new")
        visitor.page.get_by_role("button", name="Make a report", exact=True).click()
        visitor.page.get_by_role("heading", name="Report 1 is ready").wait_for(timeout=40_000)
        visitor.page.get_by_role("link", name="Read the report").click()
        assert visitor.page.get_by_role("heading", level=1).inner_text().startswith("Fair pay")

    def test_shows_its_progress_with_one(
        self, site: Site, rivera: Person, slug: str, visit: Callable[..., Visitor]
    ) -> None:
        visitor = visit(site.url)
        for cookie in rivera.client.cookies.jar:
            visitor.context.add_cookies(
                [{"name": cookie.name, "value": cookie.value or "", "url": site.url}]
            )
        visitor.go(f"/agency/d/{slug}/reports/new")
        visitor.page.get_by_role("button", name="Make a report", exact=True).click()
        assert visitor.accessibility_problems() == []
        visitor.page.get_by_role("heading", name="Report 1 is ready").wait_for(timeout=40_000)
