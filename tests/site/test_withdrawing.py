"""Taking back: what nobody answered goes altogether; of what others answered a note stays."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from dialogue.kernel import clock
from dialogue.kernel.db import db
from dialogue.participation.commands import drafts
from dialogue.participation.drafts import Draft, Pen, Place, Words
from dialogue.participation.models import Choice, Kind, Revision
from dialogue.participation.queries.integrity import altered
from tests.cast import BODY, SLUG, TITLE, Cast
from tests.pages import Browser


def words_of(cast: Cast, one: int) -> set[str]:
    def read() -> set[str]:
        rows = db.session.execute(
            select(Revision.title, Revision.source, Revision.html, Revision.plain).where(
                Revision.contribution_id == one
            )
        )
        return {word for row in rows for word in row if word}

    return cast.read(read)


def ask_and_withdraw(browser: Browser, path: str) -> str:
    """The confirm page, and then the deed; returns what the page said."""
    page = browser.get(path).text
    browser.send(browser.form(path, action=path))
    return page


@pytest.mark.sqlite_only
class TestAnIdea:
    def test_that_others_answered_leaves_their_votes_and_comments(self, cast: Cast) -> None:
        cast.vote(Choice.DISAGREE, by="oz")
        cast.change(results="always")
        ana = Browser(cast.app, "ana")
        page = ask_and_withdraw(ana, f"/d/{SLUG}/ideas/{cast.idea}/withdraw")
        assert "under “Idea withdrawn by its author”" in page
        for name in ("", "ben", "ana"):
            page = Browser(cast.app, name).get(f"/d/{SLUG}/ideas/{cast.idea}", 410).text
            assert "Idea withdrawn by its author" in page
            assert TITLE in page
            assert "2 votes" in page
            assert "Our union keeps such a list." in page
            assert BODY.split("*")[0] not in page
            assert "noindex" in page
            for act in ("/flag", "/helpful", "/history", "?reply=", "/vote"):
                assert act not in page, act
        reader = Browser(cast.app)
        where = reader.get(f"/c/{cast.comment}", 303).headers["Location"]
        assert f'id="comment-{cast.comment}"' in reader.get(where.split("#")[0], 410).text
        assert "Our union" not in reader.get(f"/d/{SLUG}?q=union").text

    def test_without_votes_of_others_does_not_even_keep_its_title(self, cast: Cast) -> None:
        cast.withdraw(cast.idea)
        page = Browser(cast.app).get(f"/d/{SLUG}/ideas/{cast.idea}", 410).text
        assert TITLE not in page
        assert "Our union keeps such a list." in page
        assert 'href="/d/outreach#ideas">Read other ideas' in page

    def test_that_nobody_answered_is_gone_with_all_its_words(self, cast: Cast) -> None:
        idea = cast.post_idea("Nobody answers", "Not a soul.")
        cast.approve(idea)
        cast.edit(idea, "Nobody answers this", "Still not.")
        with cast.writing():
            drafts.save(
                user_id=cast.people["ana"],
                place=Place(cast.dialogue, Kind.IDEA, contribution_id=idea),
                words=Words("A third wording"),
                pen=Pen.new(),
                now=clock.now(),
            )
        ana = Browser(cast.app, "ana")
        page = ask_and_withdraw(ana, f"/d/{SLUG}/ideas/{idea}/withdraw")
        assert "It is removed completely" in page
        assert words_of(cast, idea) == set()
        assert cast.read(lambda: db.session.scalars(select(Draft)).all()) == []
        page = Browser(cast.app).get(f"/d/{SLUG}/ideas/{idea}", 410).text
        assert "Nobody answers" not in page
        assert 'href="/d/outreach#ideas">Read other ideas' in page
        assert cast.read(lambda: altered({}, None)) == []
        assert "Withdrawn" in ana.get("/me").text

    def test_that_a_moderator_hid_keeps_its_words_for_the_record(self, cast: Cast) -> None:
        idea = cast.post_idea("Hidden first", "For a reason.")
        cast.change(moderation="after")
        shown = cast.post_idea("Shown first", "Then hidden.")
        cast.reject(shown)
        cast.withdraw(shown)
        assert "Shown first" in words_of(cast, shown)
        cast.withdraw(idea)
        assert words_of(cast, idea) == set()

    def test_twice_is_once_and_nobody_elses_is_not_theirs(self, cast: Cast) -> None:
        ana, ben = Browser(cast.app, "ana"), Browser(cast.app, "ben")
        path = f"/d/{SLUG}/ideas/{cast.idea}/withdraw"
        form = ana.form(path, action=path)
        token = ben.form("/me", action="/account/sign-out").fields["csrf_token"]
        ben.get(path, 404)
        ben.post(path, {**form.fields, "csrf_token": token}, 404)
        for _twice in range(2):
            assert ana.send(form).headers["Location"] == f"/d/{SLUG}"
        ana.get(path, 404)


@pytest.mark.sqlite_only
class TestAComment:
    def test_that_was_answered_leaves_a_note_of_itself(self, cast: Cast) -> None:
        reply = cast.post_comment("And ours too.", by="ana", reply_to=cast.comment)
        cast.approve(reply)
        ben = Browser(cast.app, "ben")
        path = f"/d/{SLUG}/comments/{cast.comment}/withdraw"
        assert "Replies stay" in ask_and_withdraw(ben, path)
        assert words_of(cast, cast.comment) != set()
        reader = Browser(cast.app)
        idea = reader.get(f"/d/{SLUG}/ideas/{cast.idea}", 301).headers["Location"]
        page = reader.get(idea).text
        assert "Comment withdrawn by its author." in page
        assert "And ours too." in page
        assert "Our union" not in page

    def test_that_nobody_answered_is_gone(self, cast: Cast) -> None:
        ben = Browser(cast.app, "ben")
        path = f"/d/{SLUG}/comments/{cast.comment}/withdraw"
        assert "It is removed completely" in ask_and_withdraw(ben, path)
        assert words_of(cast, cast.comment) == set()
        reader = Browser(cast.app)
        idea = reader.get(f"/d/{SLUG}/ideas/{cast.idea}", 301).headers["Location"]
        assert "withdrawn" not in reader.get(idea).text
