"""Whatever people write, however few or many vote: the report is made in every format and holds,
and it invents nothing."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from flask import Flask

from dialogue.reports import build, model, schema
from dialogue.reports.reading import read_snapshot
from dialogue.reports.render.formats import render
from dialogue.reports.render.kinds import FORMATS, Circumstances
from dialogue.reports.snapshot import DialogueFacts, Moderation, Snapshot, Text, Votes
from dialogue.reports.verify import verify
from tests.analysis.made_up_texts import SCRIPTS
from tests.reports.conversation import IDEAS, START, TWO_VIEWS, hold

pytestmark = pytest.mark.sqlite_only
LATER = START + timedelta(days=30)
MADE = Circumstances(number=1, site="National Dialogues")

TEXTS = {
    "an emoji": ["👍🏽"] * 30,
    "nothing but spaces": [" \u00a0 "] * 30,
    "ten thousand letters": ["word " * 2000] * 6,
    "eight scripts": [*SCRIPTS.values()] * 3,
    "right to left": ["\u202eيحتاج العمال إلى عقد بلغتهم قبل السفر\u202c"] * 8,
    "formulas": ['=HYPERLINK("x","pay")', "+1+1", "-2+3", "@SUM(A1)", "\t=1", "＝1"] * 4,
    "control characters": ["Pay\x00 us\x07 in\x1b full, please, all of you"] * 8,
    "markup of the PDF language": ['#eval("1") $x^2$ @a <b> \\ * _ ` // /* #import "x": * [ ]'] * 8,
}


def checked(document: model.Model) -> model.Model:
    """The document, after all that can be asked of it."""
    assert schema.problems(document) == []
    found = verify(document)
    assert found.exit_status == 0, found.problems
    return document


class TestTexts:
    @pytest.mark.parametrize("texts", TEXTS.values(), ids=TEXTS.keys())
    def test_of_any_kind_make_a_report_in_every_format(
        self, context: Flask, texts: list[str]
    ) -> None:
        comments = [(n % 2, n % 60, text) for n, text in enumerate(texts)]
        dialogue = hold(people=TWO_VIEWS[:60], comments=comments)
        document = checked(build.build(read_snapshot(dialogue, LATER)))
        for kind in FORMATS:
            assert len(render(document, kind, MADE)) > 50


class TestPeople:
    @pytest.mark.parametrize("number", [0, 1, 7])
    def test_few_make_a_report_that_says_too_few(self, context: Flask, number: int) -> None:
        ideas = IDEAS if number else []
        dialogue = hold(people=["aaaadddd"] * number, ideas=ideas)
        document = checked(build.build(read_snapshot(dialogue, LATER)))
        assert document["groups"]["list"] == []
        assert {row["grade"] for row in document["stability"]} == {"none"}
        for kind in FORMATS:
            assert len(render(document, kind, MADE)) > 50

    def test_who_all_agree_make_a_report_that_says_so(self, context: Flask) -> None:
        dialogue = hold(people=["aaaaaaaa"] * 60)
        document = checked(build.build(read_snapshot(dialogue, LATER)))
        assert document["groups"]["list"] == []
        made = {kind: render(document, kind, MADE) for kind in (*FORMATS, "html")}
        assert all(len(content) > 50 for content in made.values())
        page = made["html"].decode()
        assert "People voted so much alike that there is nothing to tell apart." in page
        assert "shares and intervals say nothing" in page

    def test_with_very_many_votes_is_one_person(self) -> None:
        """One person votes on five hundred ideas, sixty on eight of them."""
        snapshot = busy_person(500)
        document = build.build(snapshot)
        assert document["counts"]["people_voted"] == 61
        assert document["counts"]["votes"] == 500 + 60 * 8
        assert document["concentration"]["votes"]["top"]["share"] > 0.5
        assert document["ideas"][0]["id"] in range(1, 9)
        assert [group["people"] for group in document["groups"]["list"]] in ([37, 24], [36, 25])
        assert schema.problems(document) == []


def busy_person(ideas: int) -> Snapshot:
    """A dialogue in which one person agrees with everything and two groups vote on eight ideas."""
    person = [0] * ideas + [n for n in range(1, 61) for _idea in range(8)]
    idea = [*range(1, ideas + 1), *[i for _person in range(60) for i in range(1, 9)]]
    said = [1] * ideas + [{"a": 1, "d": -1, "p": 0}[c] for view in TWO_VIEWS[:60] for c in view]
    words = "Idea number {n} of a very busy person who has much to say"
    return Snapshot(
        dialogue=DialogueFacts("busy", "Busy", "Who is busy?", "en", "UTC", False),
        until=LATER,
        topics=(),
        texts=tuple(
            Text(n, "idea", None, "", n, words.format(n=n), "", "en", 0, START.toordinal())
            for n in range(1, ideas + 1)
        ),
        removed=(),
        votes=Votes(
            np.array(person),
            np.array(idea),
            np.array(said, dtype=np.int8),
            np.full(len(said), START.toordinal()),
        ),
        people=61,
        moderation=Moderation(ideas, ideas, {}, {}),
    )
