"""Receipts: a number tells how something stands, to anybody, and never what was written."""

from __future__ import annotations

import re

import pytest

from dialogue.kernel.ids import tracking_number, tracking_number_in
from dialogue.moderation.models import Outcome
from tests.cast import SLUG, TITLE, WAITING_TITLE, Cast
from tests.pages import Browser


def look_up(browser: Browser, number: str, status: int = 200) -> str:
    form = browser.form("/receipt", holding="number")
    return browser.send(form, status, number=number).text


class TestANumber:
    def test_is_understood_however_it_was_copied(self) -> None:
        assert tracking_number_in(number := tracking_number()) == number
        for typed in (
            "k7qx3mpd9wtb",
            " K7QX 3MPD 9WTB ",
            "k7qx–3mpd—9wtb",
            "K7QX.3MPD/9WTB.",
            "ｋ７ｑｘ－３ｍｐｄ－９ｗｔｂ",
            "K7QX-\u200b3MPD-\u202e9WTB",
        ):
            assert tracking_number_in(typed) == "K7QX-3MPD-9WTB", typed
        for wrong in (
            "",
            "K7QX-3MPD-9WT",
            "K7QX-3MPD-9WTBB",
            "K7QX-3MPD-9WT0",
            "К7QX-3MPD-9WTB",  # a Cyrillic К
            "K" * 5000,
            "\ud800",
            "' OR 1=1 --",
        ):
            assert tracking_number_in(wrong) == "", wrong


@pytest.mark.sqlite_only
class TestTheLookUp:
    def test_tells_state_and_dates_signed_out_and_no_words(self, cast: Cast) -> None:
        reader = Browser(cast.app)
        said = {
            cast.waiting: ("Waiting for a moderator", "working day. We email its author."),
            cast.idea: ("Published", "People can answer it until"),
            cast.comment: ("Published", "Comment"),
        }
        hidden = cast.post_idea("A secret xylophon", "Words with xylophon.")
        cast.approve(hidden)
        cast.decide(Outcome.HIDDEN, hidden, reason="crime_claim")
        said[hidden] = ("Hidden", "Sign in to read why")
        refused = cast.post_idea("A refused xylophon", "Words with xylophon.")
        cast.reject(refused)
        said[refused] = ("Not published", "Last decision")
        gone = cast.post_comment("Soon gone xylophon", by="ana")
        cast.withdraw(gone)
        said[gone] = ("Withdrawn", "Nothing more happens.")
        for one, sentences in said.items():
            page = look_up(reader, cast.contribution(one).tracking.lower().replace("-", " "))
            for sentence in (*sentences, "Received", "Outreach"):
                assert sentence in page, (one, sentence)
            for words in (TITLE, WAITING_TITLE, "Our union", "xylophon"):
                assert words not in page
            listed = cast.contribution(one).listed
            assert ("Read it" in page) == listed

    def test_does_not_name_a_dialogue_that_is_not_public(self, cast: Cast) -> None:
        number = cast.contribution(cast.idea).tracking
        cast.unannounce()
        page = look_up(Browser(cast.app), number)
        assert "<dt>Dialogue</dt>" not in page
        assert SLUG not in page
        assert "Read it" not in page

    def test_answers_what_is_no_number_with_a_sentence(self, cast: Cast) -> None:
        reader = Browser(cast.app)
        page = look_up(reader, "K7QX <b>", 422)
        assert "12 letters and figures" in page
        assert "K7QX &lt;b&gt;" in page
        assert "We have nothing with this number." in look_up(reader, "K7QX-3MPD-9WTB", 422)
        reader.post("/receipt", {}, 422)

    def test_lets_nobody_guess(self, cast: Cast) -> None:
        cast.app.config["RECEIPT_TRIES"] = 5
        number = cast.contribution(cast.idea).tracking
        reader = Browser(cast.app)
        for _try in range(5):
            look_up(reader, tracking_number(), 422)
        answer = reader.post("/receipt", {"number": number}, 429)
        assert "Retry-After" in answer.headers
        assert "Published" not in answer.text


@pytest.mark.sqlite_only
class TestAReceipt:
    def test_is_given_with_the_sending_and_stays_with_ones_own(self, cast: Cast) -> None:
        ana = Browser(cast.app, "ana")
        form = ana.form(f"/d/{SLUG}/ideas/new", holding="title")
        answer = ana.send(form, button=("step", "post"), title="One more", topic="none")
        page = ana.follow(answer).text
        number = re.search(r"Your receipt is ((?:\w{4}-?){3})\.", page)
        assert number
        assert page.count(number[1]) == 2, "in the message and over the idea that waits"
        activity = ana.get("/me").text
        assert number[1] in activity
        own = re.search(rf'href="(/me/receipts/\d+)">{number[1]}', activity)
        assert own
        assert "Waiting for a moderator" in ana.get(own[1]).text
        assert "Waiting for a moderator" in look_up(Browser(cast.app), number[1])
        for name in ("ben", "lee", "ada"):
            Browser(cast.app, name).get(own[1], 404)


@pytest.mark.sqlite_only
class TestYourActivity:
    def test_says_that_a_change_waits_until_it_is_public(self, cast: Cast) -> None:
        ana = Browser(cast.app, "ana")
        said = "This change waits for a moderator."
        assert said not in ana.get("/me").text
        cast.edit(cast.idea, "A sharper title", "Said better.")
        page = ana.get("/me").text
        assert page.count(said) == 1
        assert "A sharper title" in page
        cast.decide_waiting(Outcome.APPROVED, cast.idea)
        assert said not in ana.get("/me").text
