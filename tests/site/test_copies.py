"""Readers without a cookie may get a copy of a page, never one that says too much or too long."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import event, update

from dialogue.dialogues.models import Act, Phase
from dialogue.kernel import clock, copies
from dialogue.kernel.db import db
from tests.cast import SLUG, TITLE, Cast
from tests.pages import Browser

HOME = f"/d/{SLUG}"


@pytest.fixture
def asked(cast: Cast) -> Iterator[list[str]]:
    """Every SELECT that reads words of ideas: none for a copy."""
    found: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "contribution" in statement:
            found.append(statement)

    with cast.app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield found
    event.remove(engine, "before_cursor_execute", note)


class TestACopy:
    def test_is_given_to_the_next_reader(self, cast: Cast, asked: list[str]) -> None:
        reader = Browser(cast.app)
        for path in (HOME, f"{HOME}?sort=newest", f"{HOME}/ideas/{cast.idea}"):
            first = reader.client.get(path, follow_redirects=True)
            asked.clear()
            path = first.request.path + ("?sort=newest" if "?" in path else "")
            again = reader.get(path)
            assert asked == [], path
            assert again.text == first.text
            assert again.headers["X-Request-Id"] != first.headers["X-Request-Id"]
            assert again.headers["Cache-Control"] == "no-store"

    def test_is_no_copy_any_more_once_something_else_is_public(self, cast: Cast) -> None:
        reader, idea = Browser(cast.app), f"{HOME}/ideas/{cast.idea}"
        page = reader.get(reader.client.get(idea).headers.get("Location", idea))
        assert TITLE in reader.get(HOME).text
        cast.approve(cast.waiting)
        assert "hotline on pay slips" in reader.get(HOME).text
        cast.withdraw(cast.idea)
        assert TITLE not in reader.get(HOME).text
        assert reader.client.get(page.request.path).status_code == 410

    def test_ends_when_the_dialogue_closes(self, cast: Cast) -> None:
        reader = Browser(cast.app)
        moment = clock.now() + timedelta(seconds=0.5)
        with cast.writing():
            db.session.execute(
                update(Phase)
                .where(Phase.act.in_((Act.IDEA, Act.COMMENT, Act.VOTE)))
                .values(closes_at=moment)
            )
        assert "Share an idea" in reader.get(HOME).text
        while clock.now() < moment:
            pass
        assert "Share an idea" not in reader.get(HOME).text

    def test_lives_ten_seconds_at_most(
        self, cast: Cast, asked: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert copies.LONGEST <= 10
        monkeypatch.setattr(copies, "LONGEST", 0.0)
        reader = Browser(cast.app)
        reader.get(HOME)
        asked.clear()
        reader.get(HOME)
        assert asked != []

    def test_is_not_for_anybody_with_a_cookie(self, cast: Cast, asked: list[str]) -> None:
        reader, ana = Browser(cast.app), Browser(cast.app, "ana")
        reader.get(HOME)
        assert "Your activity" in ana.get(HOME).text
        asked.clear()
        assert reader.get(HOME).text != ana.get(HOME).text
        assert asked != []

    def test_is_kept_of_nothing_private_and_of_no_search(
        self, cast: Cast, asked: list[str]
    ) -> None:
        reader = Browser(cast.app)
        reader.get(f"{HOME}?q=recruiters")
        asked.clear()
        reader.get(f"{HOME}?q=recruiters")
        assert asked != []
        reader.get(HOME)
        cast.change(private=True, version=99)
        reader.get(HOME, 404)

    def test_depends_on_address_and_on_what_the_browser_takes(self, cast: Cast) -> None:
        reader = Browser(cast.app)
        plain = reader.get(HOME)
        packed = reader.client.get(HOME, headers={"Accept-Encoding": "gzip"})
        assert packed.headers["Content-Encoding"] == "gzip"
        assert "Content-Encoding" not in reader.get(HOME).headers
        assert len(packed.data) < len(plain.data) / 2
        assert reader.get(f"{HOME}?sort=newest").text != plain.text

    def test_takes_no_more_room_than_there_is(self, cast: Cast) -> None:
        cast.app.wsgi_app = copies.Copies(  # type: ignore[method-assign]
            cast.app.wsgi_app._application, lambda _dialogue: 1, room=60_000
        )
        reader = Browser(cast.app)
        for number in range(30):
            reader.get(f"{HOME}?any={number}")
        assert cast.app.wsgi_app._size <= 60_000


@pytest.mark.sqlite_only
class TestAFormOnACopy:
    def test_can_be_sent_by_two_people(self, cast: Cast) -> None:
        """Two readers with the same copy: each one's comment waits for their sign-in."""
        path = Browser(cast.app).client.get(f"{HOME}/ideas/{cast.idea}").headers["Location"]
        for words in ("The first reader's words.", "The second reader's words."):
            reader = Browser(cast.app)
            form = reader.form(path, holding="body")
            answer = reader.client.post(form.action, data={**form.fields, "body": words})
            assert "/account/" in answer.headers["Location"]
