"""A page asks the database as often for one row as for a hundred."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from dialogue.kernel.db import db
from tests.cast import SLUG, Cast
from tests.pages import Browser

VISITOR_HOME, MEMBER_HOME = 6, 10
VISITOR_IDEA, MEMBER_IDEA, AUTHOR_IDEA = 6, 8, 9
VOTE, COMMENT, DECISION = 10, 22, 21


@contextmanager
def statements(cast: Cast) -> Iterator[list[str]]:
    """The questions put to the database within the block (not BEGIN, COMMIT, PRAGMA)."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")):
            asked.append(" ".join(statement.split()))

    with cast.app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", note)


def asked_for(cast: Cast, browser: Browser, path: str) -> list[str]:
    with statements(cast) as asked:
        browser.get(path)
    return asked


def fill(cast: Cast) -> None:
    """Many rows of what the pages show."""
    cast.app.config["IDEAS_PER_DAY"] = cast.app.config["COMMENTS_PER_HOUR"] = 1000
    cast.change(moderation="after")
    names = ("ana", "ben", "oz", "mo", "ola")
    for index in range(24):
        idea = cast.post_idea(f"Idea {index}", "Words", by=names[index % 5])
        if index < 4:
            cast.vote("agree", by="ben", on=idea)
    for index in range(40):
        cast.post_comment(f"Comment {index}", by=names[index % 5])


@pytest.mark.sqlite_only
class TestAPage:
    def test_asks_a_small_constant_number_of_questions(self, cast: Cast) -> None:
        people = {"visitor": Browser(cast.app)}
        people |= {"author": Browser(cast.app, "ana"), "member": Browser(cast.app, "ben")}
        visitor = people["visitor"]
        idea = visitor.get(f"/d/{SLUG}/ideas/{cast.idea}", 301).headers["Location"]
        pages = {
            ("visitor", f"/d/{SLUG}"): VISITOR_HOME,
            ("visitor", f"/d/{SLUG}?sort=newest&q=words"): VISITOR_HOME,
            ("visitor", idea): VISITOR_IDEA,
            ("member", f"/d/{SLUG}"): MEMBER_HOME,
            ("member", idea): MEMBER_IDEA,
            ("author", idea): AUTHOR_IDEA,
            ("visitor", "/"): 8,
            ("member", "/me"): 12,
        }

        def measure() -> dict[tuple[str, str], list[str]]:
            return {(who, path): asked_for(cast, people[who], path) for who, path in pages}

        few = measure()
        fill(cast)
        many = measure()
        for page, most in pages.items():
            said = "\n".join(question[:150] for question in many[page])
            assert len(many[page]) <= most, f"{page} asks {len(many[page])} times:\n{said}"
            assert len(many[page]) <= len(few[page]) + 1, f"{page} asks for each row:\n{said}"


@pytest.mark.sqlite_only
class TestAnAct:
    """Each statement of an act is made while every other writer waits."""

    def test_asks_no_more_than_it_has_to(self, cast: Cast) -> None:
        ben, lee = Browser(cast.app, "ben"), Browser(cast.app, "lee")
        idea = f"/d/{SLUG}/ideas/{cast.idea}"
        vote = ben.form(f"{idea}/vote", action=f"{idea}/vote")
        ben.send(vote, choice="agree")
        comment = ben.form(f"{idea}-check-recruiters-before-the-visa", action=f"{idea}/comments")
        decision = lee.form("/mod/queue", holding="version")
        acts = {
            "changing a vote": (VOTE, lambda: ben.send(vote, choice="pass")),
            "commenting": (COMMENT, lambda: ben.send(comment, body="Said in a few words.")),
            "deciding": (DECISION, lambda: lee.send(decision)),
        }
        for name, (most, act) in acts.items():
            with statements(cast) as asked:
                act()
            said = "\n".join(question[:150] for question in asked)
            assert len(asked) <= most, f"{name} asks {len(asked)} times:\n{said}"
