"""Reading pages: whole, without a cookie, and with a constant number of statements."""

from __future__ import annotations

import pytest

from tests.cast import SLUG, Cast
from tests.pages import Browser

PAGES = (
    "/",
    "/d/",
    f"/d/{SLUG}",
    f"/d/{SLUG}/about",
    f"/d/{SLUG}?sort=newest",
    f"/d/{SLUG}?q=recruiters",
    f"/d/{SLUG}?q=nothing-like-that",
    f"/d/{SLUG}?topic=training",
    f"/d/{SLUG}/ideas/new",
    "/help",
    "/safety",
    "/policy/comments",
    "/policy/privacy",
    "/policy/accessibility",
    "/account/create",
    "/account/sign-in",
)


@pytest.mark.sqlite_only
class TestAReader:
    def test_finds_every_public_page_whole_and_gets_no_cookie(self, cast: Cast) -> None:
        reader = Browser(cast.app)
        for page in PAGES:
            reader.get(page)
        idea = reader.get(f"/d/{SLUG}/ideas/{cast.idea}", 301)
        reader.follow(idea)

    @pytest.mark.parametrize("name", ["ana", "ben", "lee", "ola", "ada"])
    def test_finds_the_same_pages_whole_when_signed_in(self, cast: Cast, name: str) -> None:
        person = Browser(cast.app, name)
        for page in PAGES:
            person.get(page, 303 if page.startswith("/account/") else 200)
        person.follow(person.get(f"/d/{SLUG}/ideas/{cast.idea}", 301))
        person.get("/me")
