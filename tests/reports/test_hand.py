"""What a person changes in a draft: signed, kept on the next report, and never a count."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from flask import Flask

from dialogue.accounts.models import User
from dialogue.dialogues.models import Dialogue
from dialogue.kernel.db import db, transaction
from dialogue.kernel.errors import Conflict, NotFound
from dialogue.reports import hand, job, model, queries, renewing, showing
from dialogue.reports.commands import hand as by_hand
from dialogue.reports.commands import making, publishing
from dialogue.reports.models import EditKind, Report
from dialogue.reports.render.presentation import Presentation
from dialogue.reports.verify import verify
from tests.reports.conversation import IDEAS, TWO_VIEWS, hold, officer
from tests.reports.said import VIEWS, say

NOW = datetime.now(UTC)

pytestmark = pytest.mark.sqlite_only


@pytest.fixture
def actor(context: Flask) -> User:
    found = officer()
    with transaction():
        found.display_name = "M. Rivera"
    return found


@pytest.fixture
def dialogue(context: Flask) -> Dialogue:
    chance = Random(3)
    return hold(
        ideas=[*IDEAS[:7], "=1+1 what a formula says"],
        comments=[(n % 8, n, say(VIEWS[n % len(VIEWS)], chance)) for n in range(len(TWO_VIEWS))],
    )


def make(dialogue: Dialogue, actor: User) -> Report:
    with transaction():
        asked = making.request_report(dialogue=dialogue, actor_id=actor.id, now=datetime.now(UTC))
    assert job.run(asked.id)
    return fresh(asked)


def fresh(report: Report) -> Report:
    return db.session.get_one(Report, report.id, populate_existing=True)


@pytest.fixture
def report(dialogue: Dialogue, actor: User) -> Report:
    return make(dialogue, actor)


def change(report: Report, actor: User, kind: str, target: str, **value: Any) -> None:
    with transaction():
        by_hand.change(
            report=report,
            document=showing.document_of(report),
            kind=EditKind(kind),
            target=target,
            value=value,
            actor=actor,
            now=NOW,
        )


def shown(report: Report) -> Presentation:
    return Presentation(showing.readable_now(report))


class TestNames:
    def test_are_signed_and_leave_the_counts_alone(self, report: Report, actor: User) -> None:
        before = showing.document_of(report)
        change(report, actor, "name", "group:A", name="Reach workers directly")
        change(report, actor, "name", "topic:rules", name="Rules and fines")
        p = shown(report)
        assert p.group_name("A") == "A. Reach workers directly"
        assert p.signature(p.groups[0]) == "named by M. Rivera"
        assert p.target_name("topic:rules") == "Rules and fines"
        assert {k: v for k, v in p.document.items() if k not in {"hand", "groups", "topics"}} == {
            k: v for k, v in before.items() if k not in {"hand", "groups", "topics"}
        }

    def test_take_the_place_of_the_earlier(self, report: Report, actor: User) -> None:
        change(report, actor, "name", "group:A", name="One")
        change(report, actor, "name", "group:A", name="Two")
        assert shown(report).group_name("A") == "A. Two"
        assert len(queries.edits_of(report.id)) == 1

    def test_twice_are_one_change(self, report: Report, actor: User) -> None:
        for _time in range(2):
            change(report, actor, "name", "group:A", name="One")
        assert queries.draft_of(report.id).changes == 1

    def test_can_be_taken_back(self, report: Report, actor: User) -> None:
        change(report, actor, "name", "group:A", name="One")
        (row,) = queries.edit_rows(report.id)
        for _time in range(2):
            with transaction():
                by_hand.take_back(report=report, edit_id=row.id, actor=actor, now=NOW)
        assert shown(report).group_name("A") == "Group A"

    @pytest.mark.parametrize("target", ["group:Z", "topic:none", "theme:", "", "x:y"])
    def test_of_nothing_are_refused(self, report: Report, actor: User, target: str) -> None:
        with pytest.raises(NotFound):
            change(report, actor, "name", target, name="One")
        assert queries.edits_of(report.id) == []


class TestHeaps:
    def test_merged_have_the_numbers_of_both(self, report: Report, actor: User) -> None:
        document = showing.document_of(report)
        change(report, actor, "merge", "topic:rules", into="topic:notices")
        (row,) = shown(report).document["topics"]["list"]
        assert row["ideas"] == document["sets"]["ideas_published"]
        assert row["votes"] == document["counts"]["votes_on_published"]
        assert row["people"] == document["counts"]["people_wrote"]
        assert row["different_texts"] == document["counts"]["different_texts"]
        assert row["merged"] == ["Rules"]

    def test_split_have_the_numbers_of_each(self, report: Report, actor: User) -> None:
        document = showing.document_of(report)
        rules = next(row for row in document["topics"]["list"] if row["key"] == "rules")
        part = rules["ideas"][:2]
        change(report, actor, "split", "topic:rules", key="rules.2", name="Two", contributions=part)
        rows = {row["key"]: row for row in shown(report).document["topics"]["list"]}
        assert rows["rules.2"]["ideas"] == part
        assert rows["rules.2"]["name"] == "Two"
        assert rows["rules.2"]["people"] is None  # one person wrote them
        assert rows["rules"]["ideas"] == rules["ideas"][2:]
        assert rows["rules"]["votes"] + rows["rules.2"]["votes"] == rules["votes"]

    def test_cannot_be_merged_into_themselves(self, report: Report, actor: User) -> None:
        with pytest.raises(NotFound):
            change(report, actor, "merge", "topic:rules", into="topic:rules")


class TestQuotations:
    def test_can_be_left_out_and_picked(self, report: Report, actor: User) -> None:
        row = showing.document_of(report)["topics"]["list"][0]
        out, other = row["quotations"][0], row["comments"][-1]
        place = {name: out[name] for name in ("contribution", "start", "end")}
        change(report, actor, "leave_out", f"topic:{row['key']}", **place)
        (text,) = queries.wordings(showing.document_of(report), [other])
        picked = {
            "contribution": other,
            "revision": text.revision,
            "language": "en",
            "start": 1,
            "end": len(text.wording),
            "text": text.wording[1:],
        }
        change(report, actor, "pick", f"topic:{row['key']}", quotation=picked)
        quoted = shown(report).document["topics"]["list"][0]["quotations"]
        assert out not in quoted
        assert quoted[-1]["text"] == text.plain
        assert quoted[-1]["picked_by"] == "M. Rivera"
        assert text.plain not in str([row.value for row in queries.edit_rows(report.id)])


class TestFiles:
    def test_hold_what_was_changed_and_verify(self, report: Report, actor: User) -> None:
        change(report, actor, "foreword", "", text="We thank everybody.\n\nMore follows.")
        change(report, actor, "name", "theme:theme-1", name="Pay that can be checked")
        change(report, actor, "merge", "topic:rules", into="topic:notices")
        assert renewing.renew(report.id)
        report = fresh(report)
        document = showing.document_of(report)
        assert [edit["by"] for edit in document["hand"]] == ["M. Rivera"] * 3
        assert document["sha256"] == report.sha256
        assert verify(document).exit_status == 0, verify(document).problems
        assert not renewing.renew(report.id)

    def test_with_a_signature_that_nobody_gave_do_not_hold(
        self, report: Report, actor: User
    ) -> None:
        document = showing.document_of(report)
        edit = {"kind": "name", "target": "group:A", "value": {"name": "The wise"}}
        forged = model.seal(
            {**document, "hand": [{**edit, "by": "M. Rivera", "day": "2026-11-25"}]}
        )
        assert "nobody recorded that M. Rivera did this" in verify(forged).problems[0]

    def test_with_a_count_bent_by_a_merge_do_not_hold(self, report: Report, actor: User) -> None:
        change(report, actor, "merge", "topic:rules", into="topic:notices")
        renewing.renew(report.id)
        document = showing.document_of(fresh(report))
        document = {**document, "hand": [dict(document["hand"][0])]}
        document["hand"][0]["value"] = {
            "into": "topic:notices",
            "counted": {"different_texts": 3, "people": 9000},
        }
        problems = verify(model.seal(document)).problems
        assert any("its numbers do not follow" in line for line in problems)

    def test_are_written_before_the_report_is_public(self, report: Report, actor: User) -> None:
        change(report, actor, "name", "group:A", name="One")
        with transaction():
            assert not publishing.publish_report(report=report, actor_id=actor.id, now=NOW)
        assert fresh(report).published_at is None
        assert renewing.sweep() == 1
        public = fresh(report)
        assert public.published_at is not None
        assert showing.document_of(public)["hand"][0]["value"]["name"] == "One"
        with pytest.raises(Conflict):
            change(public, actor, "name", "group:A", name="Two")


class TestNextReport:
    def test_keeps_what_fits(self, dialogue: Dialogue, report: Report, actor: User) -> None:
        change(report, actor, "name", "group:B", name="Enforce first")
        change(report, actor, "name", "topic:rules", name="Rules and fines")
        change(report, actor, "name", "theme:theme-1", name="Pay that can be checked")
        change(report, actor, "foreword", "", text="Only for this one.")
        later = make(dialogue, actor)
        p = shown(later)
        assert p.group_name("B") == "B. Enforce first"
        assert p.target_name("topic:rules") == "Rules and fines"
        assert p.target_name("theme:theme-1") == "Pay that can be checked"
        assert p.foreword is None
        document = showing.document_of(later)
        assert len(document["hand"]) == 3
        assert document["changes"]["since"]["number"] == 1
        assert verify(document).exit_status == 0, verify(document).problems
        assert not renewing.renew(later.id)

    def test_finds_groups_again_when_their_letters_change(self, report: Report) -> None:
        before = showing.document_of(report)
        swap = {"A": "B", "B": "A"}
        after = {
            **before,
            "groups": {
                **before["groups"],
                "list": [{**g, "letter": swap[g["letter"]]} for g in before["groups"]["list"]],
            },
            "ideas": [
                {**row, "groups": {swap[x]: cell for x, cell in row["groups"].items()}}
                for row in before["ideas"]
            ],
        }
        edit = {"kind": "name", "target": "group:A", "value": {"name": "One"}}
        (kept,) = hand.carried(before, [edit], after)
        assert kept["target"] == "group:B"
