"""The parts of a report: their form, what each person added, what many and few say, what is left
out; and that copies of a text move nothing."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from flask import Flask

from dialogue.dialogues.models import Dialogue
from dialogue.reports import build, model, schema
from dialogue.reports.reading import read_snapshot
from dialogue.reports.sections.quotes import quotations, sentences
from tests.house.rules import ROOT
from tests.reports.conversation import IDEAS, START, TWO_VIEWS, hold
from tests.reports.said import conversation_about_pay, planted

LATER = START + timedelta(days=30)
LETTER = (
    "Please keep the night bus to the fields running because crews end work after dark and have no"
    " other way home."
)
pytestmark = pytest.mark.sqlite_only

OWN = "My brother walked nine miles last winter."


def report(dialogue: Dialogue) -> model.Model:
    document: model.Model = json.loads(
        model.to_bytes(build.build(read_snapshot(dialogue, LATER))).decode()
    )
    return document


class TestForm:
    @pytest.mark.parametrize(
        ("people", "ideas"),
        [
            ([], []),
            (["a"], ["👍"]),
            (["aaaadddd"] * 7, IDEAS),
            (["aaaaaaaa"] * 60, IDEAS),
            (TWO_VIEWS, IDEAS),
        ],
        ids=["nobody", "an emoji", "seven people", "all alike", "two views"],
    )
    def test_is_that_of_the_schema(
        self, context: Flask, people: list[str], ideas: list[str]
    ) -> None:
        document = report(
            hold(people=people, ideas=ideas, comments=[(0, 0, "So!")] if ideas else [])
        )
        assert schema.problems(document) == []

    @pytest.mark.parametrize(
        ("change", "line"),
        [
            (lambda d: d.pop("coverage"), "the document lacks coverage."),
            (lambda d: d.update(mood="good"), "mood is not part of a report."),
            (lambda d: d["ideas"][3].update(agree="4"), "ideas[3].agree must be of type integer."),
            (lambda d: d["ideas"][0].update(votes=-1), "ideas[0].votes must be 0 or more."),
            (lambda d: d.update(sha256="x"), "sha256 does not have the form ^[0-9a-f]{64}$."),
        ],
        ids=["part missing", "part too many", "kind", "range", "pattern"],
    )
    def test_that_differs_is_named(self, context: Flask, change: Any, line: str) -> None:
        document = deepcopy(report(hold()))
        change(document)
        assert line in schema.problems(document)

    def test_is_published(self) -> None:
        published = Path(ROOT, "docs/reference/report.schema.json").read_text("utf-8")
        assert json.loads(published) == schema.document_schema()


class TestCampaigns:
    def test_show_what_each_person_added(self, context: Flask) -> None:
        plain = [(0, n, LETTER) for n in range(12)]
        more = [(0, 20, f"{LETTER} {OWN}"), (0, 21, f"{LETTER} Thank you!")]
        document = report(hold(comments=[*plain, *more]))
        (family,) = document["campaigns"]["list"]
        assert len(family["contributions"]) == 14
        (added,) = family["added"]
        assert [words["text"] for words in added["words"]] == [OWN.rstrip(".")]
        assert 0.5 < added["core_share"] < 1
        assert family["nothing_added"] == 13
        shared = "".join(words["text"] for words in family["shared_words"])
        assert shared in LETTER


class TestKeyPoints:
    def test_are_ordered_by_people_and_name_who_says_them(self, context: Flask) -> None:
        document = report(conversation_about_pay())
        points = document["key_points"]["topics"]
        rows = [row for scope in points for row in scope["list"]]
        assert len(rows) >= 3
        for scope in points:
            assert [row["voices"] for row in scope["list"]] == sorted(
                (row["voices"] for row in scope["list"]), reverse=True
            )
        for row in rows:
            assert row["people"] >= 5
            assert row["low"] <= row["share"] <= row["high"]
            assert row["quotation"]["contribution"] in row["contributions"]
        matched = {i for row in rows for i in row["contributions"]}
        left_out = document["coverage"]["in_a_key_point"]["left_out"]
        assert matched.isdisjoint(left_out)
        assert len(matched) + len(left_out) == document["counts"]["contributions_published"]

    def test_do_not_move_when_one_comment_comes_five_hundred_times(self, context: Flask) -> None:
        alone = conversation_about_pay("alone")
        flooded = conversation_about_pay("flooded", copies=500)
        before, after = report(alone), report(flooded)
        assert after["counts"]["contributions_published"] == (
            before["counts"]["contributions_published"] + 500
        )
        assert after["counts"]["different_texts"] == before["counts"]["different_texts"]
        for one, other in zip(
            before["key_points"]["topics"], after["key_points"]["topics"], strict=True
        ):
            assert [row["quotation"]["text"] for row in one["list"]] == [
                row["quotation"]["text"] for row in other["list"]
            ]
            assert [row["voices"] for row in one["list"]] == [r["voices"] for r in other["list"]]
        for part in ("map", "stability", "k", "people_placed"):
            assert before["groups"][part] == after["groups"][part]

    def test_are_not_invented_where_little_was_written(self, context: Flask) -> None:
        document = report(hold())
        assert document["key_points"]["state"] == "too_few"
        assert {scope["state"] for scope in document["key_points"]["topics"]} == {"too_few"}


class TestMinority:
    @pytest.mark.parametrize("seed", [1, 2])
    def test_view_of_one_in_fifty_is_reported(self, context: Flask, seed: int) -> None:
        texts, few = planted(Random(seed))
        comments = [(n % 8, n, text) for n, text in enumerate(texts)]
        document = report(hold(people=["aaaadddd"] * len(texts), comments=comments))
        views = [
            *document["minority"]["views"],
            *(row for scope in document["key_points"]["topics"] for row in scope["list"]),
        ]
        said = [{texts.index(q) for q in few if q == view["quotation"]["text"]} for view in views]
        assert any(said), [view["quotation"]["text"] for view in views]

    def test_smallest_group_is_listed(self, context: Flask) -> None:
        minority = report(hold())["minority"]
        assert minority["smallest_group"] == "B"


class TestQuotations:
    def test_are_exact_and_from_different_people(self, context: Flask) -> None:
        document = report(conversation_about_pay())
        for topic in document["topics"]["list"]:
            assert 2 <= len(topic["quotations"]) <= 3
            assert len({q["contribution"] for q in topic["quotations"]}) == len(topic["quotations"])
        assert len(list(quotations(document))) > 30

    def test_find_sentences_where_they_lie(self) -> None:
        wording = " Pay us!  On time, please.\nそれは良い。次は？ End"
        assert [wording[start:end] for start, end in sentences(wording)] == [
            "Pay us!",
            "On time, please.",
            "それは良い。",
            "次は？",
            "End",
        ]


class TestStability:
    def test_is_graded_part_by_part(self, context: Flask) -> None:
        grades = {row["part"]: row["grade"] for row in report(hold())["stability"]}
        assert grades["groups"] == "firm"
        assert grades["key_points"] == grades["themes"] == "none"
        assert set(grades) >= {"common_ground", "divisive", "minority"}
