"""A report is counted again: what holds, what does not and where, what went on since."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, update

from dialogue.dialogues.models import Dialogue
from dialogue.kernel.db import db, transaction
from dialogue.participation.models import Contribution, Revision, Vote
from dialogue.reports import build, model
from dialogue.reports.reading import read_snapshot
from dialogue.reports.verify import Verdict, verify
from tests.reports.conversation import START, hold

LATER = START + timedelta(days=30)


@pytest.fixture
def dialogue(context: Flask) -> Dialogue:
    return hold(comments=[(0, 3, "Where are pay stubs kept?")])


def made(dialogue: Dialogue) -> model.Model:
    document: model.Model = json.loads(model.to_bytes(build.build(read_snapshot(dialogue, LATER))))
    return document


def change(statement: Any) -> None:
    with transaction():
        assert db.session.execute(statement).rowcount == 1


def first_agree(document: model.Model) -> tuple[int, int]:
    """An idea and a person who agrees with it, and who came first."""
    with transaction():
        vote = (
            db.session.query(Vote)
            .filter(Vote.choice == "agree")
            .order_by(Vote.idea_id, Vote.participant_id)
            .first()
        )
        assert vote is not None
        return vote.idea_id, vote.participant_id


def one_vote(idea: int, person: int) -> Any:
    return (Vote.idea_id == idea, Vote.participant_id == person)


class TestVerify:
    def test_holds_for_what_was_just_made(self, dialogue: Dialogue) -> None:
        verdict = verify(made(dialogue))
        assert verdict.exit_status == 0, verdict
        assert verdict.checked["values"] > 300
        assert verdict.checked["quotations"] >= 8

    def test_names_the_idea_whose_vote_was_changed(self, dialogue: Dialogue) -> None:
        document = made(dialogue)
        idea, person = first_agree(document)
        change(update(Vote).where(*one_vote(idea, person)).values(choice="disagree"))
        row = next(row for row in document["ideas"] if row["id"] == idea)
        verdict = verify(document)
        assert verdict.exit_status == 1
        assert verdict.problems[0] == (
            f"Idea {idea}: report says {row['agree']} agree, {row['disagree']} disagree;"
            f" database says {row['agree'] - 1} agree, {row['disagree'] + 1} disagree."
        )

    def test_finds_a_vote_that_was_deleted(self, dialogue: Dialogue) -> None:
        document = made(dialogue)
        idea, person = first_agree(document)
        change(delete(Vote).where(*one_vote(idea, person)))
        assert f"Idea {idea}" in verify(document).problems[0]

    def test_finds_two_votes_that_were_swapped(self, dialogue: Dialogue) -> None:
        document = made(dialogue)
        idea, person = first_agree(document)
        other = (
            db.session.query(Vote).filter(Vote.idea_id == idea, Vote.choice == "disagree").first()
        )
        assert other is not None
        change(update(Vote).where(*one_vote(idea, person)).values(choice="disagree"))
        change(update(Vote).where(*one_vote(idea, other.participant_id)).values(choice="agree"))
        verdict = verify(document)
        assert verdict.exit_status == 1
        assert "altered, though their totals are the same" in verdict.problems[0]

    def test_finds_a_file_that_was_edited(self, dialogue: Dialogue) -> None:
        document = made(dialogue)
        document["counts"]["people_voted"] += 1
        verdict = verify(document)
        assert verdict.problems[0].startswith("The file was altered")

    @pytest.mark.parametrize(
        ("path", "value"),
        [
            (["counts", "people_voted"], 99),
            (["groups", "list", 0, "people"], 40),
            (["groups", "stability"], 0.5),
            (["activity", 0, "votes"], 1),
            (["ideas", 0, "groups", "A", "agree"], 1),
            (["themes", "needed"], 5),
        ],
        ids=str,
    )
    def test_finds_a_number_that_was_edited_with_a_new_hash(
        self, dialogue: Dialogue, path: list[Any], value: Any
    ) -> None:
        document = made(dialogue)
        place: Any = document
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value
        verdict = verify(model.seal(document))
        assert verdict.exit_status == 1
        assert any(str(path[-1]) in line for line in verdict.problems), verdict.problems

    def test_finds_a_quotation_that_was_edited(self, dialogue: Dialogue) -> None:
        document = made(dialogue)
        words = document["ideas"][0]["words"]
        words["text"] = words["text"].replace("a", "o", 1)
        verdict = verify(model.seal(document))
        assert f"revision {words['revision']}" in verdict.problems[0]
        assert words["text"] in verdict.problems[0]

    def test_finds_a_text_that_was_edited_in_the_database(self, dialogue: Dialogue) -> None:
        document = made(dialogue)
        (comment,) = document["sets"]["comments_published"]
        change(update(Revision).where(Revision.contribution_id == comment).values(plain="Never."))
        problems = verify(document).problems
        assert f"Contribution {comment}: the text that the report counted was altered." in problems
        assert any("reads “Where are pay stubs kept?”" in line for line in problems)

    def test_asks_for_a_new_edition_when_an_idea_was_hidden(self, dialogue: Dialogue) -> None:
        document = made(dialogue)
        idea = document["ideas"][0]["id"]
        change(
            update(Contribution)
            .where(Contribution.id == idea)
            .values(state="hidden", listed=False, title="", slug="")
        )
        verdict = verify(document)
        assert verdict.exit_status == 3, verdict
        assert verdict.stale[0].startswith(f"Contribution {idea} is quoted at ideas[0].words, ")
        assert "not public any more (hidden): a new edition is pending." in verdict.stale[0]

    @pytest.mark.parametrize("junk", [None, [], "text", {}, {"format": "other"}, {"version": 7}])
    def test_refuses_what_is_no_report(self, context: Flask, junk: Any) -> None:
        assert verify(junk).exit_status == 1

    def test_says_that_the_dialogue_is_unknown(self, dialogue: Dialogue) -> None:
        document = made(dialogue)
        document["dialogue"]["slug"] = "nowhere"
        assert any("“nowhere”" in line for line in verify(model.seal(document)).problems)


class TestVerifyWhileVotingGoesOn:
    """A report fixes a moment; what people do later is no fault of it."""

    @pytest.fixture
    def going_on(self, context: Flask) -> Dialogue:
        return hold(open_until=START + timedelta(days=90))

    def check(self, document: model.Model) -> Verdict:
        return verify(document)

    def test_holds_after_a_later_vote(self, going_on: Dialogue) -> None:
        document = made(going_on)
        idea, person = first_agree(document)
        moved = {"choice": "disagree", "at": LATER}
        change(update(Vote).where(*one_vote(idea, person)).values(**moved))
        self.recount(idea)
        verdict = self.check(document)
        assert verdict.exit_status == 0, verdict
        assert any("1 votes were changed or removed" in note for note in verdict.notes)

    def test_holds_after_a_vote_was_taken_back(self, going_on: Dialogue) -> None:
        document = made(going_on)
        idea, person = first_agree(document)
        change(delete(Vote).where(*one_vote(idea, person)))
        self.recount(idea)
        assert self.check(document).exit_status == 0

    def test_still_finds_a_vote_changed_by_hand(self, going_on: Dialogue) -> None:
        document = made(going_on)
        idea, person = first_agree(document)
        change(update(Vote).where(*one_vote(idea, person)).values(choice="disagree"))
        assert self.check(document).exit_status == 1

    def test_still_finds_a_vote_deleted_by_hand(self, going_on: Dialogue) -> None:
        document = made(going_on)
        idea, person = first_agree(document)
        change(delete(Vote).where(*one_vote(idea, person)))
        assert "stored counts" in self.check(document).problems[0]

    def recount(self, idea: int) -> None:
        """What the platform itself does with every vote."""
        counts = {
            name: db.session.query(Vote).filter(Vote.idea_id == idea, Vote.choice == choice).count()
            for choice, name in (("agree", "agree"), ("disagree", "disagree"), ("pass", "passed"))
        }
        change(update(Contribution).where(Contribution.id == idea).values(**counts))


class TestCommands:
    def test_write_one_file_and_check_it(self, app: Flask, tmp_path: Path) -> None:
        with app.app_context():
            hold()
        runner = app.test_cli_runner()
        made = runner.invoke(args=["report", "build", "pay", "--out", str(tmp_path / "out")])
        assert made.exit_code == 0, made.output
        assert [path.name for path in (tmp_path / "out").iterdir()] == ["report.json"]
        file = str(tmp_path / "out" / "report.json")
        assert runner.invoke(args=["report", "verify", file]).exit_code == 0
        cut = ["report", "build", "pay", "--shards", "3", "--out", str(tmp_path / "cut")]
        assert runner.invoke(args=cut).exit_code == 0
        assert (tmp_path / "cut" / "report.json").read_bytes() == Path(file).read_bytes()

    def test_end_with_1_and_the_number_when_it_does_not_hold(
        self, app: Flask, tmp_path: Path
    ) -> None:
        with app.app_context():
            document = made(hold())
            idea, person = first_agree(document)
            change(update(Vote).where(*one_vote(idea, person)).values(choice="pass"))
        file = tmp_path / "report.json"
        file.write_bytes(model.to_bytes(document))
        found = app.test_cli_runner().invoke(args=["report", "verify", str(file)])
        assert found.exit_code == 1
        assert f"Idea {idea}: report says" in found.output

    @pytest.mark.sqlite_only
    @pytest.mark.parametrize(
        ("arguments", "status"),
        [
            (["report", "build", "nowhere"], 2),
            (["report", "build", "pay", "--format", "doc"], 2),
            (["report", "verify", "no-such-file.json"], 2),
        ],
        ids=str,
    )
    def test_end_with_2_when_asked_for_nonsense(
        self, app: Flask, arguments: list[str], status: int
    ) -> None:
        assert app.test_cli_runner().invoke(args=arguments).exit_code == status

    @pytest.mark.sqlite_only
    def test_end_with_1_for_a_file_that_is_not_json(self, app: Flask, tmp_path: Path) -> None:
        file = tmp_path / "report.json"
        file.write_text("[" * 100_000)
        assert app.test_cli_runner().invoke(args=["report", "verify", str(file)]).exit_code == 1
