"""The personal-data map at work: everything is handed out, and goes when the person does."""

from __future__ import annotations

import pytest

from dialogue.accounts import personal as accounts
from dialogue.accounts.models import User
from dialogue.kernel import clock, personal
from dialogue.kernel.db import Base, db, transaction
from dialogue.kernel.personal import Leaving, Person
from tests.cast import BODY, TITLE, WAITING_TITLE, Cast, address
from tests.pages import Browser

WORDS = (TITLE, BODY, WAITING_TITLE)


def person(cast: Cast, name: str) -> Person:
    return cast.read(lambda: accounts.person(db.session.get_one(User, cast.people[name])))


def erase(cast: Cast, who: Person, *, words_go: bool) -> None:
    leaving = Leaving(who, words_go, clock.now())
    with cast.app.app_context():
        for held in personal.held().values():
            more = held.erase is not None
            while more and held.erase is not None:
                with transaction():
                    more = held.erase(leaving)


def everything(cast: Cast) -> str:
    """All that stands in the database, as one text."""
    with cast.app.app_context():
        connection = db.session.connection()
        tables = [*Base.metadata.tables, "search_document"]
        return "\n".join(
            f"{table}: {row}"
            for table in tables
            for row in connection.exec_driver_sql(f"SELECT * FROM {table}").all()
        )


class TestThePersonalData:
    def test_of_each_table_is_handed_out(self, cast: Cast) -> None:
        Browser(cast.app, "ana").get("/me")
        with cast.app.app_context():
            ana = accounts.person(db.session.get_one(User, cast.people["ana"]))
            given = {
                name: list(held.export(ana))
                for name, held in personal.held().items()
                if held.export is not None
            }
        assert given["user_account"][0]["email"] == address("ana")
        assert {row["title"] for row in given["revision"]} == {TITLE, WAITING_TITLE}
        assert given["vote"][0]["choice"] == "agree"
        assert given["account_session"]
        assert given["mail_message"]
        assert not [key for rows in given.values() for row in rows for key in row if "hash" in key]

    @pytest.mark.parametrize("words_go", [True, False])
    def test_goes_with_the_person(self, cast: Cast, words_go: bool) -> None:
        Browser(cast.app, "ana").get("/me")
        counts = cast.contribution(cast.idea)
        erase(cast, person(cast, "ana"), words_go=words_go)
        left = everything(cast)
        assert "ana@" not in left.lower()
        assert "'Ana'" not in left
        assert WAITING_TITLE not in left, "what was never published stays"
        assert (TITLE in left) is not words_go
        after = cast.contribution(cast.idea)
        assert (after.agree, after.disagree, after.passed) == (
            counts.agree,
            counts.disagree,
            counts.passed,
        )
        assert after.listed is not words_go
