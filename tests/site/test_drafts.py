"""Drafts on the pages: saved by script, button and preview, gone on with, kept whatever ends."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select

from dialogue.kernel.db import db
from dialogue.participation.drafts import Draft
from tests.cast import OTHER_SLUG, SLUG, Cast, address
from tests.pages import Browser, newest_code
from tests.parts.person import Form, choose, forms

NEW = f"/d/{SLUG}/ideas/new"
WORDS = {"title": "Put the number on the wage slip", "body": "In **every** language."}


def kept(cast: Cast) -> list[tuple[str, str]]:
    """Title and body of everything that waits in a draft."""

    def read() -> list[tuple[str, str]]:
        rows = db.session.execute(
            select(Draft.title, Draft.body).where(Draft.sent_at.is_(None)).order_by(Draft.id)
        )
        return [(row.title, row.body) for row in rows]

    return cast.read(read)


def autosave(browser: Browser, form: Form, status: int = 200, **typed: str) -> dict[str, Any]:
    """What the script of a form does after a pause."""
    answer = browser.client.post(
        form.action,
        data={**form.fields, **typed, "step": "save"},
        headers={"X-Fragment": "draft"},
    )
    assert answer.status_code == status, answer.text
    writer, version = form.fields["draft"].split(":")
    form.fields["draft"] = f"{writer}:{int(version) + 1}"
    told: dict[str, Any] = answer.json
    return told


def place_of_comment(browser: Browser, cast: Cast) -> str:
    return browser.get(f"/d/{SLUG}/ideas/{cast.idea}", 301).headers["Location"]


@pytest.mark.sqlite_only
class TestWhileSomebodyWrites:
    def test_an_idea_is_saved_and_gone_with_the_sending(self, cast: Cast) -> None:
        ana = Browser(cast.app, "ana")
        form = ana.form(NEW, holding="title")
        told = autosave(ana, form, title="Put the number")
        assert told["said"] == "Saved as a draft."
        autosave(ana, form, **WORDS)
        assert kept(cast) == [tuple(WORDS.values())]
        preview = ana.send(form, 200, button=("step", "preview"), topic="none", **WORDS)
        step = choose(forms(preview.text, NEW), holding="body")
        sent = ana.send(step, button=("step", "post"))
        assert kept(cast) == []
        autosave(ana, form, **WORDS)  # was on its way while the idea went off
        assert [title for title, _ in kept(cast)] == []
        assert ana.follow(sent).status_code == 200

    def test_a_comment_a_reply_and_an_edit_are_saved_too(self, cast: Cast) -> None:
        ben = Browser(cast.app, "ben")
        where = place_of_comment(ben, cast)
        edit = f"/d/{SLUG}/comments/{cast.comment}/edit"
        for path in (where, f"{where}?reply={cast.comment}", edit):
            form = ben.form(path, holding="body")
            autosave(ben, form, body=f"Words of {path[-8:]}")
        page = ben.get("/me/drafts").text
        assert page.count("Go on writing") == 3
        assert "Change of your comment" in page
        for number in re.findall(r'href="(/me/drafts/\d+)"', page):
            again = ben.form(number, holding="body")
            sent = ben.send(again)
            assert "#comment-" in sent.headers["Location"]
        assert kept(cast) == []
        waiting = cast.read(
            lambda: db.session.execute(
                select(Draft.reply_to_id, Draft.contribution_id).order_by(Draft.id)
            ).all()
        )
        assert [tuple(row) for row in waiting] == [
            (None, None),
            (cast.comment, None),
            (None, cast.comment),
        ]

    def test_two_windows_on_one_draft_keep_both_texts(self, cast: Cast) -> None:
        ana = Browser(cast.app, "ana")
        ana.send(ana.form(NEW, holding="title"), button=("step", "save"), **WORDS)
        path = re.findall(r'href="(/me/drafts/\d+)"', ana.get("/me/drafts").text)[0]
        one, two = ana.form(path, holding="title"), ana.form(path, holding="title")
        assert one.fields["title"] == WORDS["title"]
        assert not autosave(ana, one, title="Here")["second"]
        told = autosave(ana, two, title="There")
        assert told["second"]
        assert [title for title, _ in kept(cast)] == ["Here", "There"]

    def test_a_signed_out_person_is_told_and_nothing_is_stored(self, cast: Cast) -> None:
        visitor = Browser(cast.app)
        form = visitor.form(NEW, holding="title")
        assert "signed out" in autosave(visitor, form, 401, **WORDS)["said"]
        assert kept(cast) == []

    def test_what_cannot_be_kept_is_said(self, cast: Cast) -> None:
        ana = Browser(cast.app, "ana")
        form = ana.form(NEW, holding="title")
        assert "too long" in autosave(ana, form, 422, title="x" * 10_001)["said"]
        page = ana.send(form, 422, button=("step", "save"), title="", body="").text
        assert "Write something first." in page
        cast.app.config["DRAFTS_PER_PERSON"] = 1
        autosave(ana, form, **WORDS)
        other = ana.form(NEW, holding="title")
        assert "You have 1 drafts" in autosave(ana, other, 409, **WORDS)["said"]
        ana.send(other, 409, button=("step", "save"), **WORDS)
        # A preview is not held up by it.
        ana.send(other, 200, button=("step", "preview"), topic="none", **WORDS)


@pytest.mark.sqlite_only
class TestADraft:
    def test_of_a_visitor_waits_for_their_account(self, cast: Cast) -> None:
        visitor = Browser(cast.app)
        form = visitor.form(NEW, holding="title")
        visitor.signed_in = True  # from here on a cookie is right
        where = visitor.send(form, button=("step", "save"), **WORDS).headers["Location"]
        assert "Your words are kept." in visitor.get(where).text
        asked = visitor.send(
            visitor.form(where.replace("/create", "/sign-in"), holding="email"),
            button=("step", "code"),
            email=address("ben"),
        )
        code = newest_code(cast.app, address("ben"))
        done = visitor.enter_code(asked.headers["Location"], code)
        assert WORDS["title"] in visitor.follow(done).text

    def test_outlives_the_session_and_the_dialogue(self, cast: Cast) -> None:
        ana = Browser(cast.app, "ana")
        autosave(ana, ana.form(NEW, holding="title"), **WORDS)
        ana.send(ana.form("/me", action="/account/sign-out"))
        ana = Browser(cast.app, "ana")
        assert "Go on writing" in ana.get("/me/drafts").text
        cast.close()
        page = ana.get("/me/drafts").text
        assert WORDS["title"] in page
        assert "Go on writing" not in page
        path = re.findall(r'href="(/me/drafts/\d+)\.txt"', page)[0]
        assert "download them" in ana.get(path, 409).text
        answer = ana.get(f"{path}.txt")
        assert answer.mimetype == "text/plain"
        assert "attachment" in answer.headers["Content-Disposition"]
        assert answer.text.endswith("\n\n".join(WORDS.values()) + "\n")
        cast.unannounce()
        assert WORDS["title"] in ana.get("/me/drafts").text
        assert WORDS["body"] in ana.get(f"{path}.txt").text

    def test_takes_in_what_came_too_late(self, cast: Cast) -> None:
        """The page after the closing says when, keeps the words and leads to them."""
        ana = Browser(cast.app, "ana")
        form = ana.form(NEW, holding="title")
        edit = ana.form(f"/d/{SLUG}/ideas/{cast.idea}/edit", holding="title")
        cast.close()
        for late in (form, edit):
            late.fields["opened"] = ""
            page = ana.send(late, 409, button=("step", "post"), topic="none", **WORDS).text
            assert "The dialogue closed on" in page
            assert "kept as a draft" in page
            assert 'href="/me/drafts"' in page
        assert kept(cast) == [tuple(WORDS.values())] * 2

    def test_is_nobody_elses(self, cast: Cast) -> None:
        ana = Browser(cast.app, "ana")
        autosave(ana, ana.form(NEW, holding="title"), **WORDS)
        for name in ("ben", "lee", "ada"):
            other = Browser(cast.app, name)
            token = other.form("/me", action="/account/sign-out").fields["csrf_token"]
            assert WORDS["title"] not in other.get("/me/drafts").text
            other.get("/me/drafts/1", 404)
            other.get("/me/drafts/1.txt", 404)
            other.post("/me/drafts/1/discard", {"csrf_token": token}, 404)
            # Somebody else's keys in a form of one's own name a draft of one's own.
            form = other.form(NEW, holding="title")
            mine = cast.read(lambda: db.session.get_one(Draft, 1).opened)
            form.fields["opened"] = mine
            autosave(other, form, title="Not hers")
        assert kept(cast)[0][0] == WORDS["title"]

    def test_is_discarded(self, cast: Cast) -> None:
        ana = Browser(cast.app, "ana")
        autosave(ana, ana.form(NEW, holding="title"), **WORDS)
        form = ana.form("/me/drafts", action="/me/drafts/1/discard")
        ana.send(form)
        assert "No drafts." in ana.get("/me/drafts").text
        ana.send(form, 404)

    def test_of_a_place_that_went_away_is_still_there(self, cast: Cast) -> None:
        ben = Browser(cast.app, "ben")
        form = ben.form(place_of_comment(ben, cast), holding="body")
        autosave(ben, form, body="My thoughts")
        cast.withdraw(cast.idea)
        assert "My thoughts" in ben.get("/me/drafts").text
        assert "download them" in ben.get("/me/drafts/1", 409).text
        other = Browser(cast.app, "ben").form(f"/d/{OTHER_SLUG}/ideas/new", holding="title")
        assert other.fields["title"] == ""
