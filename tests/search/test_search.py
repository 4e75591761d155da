"""What is found, and that both databases find the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dialogue.kernel.db import db, transaction
from dialogue.search import documents
from dialogue.search.documents import Document
from dialogue.search.parser import parse
from dialogue.search.queries import found, matching

TEXTS = {
    1: "Put a text line on every visa card",
    2: "Visas are lost when the employer keeps the papers",
    3: "The line at the office is long. Text of the law!",
    4: "UberX 自用車載客，是否需要跟計程車遵守相同的法律？",
    5: "優步 uber 司機",
    6: "Café owners and e-mail: write to help@law.example, call 1-888-373-7888",
    7: "हिन्दी में जानकारी",
    8: "It’s a worker's right (O'Brien) — don't pay 50% / 1,000.50 €",
    9: "می‌خواهم مُحَمَّد",
    10: "車",
}

FOUND = {
    "visa": {1, 2},
    "VISA card": {1},
    "visa AND": set(),
    '"text line"': {1},
    "text line": {1, 3},
    "line text": {1, 3},
    '"line text"': set(),
    "line -office": {1},
    'line -"text line"': {3},
    "-visa -line": {2, 4, 5, 6, 7, 8, 9, 10},
    '"open': set(),
    "NEAR(": set(),
    "計程車": {4},
    "法律": {4},
    "車": {4, 10},
    "律": {4},
    "優步": {5},
    '"優步 uber"': {5},
    "uber": {4, 5},
    "uberx自用車": {4},
    "司": {5},
    "cafe": {6},
    "CAFÉ": {6},
    "e-mail": {6},
    "help@law.example": {6},
    "1-888-373-7888": {6},
    "888": {6},
    "हिन्दी": {7},
    "don't": {8},
    "o'brien": {8},
    "1,000.50": {8},
    "محمد": {9},
    "!!!": set(),
    "": set(),
    "a* OR b:c ^ {x}": set(),
    "'); DROP TABLE search_document; --": set(),
}


@pytest.fixture
def library(app: Flask) -> Iterator[Flask]:
    with app.app_context():
        with transaction():
            documents.put_many(
                Document("idea", number, 1, "en", text) for number, text in TEXTS.items()
            )
            documents.put("comment", 1, 1, "en", "visa comment")
            documents.put("idea", 99, 2, "en", "visa elsewhere")
        yield app


def find(typed: str, **scope: Any) -> set[int]:
    scope = scope or {"dialogue_id": 1, "kind": "idea"}
    return set(db.session.scalars(matching(typed, **scope)))


class TestMatching:
    @pytest.mark.parametrize("typed", FOUND)
    def test_finds_what_is_meant(self, library: Flask, typed: str) -> None:
        assert find(typed) == FOUND[typed]

    def test_keeps_to_the_dialogue_and_kind_when_they_are_given(self, library: Flask) -> None:
        assert find("visa", dialogue_id=2, kind="idea") == {99}
        assert find("visa", dialogue_id=1, kind="comment") == {1}
        assert find("elsewhere", kind="idea") == {99}

    def test_over_several_kinds_finds_the_same(self, library: Flask) -> None:
        for typed, expected in FOUND.items():
            rows = db.session.execute(found(parse(typed))).all()
            here = {row.object_id for row in rows if row.kind == "idea" and row.dialogue_id == 1}
            assert here == expected, typed

    def test_over_several_kinds_reads_no_further_than_a_page_needs(self, library: Flask) -> None:
        if db.engine.dialect.name != "sqlite":
            return
        newest = found(parse("visa -elsewhere"))
        newest = newest.order_by(newest.selected_columns[0].desc()).limit(2)
        written = newest.compile(db.engine, compile_kwargs={"literal_binds": True})
        plan = db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {written}").all()
        assert not [row for row in plan if "TEMP B-TREE" in row[3]], plan

    @given(
        typed=st.text(max_size=40) | st.text(alphabet="\"'()*:^-&|!<>\\ aORNEAD車%_", max_size=20)
    )
    @settings(
        max_examples=150,
        deadline=None,
        database=None,
        # It only reads, and it is meant to run on each database.
        suppress_health_check=[
            HealthCheck.function_scoped_fixture,
            HealthCheck.differing_executors,
        ],
    )
    def test_never_fails_whatever_is_typed(self, library: Flask, typed: str) -> None:
        if "\x00" not in typed and not any("\ud800" <= c <= "\udfff" for c in typed):
            find(typed)
            db.session.execute(found(parse(typed)).limit(1)).all()


class TestPut:
    def test_replaces_the_words_of_the_same_thing(self, library: Flask) -> None:
        with transaction():
            documents.put("idea", 1, 1, "en", "something else")
        assert find("visa") == {2}
        assert find("something") == {1}

    def test_leaves_nothing_behind_when_the_transaction_fails(self, library: Flask) -> None:
        with pytest.raises(ZeroDivisionError), transaction():
            documents.put("idea", 1, 1, "en", "something else")
            raise ZeroDivisionError
        assert find("visa") == {1, 2}

    def test_takes_the_longest_text_there_is(self, library: Flask) -> None:
        with transaction():
            documents.put("idea", 50, 1, "zh", "車" * 10_000)
            documents.put("idea", 51, 1, "en", "a " * 5_000 + "needle")
            documents.put("idea", 52, 1, "en", "b" * 10_000)
        assert find("needle") == {51}
        assert find("車車車") == {50}
        assert find("b" * 300) == {52}


class TestRemove:
    def test_makes_a_thing_unfindable_at_once(self, library: Flask) -> None:
        with transaction():
            documents.remove("idea", 1)
        assert find("visa") == {2}

    def test_does_not_mind_what_is_not_there(self, library: Flask) -> None:
        with transaction():
            documents.remove("idea", 12345)
        assert find("visa") == {1, 2}
