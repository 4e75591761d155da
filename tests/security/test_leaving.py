"""Who leaves in a hurry leaves nothing open for the next person at the computer."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Route, expect

from config import Config
from tests.cast import SLUG, Cast
from tests.pages import Browser
from tests.parts.chromium import Visitor
from tests.parts.site import Site

EXIT = Config().EXIT_URL
SIGN_OUT = "/account/sign-out"


@pytest.mark.sqlite_only
class TestSigningOutWhileLeaving:
    def test_needs_no_token_where_the_browser_says_that_the_page_is_ours(self, cast: Cast) -> None:
        ana = Browser(cast.app, "ana")
        ana.post(SIGN_OUT, {}, headers={"Sec-Fetch-Site": "same-origin"})
        assert ana.client.get("/me").status_code == 303

    def test_needs_it_everywhere_else(self, cast: Cast) -> None:
        ana = Browser(cast.app, "ana")
        for said in ("cross-site", "same-site", "none", ""):
            ana.post(SIGN_OUT, {}, 403, headers={"Sec-Fetch-Site": said} if said else {})
        path = f"/d/{SLUG}/ideas/{cast.idea}/vote"
        ana.post(path, {"choice": "pass"}, 403, headers={"Sec-Fetch-Site": "same-origin"})
        ana.get("/me")

    def test_leaves_what_was_begun_behind(self, cast: Cast) -> None:
        reader = Browser(cast.app)
        path = f"/d/{SLUG}/ideas/{cast.idea}/vote"
        where = reader.post(path, {"choice": "agree"}).headers["Location"]
        assert "will count" in reader.get(where).text
        reader.post(SIGN_OUT, {}, headers={"Sec-Fetch-Site": "same-origin"})
        assert "will count" not in reader.get(where).text


class TestTheWayOut:
    def test_shows_nothing_of_the_person_to_who_presses_back(
        self, install: Callable[..., Site], visit: Callable[..., Visitor]
    ) -> None:
        site = install("left")
        site.flask("user", "add", "ana@people.example", "--password", "long enough to sign in")
        site.start_web()
        visitor = visit(site.url)
        page = visitor.page
        visitor.watch.allowed.add(EXIT)

        def answer(route: Route) -> None:
            route.fulfill(body="<!doctype html><title>Weather</title>", content_type="text/html")

        visitor.context.route(EXIT, answer)
        visitor.go("/account/sign-in")
        page.fill("#email", "ana@people.example")
        page.fill("#password", "long enough to sign in")
        page.click("button[value=password]")
        expect(page).to_have_url(f"{site.url}/me")
        visitor.go("/help")
        page.get_by_role("link", name="Leave this site").click()
        expect(page).to_have_title("Weather")
        page.go_back()
        expect(page).to_have_url(f"{site.url}/account/sign-in?next=/me")
        expect(page.get_by_text("ana@people.example")).to_have_count(0)
