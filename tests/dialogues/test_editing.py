"""Officers open and change dialogues on one page, and every mistake is a sentence on it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from dialogue.dialogues.models import Dialogue, DialogueTopic, Extension
from dialogue.kernel import audit, clock
from dialogue.kernel.db import db
from tests.cast import SLUG, Cast
from tests.pages import Browser

EDIT, NEW = f"/agency/d/{SLUG}/edit", "/agency/d/new"


def fields_of(browser: Browser, path: str) -> dict[str, Any]:
    """What the page holds, topics as lists, as a browser would send it."""
    form = browser.form(path, holding="question")
    fields: dict[str, Any] = {**form.fields, "time_zone": "UTC"}
    if path == EDIT:
        slots = browser.app.test_request_context
        with slots(), browser.app.app_context():
            topics = db.session.execute(
                select(DialogueTopic.id, DialogueTopic.names)
                .join(Dialogue)
                .where(Dialogue.slug == SLUG)
                .order_by(DialogueTopic.position)
            ).all()
        fields["topic_id"] = [str(row.id) for row in topics]
        fields["topic_name"] = [row.names["en"] for row in topics]
    return fields


def whole(browser: Browser, slug: str) -> dict[str, Any]:
    """A new dialogue with nothing missing."""
    opens = clock.now() + timedelta(days=1)
    return fields_of(browser, NEW) | {
        "question": "What should change?",
        "short_name": "Change",
        "slug": slug,
        "lede": "Tell us.",
        "open_on": opens.date().isoformat(),
        "close_on": (opens + timedelta(days=30)).date().isoformat(),
        "topic_id": ["", ""],
        "topic_name": ["One", "Two"],
    }


class TestADialogue:
    def test_is_created_once_though_the_form_is_sent_ten_times_at_once(self, cast: Cast) -> None:
        ada = Browser(cast.app, "ada")
        fields = whole(ada, "change")
        cookie = ada.client.get_cookie("dialogue")
        assert cookie is not None
        ready = threading.Barrier(10)

        def click(_: int) -> tuple[int, str | None]:
            client = cast.app.test_client()
            client.set_cookie("dialogue", cookie.value)
            ready.wait()
            answer = client.post(NEW, data=fields)
            return answer.status_code, answer.headers.get("Location")

        with ThreadPoolExecutor(10) as pool:
            answers = set(pool.map(click, range(10)))
        assert answers == {(303, "/agency/d/change")}
        ada.get("/agency/d/change")
        assert cast.read(audit.verify) == []

    def test_with_a_mistake_comes_back_with_a_sentence_and_everything_typed(
        self, cast: Cast
    ) -> None:
        ada = Browser(cast.app, "ada")
        today = clock.now().date()
        for wrong in (
            {"question": ""},
            {"question": "q" * 91},
            {"slug": SLUG},
            {"slug": "¿?", "short_name": "¿?"},
            {"slug": "new"},
            {"lede": "\x00"},
            {"close_on": today.isoformat(), "open_on": today.isoformat(), "close_time": "00:00"},
            {"open_on": "yesterday"},
            {"close_on": "9999-12-31", "time_zone": "America/Los_Angeles"},  # no such moment in UTC
            {"time_zone": "Mars/Olympus"},
            {"target_hours": "9" * 5000},
            {"target_hours": "٣"},
            {"moderation": "never"},
            {"results": "\x00"},
            {"topic_name": ["One"]},
            {"topic_name": ["One", "ONE"]},
            {"topic_name": ["x" * 61, "Two"]},
            {"topic_id": ["9" * 5000, "x"], "topic_name": ["One", "one"]},
            {"why": "- " * 1990 + "deep"},
        ):
            answer = ada.client.post(NEW, data={**whole(ada, "change"), **wrong})
            assert answer.status_code == 422, wrong
            page = answer.text
            assert "Tell us." in page or "lede" in wrong, wrong
        assert cast.read(lambda: db.session.scalar(select(func.count(Dialogue.id)))) == 2

    def test_keeps_a_topic_that_somebody_uses(self, cast: Cast) -> None:
        """Also when the only idea in it waits for a moderator."""
        cast.withdraw(cast.idea)
        ola = Browser(cast.app, "ola")
        fields = fields_of(ola, EDIT)
        names = list(fields["topic_name"])
        gone = {**fields, "topic_name": ["", *names[1:], "Housing"]}
        gone["topic_id"] = [*fields["topic_id"], ""]
        page = ola.post(EDIT, gone, 422).text
        assert "Training" in page
        assert cast.contribution(cast.waiting).topic_id == cast.topic

    def test_drops_a_topic_that_nobody_uses_and_takes_new_ones(self, cast: Cast) -> None:
        ola = Browser(cast.app, "ola")
        fields = fields_of(ola, EDIT)
        fields["topic_name"] = ["Training for crews", "", "Housing"]
        fields["topic_id"] = [*fields["topic_id"], ""]
        ola.post(EDIT, fields)
        page = Browser(cast.app).get(f"/d/{SLUG}").text
        assert "Training for crews" in page
        assert "Housing" in page
        assert "Transport" not in page

    def test_says_in_public_why_its_close_changes(self, cast: Cast) -> None:
        ola = Browser(cast.app, "ola")
        fields = fields_of(ola, EDIT)
        fields["close_on"] = (clock.now() + timedelta(days=60)).date().isoformat()
        ola.post(EDIT, fields, 422)
        ola.post(EDIT, {**fields, "close_reason": "A NUL \x00 in it"}, 422)
        ola.post(EDIT, {**fields, "close_reason": "r" * 5000}, 422)
        ola.post(EDIT, {**fields, "close_reason": "Crews are at sea until then."})
        ola.post(EDIT, {**fields, "close_reason": "Crews are at sea until then."})
        assert cast.read(lambda: db.session.scalar(select(func.count(Extension.id)))) == 1
        assert cast.read(audit.verify) == []

    @pytest.mark.sqlite_only
    def test_shows_its_own_settings_for_changing(self, cast: Cast) -> None:
        ola = Browser(cast.app, "ola")
        fields = fields_of(ola, EDIT)
        assert fields["question"] == "How can outreach reach workers first?"
        ola.post(EDIT, fields)
        assert fields_of(ola, EDIT) | {"form_key": "", "csrf_token": ""} == fields | {
            "form_key": "",
            "csrf_token": "",
        }


class TestTheWayOfVoting:
    def test_is_chosen_by_the_officer_until_somebody_has_voted(self, cast: Cast) -> None:
        ola = Browser(cast.app, "ola")
        fields = fields_of(ola, EDIT) | {"close_reason": "The zone changed."}
        answer = ola.post(EDIT, fields | {"vote_kind": "agree"}, 422)
        assert "People have voted already" in answer.get_data(as_text=True)
        cast.vote(None, by="ana")
        ola.post(EDIT, fields | {"vote_kind": "agree"})
        assert ola.form(EDIT, holding="question").fields["vote_kind"] == "agree"

    def test_and_the_number_of_reports_are_checked(self, cast: Cast) -> None:
        ada = Browser(cast.app, "ada")
        fields = whole(ada, "change")
        for name, wrong in (
            ("vote_kind", "stars"),
            ("flag_threshold", "-1"),
            ("flag_threshold", "x"),
            ("flag_threshold", "101"),
            ("flag_threshold", "1e9"),
        ):
            ada.post(NEW, fields | {name: wrong}, 422)
