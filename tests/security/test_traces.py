"""What a shared computer remembers: no page is kept, and no browser offers what somebody typed."""

from __future__ import annotations

import re

import pytest

from tests.cast import SLUG, Cast
from tests.pages import Browser

ONE_LINE = re.compile(r"<input\b[^>]*\btype=\"(?:text|search)\"[^>]*>")


@pytest.mark.sqlite_only
class TestFieldsInWhichPeopleWrite:
    def test_are_not_remembered_by_the_browser(self, cast: Cast) -> None:
        """Browsers keep what was typed into fields of one line, and offer it to the next person."""
        ana, ada = Browser(cast.app, "ana"), Browser(cast.app, "ada")
        found = []
        for browser, path in (
            (ana, f"/d/{SLUG}"),
            (ana, f"/d/{SLUG}/ideas/new"),
            (ana, f"/d/{SLUG}/ideas/{cast.waiting}/edit"),
            (Browser(cast.app), "/account/create"),
            (ada, "/admin/people"),
        ):
            for field in ONE_LINE.findall(browser.get(path).text):
                found.append(field)
                assert 'autocomplete="off"' in field, f"{path}: {field}"
        assert len(found) >= 5


@pytest.mark.sqlite_only
class TestPages:
    def test_are_kept_by_no_browser_and_no_cache(self, cast: Cast) -> None:
        ana = Browser(cast.app, "ana")
        for browser in (ana, Browser(cast.app)):
            for path in ("/", f"/d/{SLUG}", "/account/sign-in", "/me", "/nowhere", "/safety"):
                answer = browser.client.get(path)
                assert answer.headers["Cache-Control"] == "no-store", path
                assert "Cookie" in answer.headers.get("Vary", "") or answer.status_code != 200, path
