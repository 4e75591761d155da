"""Helpful: one mark a person and comment, counted on the row, sorted by, in no result."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import func, select

from dialogue.accounts.models import User
from dialogue.dialogues.queries import dialogue_by_slug
from dialogue.kernel import clock
from dialogue.kernel.db import db
from dialogue.kernel.errors import Conflict, NotFound
from dialogue.participation.commands import helping
from dialogue.participation.models import Contribution, Helpful
from tests.cast import OTHER_SLUG, SLUG, Cast
from tests.pages import Browser


def mark(cast: Cast, name: str, is_helpful: bool = True, *, on: int = 0, slug: str = SLUG) -> int:
    with cast.writing():
        dialogue = dialogue_by_slug(slug)
        assert dialogue is not None
        return helping.mark_helpful(
            dialogue=dialogue,
            comment_id=on or cast.comment,
            user=db.session.get_one(User, cast.people[name]),
            is_helpful=is_helpful,
            now=clock.now(),
        )


def counted(cast: Cast) -> tuple[int, int]:
    """The count on the row, and the marks there are."""

    def read() -> tuple[int, int]:
        stored = db.session.get_one(Contribution, cast.comment).helpful
        marks = select(func.count()).where(Helpful.comment_id == cast.comment)
        return stored, db.session.scalar(marks) or 0

    return cast.read(read)


class TestAMark:
    def test_counts_once_and_is_taken_back(self, cast: Cast) -> None:
        assert mark(cast, "ana") == mark(cast, "ana") == 1
        assert mark(cast, "oz") == 2
        assert mark(cast, "ana", is_helpful=False) == 1
        assert mark(cast, "ana", is_helpful=False) == 1
        assert counted(cast) == (1, 1)

    def test_counts_once_when_many_come_at_one_moment(self, cast: Cast) -> None:
        names = ["ana", "oz", "mo", "ana", "oz", "mo", "ana", "oz"]
        threads = [threading.Thread(target=mark, args=(cast, name)) for name in names]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        assert counted(cast) == (3, 3)

    @pytest.mark.sqlite_only
    def test_is_refused_where_it_has_no_place(self, cast: Cast) -> None:
        waiting = cast.post_comment("Not yet public", by="ana")
        for on, slug in ((waiting, SLUG), (cast.idea, SLUG), (10**6, SLUG), (0, OTHER_SLUG)):
            with pytest.raises(NotFound):
                mark(cast, "ana", on=on, slug=slug)
        with pytest.raises(Conflict, match="your own"):
            mark(cast, "ben")
        cast.close()
        with pytest.raises(Conflict, match="closed"):
            mark(cast, "ana")
        cast.withdraw(cast.idea)
        with pytest.raises(NotFound):
            mark(cast, "ana")
        assert counted(cast) == (0, 0)


@pytest.mark.sqlite_only
class TestTheButton:
    def test_works_without_a_script(self, cast: Cast) -> None:
        ana = Browser(cast.app, "ana")
        where = ana.get(f"/d/{SLUG}/ideas/{cast.idea}", 301).headers["Location"]
        action = f"/d/{SLUG}/comments/{cast.comment}/helpful"
        page = ana.get(where).text
        assert f'formaction="{action}" name="helpful" value="yes" aria-pressed="false"' in page
        token = ana.form("/me", action="/account/sign-out").fields["csrf_token"]
        for _twice in range(2):
            back = ana.post(action, {"helpful": "yes", "csrf_token": token})
            assert back.headers["Location"] == f"/c/{cast.comment}"
        page = ana.get(where).text
        assert "You find this helpful. 1 person does." in page
        assert 'value="no" aria-pressed="true"' in page
        assert "Helpful (1)" in page
        for wrong in ("", "maybe", "yes\x00"):
            ana.post(action, {"helpful": wrong, "csrf_token": token}, 422)
        fragment = ana.post(
            action,
            {"helpful": "no", "csrf_token": token},
            200,
            headers={"X-Fragment": "helpful"},
        ).text
        assert "<html" not in fragment
        assert 'value="yes" aria-pressed="false"' in fragment
        assert counted(cast) == (0, 0)

    def test_leads_a_visitor_to_the_sign_in_and_back(self, cast: Cast) -> None:
        visitor = Browser(cast.app)
        where = visitor.get(f"/d/{SLUG}/ideas/{cast.idea}", 301).headers["Location"]
        answer = visitor.post(
            f"/d/{SLUG}/comments/{cast.comment}/helpful",
            {"helpful": "yes"},
            headers={"Referer": f"http://localhost{where}"},
        )
        assert answer.headers["Location"].startswith("/account/sign-in?next=")
        assert counted(cast) == (0, 0)
