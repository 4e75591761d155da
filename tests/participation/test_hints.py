"""What people are told about their own words: named, hidden on request, never refused."""

from __future__ import annotations

import json
from functools import cache

import pytest
from flask import Flask
from flask_babel import Babel
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from dialogue.analysis import screening
from dialogue.dialogues.models import Dialogue
from dialogue.kernel.db import db
from dialogue.participation import hints
from dialogue.participation.models import Contribution
from tests.cast import SLUG, Cast
from tests.pages import Browser
from tests.parts.person import choose, forms

CHECK = f"/d/{SLUG}/writing/check"
NEW = f"/d/{SLUG}/ideas/new"
TITLE = "Print the hotline on every pay stub"
BODY = "My cousin Ana was told to ring 555-0142 and nobody answered."
HIDDEN = "My cousin [name] was told to ring [phone number] and nobody answered."
TWO = "Two things here could identify someone:"

pytestmark = pytest.mark.sqlite_only


def noticed(cast: Cast, body: str, title: str = "") -> hints.Notice:
    with cast.app.app_context(), cast.app.test_request_context():
        dialogue = db.session.get_one(Dialogue, cast.dialogue)
        return hints.notice({"title": title, "body": body}, dialogue)


def hid(cast: Cast, **fields: str) -> dict[str, str]:
    with cast.app.app_context(), cast.app.test_request_context():
        return hints.hidden(fields, db.session.get_one(Dialogue, cast.dialogue))


class TestNotice:
    def test_names_what_it_found(self, cast: Cast) -> None:
        found = noticed(cast, BODY).details
        assert found is not None
        assert (found.said, found.named, found.button, found.field) == (
            TWO,
            "“Ana” and “555-0142”",
            "Hide both for me",
            "body",
        )

    def test_of_one_thing(self, cast: Cast) -> None:
        found = noticed(cast, "", "Call 202-555-0142 about pay").details
        assert found is not None
        assert (found.said, found.button, found.field) == (
            "One thing here could identify someone:",
            "Hide it for me",
            "title",
        )

    def test_of_many_things_names_five_and_counts_the_rest(self, cast: Cast) -> None:
        found = noticed(cast, " ".join(f"worker{n}@farm.example," for n in range(7))).details
        assert found is not None
        assert found.said == "7 things here could identify someone:"
        assert found.named.endswith("“worker4@farm.example”, and 2 more")
        assert found.button == "Hide all for me"

    def test_counts_what_stands_twice_once(self, cast: Cast) -> None:
        found = noticed(cast, "Call 202-555-0142. Really, call 202-555-0142.").details
        assert found is not None
        assert found.button == "Hide it for me"

    @pytest.mark.parametrize(
        "body",
        [
            "Call 1-888-373-7888 or text 233733.",
            "Call (888) 373 7888 today.",
            "Ring the desk: 202-555-0199, or write to desk@agency.example.",
        ],
    )
    def test_leaves_helplines_and_contacts_alone(self, cast: Cast, body: str) -> None:
        cast.change(
            helplines=[{"name": "Desk", "phone": "202-555-0199", "text": ""}],
            contact_mail="desk@agency.example",
        )
        assert noticed(cast, body).details is None
        assert hid(cast, body=body) == {"body": body}

    def test_says_where_help_is_when_words_tell_of_danger(self, cast: Cast) -> None:
        cast.change(helplines=[{"name": "Local desk", "phone": "202-555-0199", "text": ""}])
        found = noticed(cast, "They locked me in and took my passport.")
        assert found.danger
        assert [line.phone for line in found.helplines] == ["1-888-373-7888", "202-555-0199"]

    def test_presumes_nothing_of_other_words(self, cast: Cast) -> None:
        assert noticed(cast, "Inspectors should visit farms.") == hints.Notice()


class TestHidden:
    def test_puts_placeholders_into_the_words(self, cast: Cast) -> None:
        assert hid(cast, title=TITLE, body=BODY) == {"title": TITLE, "body": HIDDEN}

    def test_takes_a_name_out_wherever_it_stands(self, cast: Cast) -> None:
        words = hid(
            cast, title="Ana needs help", body="My cousin Ana was told no. Analysis of Ana."
        )
        assert words == {
            "title": "[name] needs help",
            "body": "My cousin [name] was told no. Analysis of [name].",
        }

    @given(st.text(max_size=40), st.text(max_size=40))
    def test_leaves_nothing_that_is_found_again(self, before: str, after: str) -> None:
        app = _app()
        with app.app_context(), app.test_request_context():
            dialogue = Dialogue(contact_mail="", contact_phone="", helplines=[])
            typed = f"{before} call 202-555-0142 or a.b@mail.example {after}"
            words = hints.hidden({"body": typed}, dialogue)["body"]
        assert "202-555-0142" not in words
        assert "a.b@mail.example" not in words
        kinds = {span.kind for span in screening.personal_data(words)}
        assert "email" not in kinds


@cache
def _app() -> Flask:
    """An application without a database: these words need its settings and its language alone."""
    app = Flask("words")
    app.config.update(HELPLINES=(), SITE_CONTACT="desk@site.example")
    Babel(app)
    return app


class TestIdeaForm:
    @pytest.mark.parametrize("name", ["", "ben"])
    def test_tells_it_on_the_preview_and_hides_on_request(self, cast: Cast, name: str) -> None:
        browser = Browser(cast.app, name)
        form = browser.form(NEW, holding="title")
        typed = {"title": TITLE, "body": BODY, "topic": "none"}
        assert TWO not in browser.get(NEW).text
        preview = browser.send(form, 200, **typed)
        assert TWO in preview.text
        assert "“Ana” and “555-0142”" in preview.text
        again = browser.send(
            choose(forms(preview.text, NEW), holding="body"), 200, button=("step", "hide")
        )
        kept = choose(forms(again.text, NEW), holding="body").fields
        assert (kept["title"], kept["body"], kept["topic"]) == (TITLE, HIDDEN, "none")
        assert "Hidden. Read your words once more" in again.text
        assert TWO not in again.text

    def test_tells_it_on_the_form_shown_again(self, cast: Cast) -> None:
        browser = Browser(cast.app)
        form = browser.form(NEW, holding="title")
        answer = browser.send(form, 422, title=TITLE, body=BODY, topic="")
        assert TWO in answer.text

    def test_never_keeps_anybody_from_posting(self, cast: Cast) -> None:
        browser = Browser(cast.app, "ben")
        form = browser.form(NEW, holding="title")
        body = BODY + " They locked me in."
        browser.send(form, button=("step", "post"), title=TITLE, body=body, topic="none")
        assert cast.read(
            lambda: db.session.scalar(
                select(func.count())
                .select_from(Contribution)
                .where(Contribution.participant_id == cast.participant("ben"))
            )
        )

    def test_presses_preview_with_the_enter_key(self, cast: Cast) -> None:
        form = Browser(cast.app).form(NEW, holding="title")
        assert form.buttons[0] == ("step", "preview")

    def test_hides_in_an_edit_too(self, cast: Cast) -> None:
        browser = Browser(cast.app, "ana")
        path = f"/d/{SLUG}/ideas/{cast.waiting}/edit"
        form = browser.form(path, holding="title")
        again = browser.send(form, 200, button=("step", "hide"), body=BODY)
        assert choose(forms(again.text, path), holding="body").fields["body"] == HIDDEN


class TestCommentForm:
    @pytest.mark.parametrize("name", ["", "ben"])
    def test_tells_it_on_the_preview_and_hides_on_request(self, cast: Cast, name: str) -> None:
        browser = Browser(cast.app, name)
        path = browser.get(f"/d/{SLUG}/ideas/{cast.idea}", 301).headers["Location"]
        form = browser.form(path, holding="body")
        assert form.buttons[0] == ("step", "post")
        preview = browser.send(form, 200, button=("step", "preview"), body=BODY)
        assert f"{TWO}</strong> “Ana” and “555-0142”. Comments are public." in preview.text
        sent = choose(forms(preview.text, path), holding="body")
        again = browser.send(sent, 200, button=("step", "hide"))
        assert choose(forms(again.text, path), holding="body").fields["body"] == HIDDEN

    def test_shows_the_safety_box_over_the_buttons(self, cast: Cast) -> None:
        browser = Browser(cast.app)
        path = browser.get(f"/d/{SLUG}/ideas/{cast.idea}", 301).headers["Location"]
        form = browser.form(path, holding="body")
        preview = browser.send(
            form, 200, button=("step", "preview"), body="I can't leave, help me right now."
        ).text
        box = preview.index("Are you or someone else in danger now?")
        assert box < preview.index(">Post comment</button>", box)
        assert "tel:+18883737888" in preview[box:]


class TestChecking:
    def test_answers_a_signed_out_writer_with_a_fragment(self, cast: Cast) -> None:
        answer = Browser(cast.app).post(CHECK, {"title": TITLE, "body": BODY}, 200)
        assert TWO in answer.text
        assert "<html" not in answer.text

    def test_says_nothing_about_plain_words(self, cast: Cast) -> None:
        answer = Browser(cast.app).post(CHECK, {"title": TITLE, "body": "Soon."}, 200)
        assert not answer.text.strip()

    def test_sends_words_with_placeholders_back(self, cast: Cast) -> None:
        sent = {"title": TITLE, "body": BODY, "step": "hide"}
        answer = Browser(cast.app).post(CHECK, sent, 200).text
        assert HIDDEN in answer
        assert "<strong>" not in answer

    def test_escapes_what_it_names(self, cast: Cast) -> None:
        sent = {"body": "My cousin Ana was & <b>call</b> 202-555-0142</textarea><script>"}
        answer = Browser(cast.app).post(CHECK, sent | {"step": "hide"}, 200).text
        assert "<script>" not in answer
        assert "&lt;/textarea&gt;" in answer

    def test_needs_the_token_of_somebody_signed_in(self, cast: Cast) -> None:
        ben = Browser(cast.app, "ben")
        ben.post(CHECK, {"body": BODY}, 403)
        token = ben.form(NEW, holding="title").fields["csrf_token"]
        ben.post(CHECK, {"body": BODY, "csrf_token": token}, 200)

    def test_refuses_other_sites_and_too_much(self, cast: Cast) -> None:
        browser = Browser(cast.app)
        browser.post(CHECK, {"body": BODY}, 403, headers={"Origin": "https://evil.example"})
        browser.post(CHECK, {"body": "x" * 300_000}, 413)

    def test_is_there_for_visible_dialogues_alone(self, cast: Cast) -> None:
        cast.unannounce()
        Browser(cast.app).post(CHECK, {"body": BODY}, 404)

    def test_stores_and_logs_nothing(
        self, cast: Cast, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
    ) -> None:
        before = cast.read(_rows)
        Browser(cast.app).post(CHECK, {"title": TITLE, "body": BODY, "step": "hide"}, 200)
        assert cast.read(_rows) == before
        said = "".join(capfd.readouterr()) + caplog.text
        assert "555-0142" not in said


def _rows() -> str:
    counted = {
        table.name: db.session.scalar(select(func.count()).select_from(table))
        for table in db.metadata.sorted_tables
    }
    return json.dumps(counted)
