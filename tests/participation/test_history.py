"""Editing: the history shows what was public and nothing else; voters are asked once."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import update

from dialogue.accounts.models import User
from dialogue.dialogues.queries import dialogue_by_slug
from dialogue.kernel import clock
from dialogue.kernel.db import db
from dialogue.kernel.errors import NotFound
from dialogue.participation.commands import keeping
from dialogue.participation.models import Vote
from dialogue.participation.queries.history import public_wordings
from dialogue.participation.queries.keeping import asked_of, vote_on
from tests.cast import SLUG, TITLE, Cast
from tests.pages import Browser


def history(cast: Cast, reader: Browser, one: int = 0) -> str:
    path = f"/d/{SLUG}/ideas/{one or cast.idea}/history"
    return reader.get(reader.get(path, 301).headers["Location"]).text


def numbers(cast: Cast, one: int) -> list[int]:
    return cast.read(lambda: [wording.number for wording in public_wordings(one)])


class TestAHistory:
    def test_holds_the_wordings_that_were_public_and_no_other(self, cast: Cast) -> None:
        assert numbers(cast, cast.idea) == [1]
        cast.edit(cast.idea, "Replaced while it waited", "xylophon one")
        cast.edit(cast.idea, "Refused", "xylophon two")
        cast.reject(cast.idea)
        cast.edit(cast.idea, "Said better", "A list that *everybody* can read.")
        assert numbers(cast, cast.idea) == [1]
        decision = cast.approve(cast.idea)
        assert numbers(cast, cast.idea) == [4, 1]
        cast.undo(decision)
        assert numbers(cast, cast.idea) == [1]
        cast.approve(cast.idea)
        cast.edit(cast.idea, "Waits", "xylophon three")
        assert numbers(cast, cast.idea) == [4, 1]
        for name in ("", "ben", "ana", "mo"):
            page = history(cast, Browser(cast.app, name))
            assert "xylophon" not in page
            assert TITLE.split()[0] in page

    @pytest.mark.sqlite_only
    def test_says_in_words_what_changed(self, cast: Cast) -> None:
        reader = Browser(cast.app)
        assert "It has not changed since it was published." in history(cast, reader)
        cast.edit(cast.idea, TITLE, "A list that crews can read *before* they pay anyone.")
        cast.approve(cast.idea)
        page = history(cast, reader)
        assert re.search(r"<del>.*removed:.*workers.*</del>", page)
        assert re.search(r"<ins>.*added:.*crews.*</ins>", page)
        assert "1 word added, 1 removed" in page
        assert "Public now" in page
        idea = reader.get(f"/d/{SLUG}/ideas/{cast.idea}", 301).headers["Location"]
        assert f'href="{idea}/history"' in reader.get(idea).text

    @pytest.mark.sqlite_only
    def test_of_a_comment_is_reached_from_it(self, cast: Cast) -> None:
        cast.edit(cast.comment, "", "Our union keeps <b>such</b> lists.")
        cast.approve(cast.comment)
        reader = Browser(cast.app)
        idea = reader.get(f"/d/{SLUG}/ideas/{cast.idea}", 301).headers["Location"]
        path = f"/d/{SLUG}/comments/{cast.comment}/history"
        assert f'href="{path}">Edited, see changes' in reader.get(idea).text
        page = reader.get(path).text
        assert "&lt;b" in page
        assert "<b>" not in page

    @pytest.mark.sqlite_only
    def test_is_not_there_for_what_is_not_public(self, cast: Cast) -> None:
        reader, ana = Browser(cast.app), Browser(cast.app, "ana")
        hidden = cast.post_comment("Not public", by="ana")
        for path in (
            f"/d/{SLUG}/ideas/{cast.waiting}/history",
            f"/d/{SLUG}/ideas/{cast.comment}/history",
            f"/d/{SLUG}/ideas/x/history",
            f"/d/housing/ideas/{cast.idea}/history",
            f"/d/{SLUG}/comments/{hidden}/history",
            f"/d/{SLUG}/comments/{cast.idea}/history",
            f"/d/housing/comments/{cast.comment}/history",
        ):
            reader.get(path, 404)
            ana.get(path, 404)
        cast.withdraw(cast.idea)
        reader.get(f"/d/{SLUG}/ideas/{cast.idea}/history", 404)
        reader.get(f"/d/{SLUG}/comments/{cast.comment}/history", 404)

    @pytest.mark.sqlite_only
    def test_of_very_many_edits_has_pages(self, cast: Cast) -> None:
        for number in range(13):
            cast.edit(cast.idea, f"Wording {number}", "Words")
            cast.approve(cast.idea)
        page = history(cast, Browser(cast.app))
        assert page.count('class="section history"') == 10
        older = re.search(r'href="([^"]+\?before=\d+)"', page)
        assert older
        page = Browser(cast.app).get(older[1]).text
        assert page.count('class="section history"') == 4
        assert "Public now" not in page


def asked(cast: Cast, name: str) -> int | None:
    """The number of the wording about which somebody is asked."""

    def read() -> int | None:
        vote = vote_on([cast.idea], cast.participant(name))
        listed = [one.asked_about for one in asked_of(cast.people[name])]
        found = vote.asked_about if vote else None
        assert listed == ([found] if found else [])
        return found

    return cast.read(read)


def keep(cast: Cast, name: str, wording: int) -> None:
    with cast.writing():
        dialogue = dialogue_by_slug(SLUG)
        assert dialogue is not None
        keeping.keep_vote(
            dialogue=dialogue,
            idea_id=cast.idea,
            revision=wording,
            user=db.session.get_one(User, cast.people[name]),
            now=clock.now(),
        )


class TestAVoter:
    def test_is_asked_once_for_each_edit(self, cast: Cast) -> None:
        cast.vote("agree", by="ben")
        cast.edit(cast.idea, "Said better", "Words")
        cast.vote("pass", by="oz")  # between the edit and its publication
        assert asked(cast, "ben") is None
        decision = cast.approve(cast.idea)
        assert (asked(cast, "ben"), asked(cast, "oz"), asked(cast, "ana")) == (2, 2, None)
        keep(cast, "ben", 2)
        cast.vote("disagree", by="oz")
        assert (asked(cast, "ben"), asked(cast, "oz")) == (None, None)
        cast.undo(decision)
        assert (asked(cast, "ben"), asked(cast, "oz")) == (None, None)
        cast.edit(cast.idea, "Said once more", "Words")
        cast.approve(cast.idea)
        assert (asked(cast, "ben"), asked(cast, "oz")) == (3, 3)
        with pytest.raises(NotFound):  # nobody reads that one any more
            keep(cast, "ben", 2)
        assert asked(cast, "ben") == 3
        keep(cast, "ben", 3)
        keep(cast, "ben", 3)
        assert asked(cast, "ben") is None

    @pytest.mark.sqlite_only
    def test_answers_on_the_page_and_among_their_own(self, cast: Cast) -> None:
        cast.vote("agree", by="ben")
        cast.edit(cast.idea, "Said better", "Words")
        cast.approve(cast.idea)
        ben = Browser(cast.app, "ben")
        idea = ben.get(f"/d/{SLUG}/ideas/{cast.idea}", 301).headers["Location"]
        action = f"/d/{SLUG}/ideas/{cast.idea}/vote/keep"
        assert "This idea changed after you voted." in ben.get(idea).text
        form = ben.form("/me", action=action)
        assert ben.send(form).headers["Location"] == "/me"
        assert "changed after you voted" not in ben.get("/me").text + ben.get(idea).text
        assert cast.contribution(cast.idea).agree == 2
        for wrong in ("", "0", "9", "x", "9" * 40):
            status = 422 if wrong in {"", "x", "9" * 40} else 404
            ben.post(action, {**form.fields, "wording": wrong}, status)
        ana, oz = Browser(cast.app, "ana"), Browser(cast.app, "oz")
        assert "changed after you voted" not in ana.get(idea).text + oz.get(idea).text
        token = oz.form("/me", action="/account/sign-out").fields["csrf_token"]
        oz.post(action, {"wording": "2", "csrf_token": token}, 404)
        cast.close()
        assert "changed after you voted" not in ben.get(idea).text

    @pytest.mark.sqlite_only
    def test_is_not_asked_again_by_words_that_were_hidden(self, cast: Cast) -> None:
        """A redaction makes a wording of the same moment."""
        cast.vote("agree", by="ben")
        with cast.writing():
            db.session.execute(update(Vote).values(at=clock.now() - timedelta(days=2)))
        assert asked(cast, "ben") is None, "the first publication is no edit"
