"""Forms that another site sends change nothing, and our pages do not speak its words."""

from __future__ import annotations

import pytest

from tests.cast import SLUG, Cast
from tests.pages import Browser

FOREIGN = (
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "https://evil.example"},
    {"Origin": "http://localhost.evil.example"},
    {"Origin": "http://["},
    {"Origin": "http://localhost:x]"},
    {"Origin": "evil"},
)


@pytest.mark.sqlite_only
class TestAFormOfAnotherSite:
    def test_is_refused_signed_in_and_signed_out(self, cast: Cast) -> None:
        reader, ana = Browser(cast.app), Browser(cast.app, "ana")
        vote = f"/d/{SLUG}/ideas/{cast.idea}/vote"
        for headers in FOREIGN:
            for path in (vote, "/account/sign-in", "/account/create", f"/d/{SLUG}/ideas/new"):
                reader.post(path, {"choice": "agree"}, 403, headers=headers)
            for path in (vote, "/account/sign-out"):
                ana.post(path, {"choice": "agree"}, 403, headers=headers)
        ana.get("/me")

    def test_does_not_put_its_words_on_our_pages(self, cast: Cast) -> None:
        reader, words = Browser(cast.app), "Call this number instead"
        for headers in FOREIGN:
            answer = reader.post(f"/d/{SLUG}/ideas/new", {"body": words}, 403, headers=headers)
            assert words not in answer.text

    def test_without_a_token_is_refused_where_the_browser_says_nothing(self, cast: Cast) -> None:
        ana = Browser(cast.app, "ana")
        for headers in ({}, {"Origin": "null"}):
            ana.post(f"/d/{SLUG}/ideas/{cast.idea}/vote", {"choice": "pass"}, 403, headers=headers)
            ana.post("/account/sign-out", {}, 403, headers=headers)

    def test_keeps_the_words_when_it_is_ours_and_was_open_too_long(self, cast: Cast) -> None:
        ana, words = Browser(cast.app, "ana"), "Typed before the token had gone"
        answer = ana.post(f"/d/{SLUG}/ideas/new", {"body": words, "csrf_token": "x"}, 403)
        assert words in answer.text
