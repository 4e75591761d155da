"""What a report says about dialogues of every size, and that it says it again in the same bytes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from dialogue.dialogues.models import Dialogue
from dialogue.reports import build, model
from dialogue.reports.reading import read_snapshot
from tests.reports.conversation import IDEAS, START, TWO_VIEWS, hold

LATER = START + timedelta(days=30)


def report(dialogue: Dialogue) -> model.Model:
    return build.build(read_snapshot(dialogue, LATER))


class TestCounts:
    def test_are_those_of_the_dialogue(self, context: Flask) -> None:
        counts = report(hold(comments=[(0, 3, "Where are pay stubs kept?")]))["counts"]
        votes = sum(len(said.replace("-", "")) for said in TWO_VIEWS)
        assert counts["ideas_published"] == 8
        assert counts["comments_published"] == 1
        assert counts["votes"] == counts["votes_on_published"] == votes
        assert counts["people"] == counts["people_voted"] == 63
        assert counts["people_wrote"] == 2

    def test_tell_votes_on_ideas_that_were_taken_out_apart(self, context: Flask) -> None:
        document = report(hold(rejected=[7]))
        counts = document["counts"]
        assert counts["ideas_published"] == 7
        assert counts["votes_on_unpublished"] == 60
        assert counts["votes"] == counts["votes_on_published"] + 60
        assert [row["votes"] for row in document["ideas_taken_out"]] == [60]
        assert IDEAS[7] not in model.to_bytes(document).decode()

    def test_end_at_the_cut_off(self, context: Flask) -> None:
        dialogue = hold()
        first_days = build.build(read_snapshot(dialogue, START + timedelta(days=1)))
        assert first_days["counts"]["votes"] == sum(
            len(said.replace("-", "")) for n, said in enumerate(TWO_VIEWS) if n % 5 == 0
        )


class TestGroups:
    def test_are_found_where_people_differ(self, context: Flask) -> None:
        groups = report(hold())["groups"]
        assert [(group["letter"], group["people"]) for group in groups["list"]] == [
            ("A", 36),
            ("B", 24),
        ]
        assert groups["people_left_out"] == 3

    def test_are_described_by_what_sets_them_apart(self, context: Flask) -> None:
        document = report(hold())
        first, second = document["groups"]["list"]
        ideas = {row["id"]: row["words"]["text"] for row in document["ideas"]}
        agreed = {ideas[s["idea"]] for s in first["stands_for"] if s["direction"] == "agree"}
        assert agreed <= set(IDEAS[:4])
        assert {s["direction"] for s in second["stands_for"]} <= {"agree", "disagree"}

    def test_are_drawn_without_showing_a_single_person(self, context: Flask) -> None:
        drawn = report(hold())["groups"]["map"]
        assert all(mark["people"] >= 5 for mark in drawn["marks"])
        assert sum(mark["people"] for mark in drawn["marks"]) == 60

    def test_show_no_votes_of_fewer_than_five(self, context: Flask) -> None:
        silent = [said if n < 40 else said[:7] + "-" for n, said in enumerate(TWO_VIEWS)]
        document = report(hold(people=silent))
        row = next(row for row in document["ideas"] if row["words"]["text"] == IDEAS[7])
        assert row["votes"] == 40
        assert row["groups"]["A"]["votes"] == 36
        assert row["groups"]["B"] is None
        assert row["rank"] is None

    @pytest.mark.parametrize("said", ["aaaaaaaa", "pppppppp"])
    def test_are_not_invented_where_all_agree(self, context: Flask, said: str) -> None:
        document = report(hold(people=[said] * 30))
        assert document["groups"]["state"] == "not_clear"
        assert document["groups"]["list"] == []
        assert document["common_ground"]["state"] == "no_groups"


class TestRanking:
    def test_puts_the_idea_first_that_the_least_agreeing_group_shares_most(
        self, context: Flask
    ) -> None:
        shared = [f"{said}a" for said in TWO_VIEWS[:60]]
        document = report(hold(people=shared, ideas=[*IDEAS, "Answer in the worker's language"]))
        first = document["ideas"][0]
        assert first["words"]["text"] == "Answer in the worker's language"
        assert first["rank"] == 1
        assert document["common_ground"]["ideas"] == [first["id"]]
        assert document["ranking"]["by"] == "least_agreeing_group"

    def test_goes_over_everybody_without_groups(self, context: Flask) -> None:
        document = report(hold(people=["aaaadddd"] * 12))
        assert document["ranking"]["by"] == "everybody"
        assert [row["share"] for row in document["ideas"]] == [1.0] * 4 + [0.0] * 4

    def test_leaves_ideas_with_few_votes_unranked(self, context: Flask) -> None:
        document = report(hold(people=["aaaadddd"] * 4))
        assert {row["rank"] for row in document["ideas"]} == {None}


class TestSmallDialogues:
    @pytest.mark.parametrize(
        ("people", "ideas"),
        [([], []), ([""], []), (["a"], ["Only one"]), (["aaaadddd"] * 7, IDEAS)],
        ids=["nobody", "one person, no idea", "one of each", "seven people"],
    )
    def test_say_too_little_instead_of_inventing(
        self, context: Flask, people: list[str], ideas: list[str]
    ) -> None:
        document = report(hold(people=people, ideas=ideas))
        assert document["groups"]["state"] == "not_clear"
        assert document["groups"]["reason"] in {"too_few_people", "too_few_statements"}
        assert document["themes"]["state"] == "too_few"
        assert document["concentration"]["votes"]["state"] == "too_few"


class TestCampaigns:
    LETTER = (
        "Please keep the night bus to the fields running because crews end work after dark and have"
        " no other way home"
    )

    def test_are_shown_once_with_three_numbers(self, context: Flask) -> None:
        sent = [(0, n % 12, self.LETTER + ("!" if n % 2 else "")) for n in range(24)]
        document = report(hold(comments=[*sent, (1, 3, "Clinics would need help with this.")]))
        (family,) = document["campaigns"]["list"]
        assert len(family["contributions"]) == 24
        assert family["people"] == 12
        assert family["different_texts"] == 1
        assert self.LETTER.startswith(family["quotation"]["text"].strip())

    def test_do_not_say_how_few_people_sent_them(self, context: Flask) -> None:
        sent = [(0, n % 2, self.LETTER) for n in range(6)]
        (family,) = report(hold(comments=sent))["campaigns"]["list"]
        assert family["people"] is None


class TestSameBytes:
    def test_twice(self, context: Flask) -> None:
        dialogue = hold()
        assert model.to_bytes(report(dialogue)) == model.to_bytes(report(dialogue))

    def test_at_a_later_moment(self, context: Flask) -> None:
        dialogue = hold()
        later = build.build(read_snapshot(dialogue, LATER + timedelta(days=99)))
        assert model.to_bytes(report(dialogue)) == model.to_bytes(later)

    def test_whatever_order_people_came_in(self, context: Flask) -> None:
        straight, backwards = report(hold("one")), report(hold("two", backwards=True))
        assert straight["groups"]["map"] == backwards["groups"]["map"]
        assert straight["groups"]["stability"] == backwards["groups"]["stability"]
        assert [row["groups"] for row in straight["ideas"]] == [
            row["groups"] for row in backwards["ideas"]
        ]

    def test_hold_no_clock_and_no_person(self, context: Flask) -> None:
        document = report(hold())
        assert document["covers"]["until"] < LATER.isoformat()
        assert "participant" not in model.to_bytes(document).decode()

    def test_carry_their_own_digest(self, context: Flask) -> None:
        document = report(hold())
        assert document["sha256"] == model.digest(document)
        assert len(document["input_sha256"]) == 64


class TestLimits:
    def test_name_votes_that_only_agree(self, context: Flask) -> None:
        def codes(document: model.Model) -> set[str]:
            return {limit["code"] for limit in document["limits"]}

        assert "agreements_only" not in codes(report(hold()))
        assert "agreements_only" in codes(report(hold("agree", people=["aaaaaaaa"] * 6)))
