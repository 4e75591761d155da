"""What a page shows of a finished report: the file as it was made, minus what was taken back."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import update

from dialogue.kernel.db import db, transaction
from dialogue.kernel.errors import Gone
from dialogue.participation.models import Contribution
from dialogue.reports import job, showing
from dialogue.reports.commands import making
from dialogue.reports.folder import files_folder
from dialogue.reports.models import Report
from dialogue.reports.render.kinds import FORMATS
from tests.reports.conversation import hold, officer


@pytest.fixture
def report(context: Flask) -> Report:
    dialogue, now = hold(), datetime.now(UTC)
    actor = officer()
    with transaction():
        asked = making.request_report(dialogue=dialogue, actor_id=actor.id, now=now)
    assert job.run(asked.id)
    return db.session.get_one(Report, asked.id, populate_existing=True)


class TestPage:
    def test_shows_the_numbers_as_they_were_made(self, report: Report) -> None:
        document = showing.document_of(report)
        assert document["sha256"] == report.sha256
        assert showing.page_context(report, "pay")["d"] == document

    def test_leads_to_the_ideas(self, report: Report) -> None:
        given = showing.page_context(report, "pay")
        first = given["d"]["ideas"][0]["id"]
        assert given["idea_url"](first) == f"/d/pay/ideas/{first}-an-idea"

    def test_shows_no_words_that_were_taken_back(self, report: Report) -> None:
        idea = showing.document_of(report)["ideas"][0]["id"]
        with transaction():
            db.session.execute(
                update(Contribution)
                .where(Contribution.id == idea)
                .values(state="withdrawn", listed=False, title="", slug="")
            )
        given = showing.page_context(report, "pay")
        row = given["p"].ideas[idea]
        assert row["words"]["text"] == "[Taken back since this report]"
        assert row["votes"] == showing.document_of(report)["ideas"][0]["votes"]
        assert given["idea_url"](idea) == ""

    @pytest.mark.own_database  # a file that was read is remembered by its path
    def test_says_that_files_are_gone(self, report: Report) -> None:
        file = report.file("json")
        assert file is not None
        (files_folder() / file.path).unlink()
        showing._read.cache_clear()  # another test's report may have had this name
        with pytest.raises(Gone):
            showing.document_of(report)


class TestDownloads:
    def test_are_named_with_their_size(self, report: Report) -> None:
        listed = showing.downloads(report, "/d/pay/reports/1")
        assert [file.url.rsplit(".")[-1] for file in listed] == list(FORMATS)
        assert all("kB" in file.note or "MB" in file.note for file in listed)
