"""An officer changes a draft with plain forms: every refusal is said at its field, nothing typed is
lost, and the page "What changed" tells readers what became of ideas."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
from flask import Flask
from sqlalchemy import select, update

from dialogue.dialogues.models import Dialogue
from dialogue.kernel.db import db, transaction
from dialogue.participation.models import Contribution
from dialogue.reports import job, model, queries, showing
from dialogue.reports.commands import making
from dialogue.reports.models import Report
from tests.pages import Browser
from tests.reports.conversation import IDEAS, TWO_VIEWS, hold, officer
from tests.reports.said import VIEWS, say

pytestmark = pytest.mark.sqlite_only
EDIT = "/agency/d/pay/reports/1/edit"


def make(dialogue_id: int, actor_id: int) -> Report:
    with transaction():
        asked = making.request_report(
            dialogue=db.session.get_one(Dialogue, dialogue_id),
            actor_id=actor_id,
            now=datetime.now(UTC),
        )
    assert job.run(asked.id)
    return asked


@pytest.fixture
def rivera(app: Flask) -> Browser:
    """An officer with a draft of a dialogue of sixty comments."""
    chance = Random(3)
    with app.app_context():
        comments = [(n % 8, n, say(VIEWS[n % 3], chance)) for n in range(len(TWO_VIEWS))]
        dialogue = hold(comments=comments)
        make(dialogue.id, officer().id)
    browser = Browser(app)
    browser.sign_in("officer@example.gov")
    return browser


def post(browser: Browser, status: int = 303, path: str = EDIT, **fields: str) -> str:
    token = browser.form(EDIT, action=EDIT).fields["csrf_token"]
    return browser.post(path, {"csrf_token": token, **fields}, status).get_data(as_text=True)


class TestThePage:
    def test_takes_names_merges_and_a_foreword(self, app: Flask, rivera: Browser) -> None:
        post(rivera, do="name", target="group:A", name="  Reach   workers directly ")
        post(rivera, do="merge", target="topic:rules", into="topic:notices")
        post(rivera, do="foreword", foreword="We thank everybody.")
        page = rivera.get(EDIT).get_data(as_text=True)
        assert "A. Reach workers directly" in page
        assert "Rules was merged into Notices" in page.replace("rules was", "Rules was")
        assert page.count("Take back") == 3
        draft = rivera.get("/d/pay/reports/1").get_data(as_text=True)
        for words in ("A. Reach workers directly", "We thank everybody.", "named by"):
            assert words in draft
        with app.app_context():
            assert len(queries.edits_of(1)) == 3

    def test_says_at_the_field_what_is_wrong_and_keeps_what_was_typed(
        self, rivera: Browser
    ) -> None:
        long = "x" * 61
        page = post(rivera, 422, do="name", target="topic:rules", name=long)
        assert 'href="#name-topic-rules"' in page
        assert "Shorten the name by 1 characters." in page
        assert f'value="{long}"' in page
        assert "<title>Error: " in page
        assert "Enter a name." in post(rivera, 422, do="name", target="topic:rules", name=" ")
        words = "a" * 4001
        assert words in post(rivera, 422, do="foreword", foreword=words)
        assert "Choose what to merge it into." in post(
            rivera, 422, do="merge", target="topic:rules"
        )

    @pytest.mark.parametrize(
        "fields",
        [
            {"do": "name", "target": "topic:none", "name": "One"},
            {"do": "merge", "target": "topic:rules", "into": "theme:theme-1"},
            {"do": "leave_out", "target": "topic:rules", "quotation": "1:0:999999"},
            {"do": "nothing"},
        ],
        ids=lambda fields: fields["do"],
    )
    def test_knows_nothing_that_the_report_has_not(
        self, rivera: Browser, fields: dict[str, str]
    ) -> None:
        post(rivera, 404, **fields)

    def test_picks_leaves_out_and_splits(self, app: Flask, rivera: Browser) -> None:
        with app.app_context():
            row = showing.document_of(db.session.get_one(Report, 1))["topics"]["list"][1]
        quoted, comment = row["quotations"][0], row["comments"][3]
        place = f"{quoted['contribution']}:{quoted['start']}:{quoted['end']}"
        post(rivera, do="leave_out", target="topic:rules", quotation=place)
        choose = rivera.get(f"{EDIT}/quotations?target=topic:rules").get_data(as_text=True)
        pick = choose.split(f'value="{comment}:')[1].split('"')[0]
        path = f"{EDIT}/quotations"
        assert "Choose a quotation." in post(rivera, 422, path, target="topic:rules")
        post(rivera, 303, path, target="topic:rules", quotation=f"{comment}:{pick}")
        split = f"{EDIT}/split"
        page = post(rivera, 422, split, target="topic:rules", name="")
        assert "Enter a name." in page
        assert "Choose at least one contribution." in page
        ideas = str(row["ideas"][0])
        post(rivera, 303, split, target="topic:rules", name="Fines", contributions=ideas)
        draft = rivera.get("/d/pay/reports/1").get_data(as_text=True)
        assert "taken from Rules by" in draft
        assert "picked by" in draft

    def test_is_for_drafts_and_officers(self, app: Flask, rivera: Browser) -> None:
        with app.app_context(), transaction():
            db.session.execute(
                update(Report).where(Report.id == 1).values(published_at=datetime.now(UTC))
            )
        rivera.get(EDIT, 404)
        assert Browser(app).get(EDIT, 303).headers["Location"].startswith("/account/sign-in")


class TestWhatChanged:
    def test_tells_what_became_of_ideas(self, app: Flask, rivera: Browser) -> None:
        first = rivera.get("/d/pay/reports/1/changes").get_data(as_text=True)
        assert "This is the first report." in first
        with app.app_context():
            idea = db.session.scalars(select(Contribution.id).where(Contribution.kind == "idea"))
            gone = idea.first()
            with transaction():
                db.session.execute(
                    update(Contribution)
                    .where(Contribution.id == gone)
                    .values(state="withdrawn", listed=False, title="", slug="")
                )
            dialogue = db.session.scalars(select(Dialogue)).one()
            make(dialogue.id, 1)
        page = rivera.get("/d/pay/reports/2/changes").get_data(as_text=True)
        assert f"Idea {gone}: withdrawn by its author" in page
        assert "Since report 1: 0 ideas added, 1 not public any more" in page
        assert IDEAS[0] not in page
        report = rivera.get("/d/pay/reports/2").get_data(as_text=True)
        assert "-1 since report 1" in report
        assert 'href="/d/pay/reports/2/changes"' in report

    def test_is_told_on_the_command_line(self, app: Flask, rivera: Browser, tmp_path: Path) -> None:
        with app.app_context():
            before = showing.document_of(db.session.get_one(Report, 1))
            gone = before["ideas"][0]["id"]
            with transaction():
                db.session.execute(
                    update(Contribution)
                    .where(Contribution.id == gone)
                    .values(state="hidden", listed=False, title="", slug="")
                )
            make(db.session.scalars(select(Dialogue)).one().id, 1)
            after = showing.document_of(db.session.get_one(Report, 2))
        files = [tmp_path / "one.json", tmp_path / "two.json"]
        for file, document in zip(files, (before, after), strict=True):
            file.write_bytes(model.to_bytes(document))
        run = app.test_cli_runner().invoke
        same = run(args=["report", "diff", str(files[0]), str(files[0])])
        assert (same.exit_code, same.output.splitlines()[-1]) == (0, "Nothing changed.")
        told = run(args=["report", "diff", *map(str, files)])
        assert told.exit_code == 1
        assert f"removed idea {gone}: hidden" in told.output
        assert "changed ideas_published: 8 → 7 (-1)" in told.output
        files[0].write_text("{}")
        assert run(args=["report", "diff", *map(str, files)]).exit_code == 2
