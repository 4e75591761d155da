"""Search over every dialogue: what is found, what never is, and any address at all."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import quote, urlencode

import pytest

from tests.cast import OTHER_SLUG, SLUG, Cast
from tests.pages import Browser


def found(browser: Browser, q: str, **more: str) -> list[str]:
    """The titles on the page of a search, in order; "on" stands before a comment's idea."""
    page = browser.get("/search?" + urlencode({"q": q, **more})).text
    rows = re.findall(r'<h3 class="words-title"[^>]*>(.*?)</h3>', page, re.DOTALL)
    titles = [unescape(re.sub(r"<[^>]+>", "", row)).strip() for row in rows]
    return [title.replace("Comment on:", "on").replace("on  ", "on ") for title in titles]


def fill(cast: Cast) -> None:
    """A fixed set in two dialogues and several scripts."""
    cast.app.config["IDEAS_PER_DAY"] = 1000
    cast.change(moderation="after")
    cast.change(slug=OTHER_SLUG, moderation="after")
    for title, body in (
        ("Une école pour les équipages", "Des cours du soir."),
        ("自用車載客的法律", "請公開名單。"),
        ("Print pay slips", "With the visa number, in Spanish and Mixtec."),
        ("A hotline in every camp", "No visa needed to call."),
    ):
        cast.post_idea(title, body)
    cast.post_idea("Shelters near the visa office", "Beds.", slug=OTHER_SLUG)
    cast.post_comment("The visa office closes at noon.", by="oz")


class TestASearch:
    def test_finds_the_same_on_both_databases(self, cast: Cast) -> None:
        fill(cast)
        visitor = Browser(cast.app)
        title = cast.contribution(cast.idea).title
        for typed, expected in {
            "visa": [
                f"on {title}",
                "Shelters near the visa office",
                "A hotline in every camp",
                "Print pay slips",
                title,
            ],
            "visa -office": ["A hotline in every camp", "Print pay slips", title],
            '"visa office"': [f"on {title}", "Shelters near the visa office"],
            "ecole": ["Une école pour les équipages"],
            "ÉQUIP": ["Une école pour les équipages"],
            "法律": ["自用車載客的法律"],
            "mixt pay": ["Print pay slips"],
            '"pay with"': [],
            "visa AND": ["Print pay slips"],  # three letters of a word that stands there
            "zeppelin": [],
        }.items():
            assert found(visitor, typed) == expected, typed

    def test_keeps_to_what_is_asked_for(self, cast: Cast) -> None:
        fill(cast)
        visitor = Browser(cast.app)
        title = cast.contribution(cast.idea).title
        assert found(visitor, "visa", kind="comment") == [f"on {title}"]
        assert len(found(visitor, "visa", kind="idea")) == 4
        assert found(visitor, "visa", dialogue=OTHER_SLUG) == ["Shelters near the visa office"]
        page = visitor.get(f"/search?q=visa&dialogue={SLUG}").text
        topic = re.findall(r'<select[^>]* name="topic">.*?<option value="([^"]+)"', page)[0]
        assert len(found(visitor, "visa", dialogue=SLUG, topic=topic)) == 4
        cast.close(slug=OTHER_SLUG)
        assert found(visitor, "visa", state="closed") == ["Shelters near the visa office"]
        assert len(found(visitor, "visa", state="open")) == 4

    def test_in_one_dialogue_counts_all_of_it(self, cast: Cast) -> None:
        cast.app.config["IDEAS_PER_DAY"] = 1000
        cast.change(moderation="after")
        for index in range(30):
            cast.post_idea(f"Needle number {index}", "Words")
        page = Browser(cast.app).get(f"/d/{SLUG}?q=needle").text
        assert "30 ideas" in page
        assert "Showing 25 of 30" in page

    def test_goes_on_page_by_page_and_counts_all_of_it(self, cast: Cast) -> None:
        cast.app.config["COMMENTS_PER_HOUR"] = 1000
        cast.change(moderation="after")
        for index in range(60):
            cast.post_comment(f"Needle number {index}")
        visitor, seen, path = Browser(cast.app), [], "/search?q=needle"
        while path:
            page = visitor.get(path).text
            assert "60 found" in page
            seen += re.findall(r"number (\d+)", page)
            more = re.search(r'rel="next" href="([^"]*)"', page)
            path = unescape(more[1]) if more else ""
        assert seen == [str(index) for index in reversed(range(60))]


@pytest.mark.sqlite_only
class TestWhatIsHidden:
    def test_is_never_found(self, cast: Cast) -> None:
        cast.app.config["IDEAS_PER_DAY"] = 1000
        visitor, ana = Browser(cast.app), Browser(cast.app, "ana")
        waiting = cast.post_idea("Canary waits", "visa")
        rejected = cast.post_idea("Canary rejected", "visa")
        cast.reject(rejected)
        withdrawn = cast.post_idea("Canary withdrawn", "visa")
        cast.approve(withdrawn)
        cast.withdraw(withdrawn)
        edited = cast.post_idea("First words", "canary before the edit")
        cast.approve(edited)
        cast.edit(edited, "Second words", "nothing of it")
        cast.approve(edited)
        cast.edit(edited, "Canary third words", "waiting")
        for browser in (visitor, ana, Browser(cast.app, "lee"), Browser(cast.app, "ada")):
            for typed in ("canary", "canar", "CANARY", '"canary waits"', "canary -x", "c"):
                assert not [row for row in found(browser, typed) if "anary" in row], typed
            assert found(browser, "second words") == ["Second words"]
        cast.withdraw(cast.idea)
        assert found(visitor, "union") == [], "a comment on an idea that nobody can read"
        cast.approve(waiting)
        assert found(visitor, "canary") == ["Canary waits"]
        cast.change(private=True)
        assert found(visitor, "canary") == []
        assert found(Browser(cast.app, "mo"), "canary") == []
        assert found(Browser(cast.app, "lee"), "canary") == ["Canary waits"]
        page = visitor.get(f"/search?q=canary&dialogue={SLUG}").text
        assert SLUG not in page
        cast.change(private=False)
        cast.unannounce()
        assert found(visitor, "canary") == []


@pytest.mark.sqlite_only
class TestThePage:
    def test_marks_what_was_found_and_nothing_else(self, cast: Cast) -> None:
        cast.approve(cast.post_idea("Keep <b>visas</b> safe", "x < y & the Visa <mark>"))
        page = Browser(cast.app).get("/search?q=visa").text
        assert "Keep &lt;b&gt;<mark>visas</mark>&lt;/b&gt; safe" in page
        assert "x &lt; y &amp; the <mark>Visa</mark> &lt;mark&gt;" in page

    @pytest.mark.parametrize(
        "typed",
        [
            "",
            " ",
            "-",
            "*",
            '"',
            '""',
            "!!! ???",
            '"open',
            "visa AND",
            "NEAR(",
            "NEAR(visa, 2)",
            "title:visa",
            "visa*",
            "^visa",
            "{a b}",
            "'; DROP TABLE contribution; --",
            "%00",
            "a\x00b",
            "\ud83d",
            "x" * 10_000,
            "visa " * 2_000,
            "\u202evisa\u200b",
            "<script>alert(1)</script>",
        ],
    )
    def test_takes_any_words_and_gives_them_back(self, cast: Cast, typed: str) -> None:
        raw = typed.encode("utf-8", "surrogatepass")
        answer = Browser(cast.app).get(f"/search?q={quote(raw)}")
        value = re.search(r'name="q"[^>]* value="([^"]*)"', answer.text)
        assert value
        if typed.isprintable():
            assert unescape(value[1]) == typed.strip()
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert "<script>alert" not in answer.text

    @pytest.mark.parametrize(
        "query",
        [
            "q=visa&after=x",
            "q=visa&after=WzFd",
            "q=visa&after=" + "A" * 300,
            "q=visa&dialogue=none&topic=x&kind=vote&state=maybe",
            "q=visa&dialogue=../x&kind=%00",
            "q=visa&q=other",
            "after=WzFd",
        ],
    )
    def test_takes_any_address_for_a_first_page(self, cast: Cast, query: str) -> None:
        Browser(cast.app).get(f"/search?{query}")

    def test_is_found_from_every_page(self, cast: Cast) -> None:
        home = Browser(cast.app).get("/").text
        assert 'href="/search"' in home
        assert 'action="/search"' in home
