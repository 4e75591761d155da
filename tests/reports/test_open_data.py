"""Real conversations: the report's counts are the files', and verify holds."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from flask import Flask

from dialogue.reports import model
from dialogue.reports.render.kinds import FORMATS

CONVERSATIONS = {
    "vtaiwan.uberx": 2,  # opinion groups that were published with the data
    "brexit-consensus": None,
    "football-concussions": None,
}


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


@pytest.mark.open_data
@pytest.mark.sqlite_only
@pytest.mark.parametrize(("name", "groups"), CONVERSATIONS.items())
class TestReportOfARealConversation:
    def test_counts_what_the_files_hold(
        self, app: Flask, open_data: Path, tmp_path: Path, name: str, groups: int | None
    ) -> None:
        folder = open_data / "polis" / name
        run = app.test_cli_runner().invoke
        assert run(args=["import", "polis", str(folder), "--slug", "real"]).exit_code == 0
        for kind in (*FORMATS, "html"):
            made = run(args=["report", "build", "real", "--format", kind, "--out", str(tmp_path)])
            assert made.exit_code == 0, made.output
        file = tmp_path / "report.json"
        document: model.Model = json.loads(file.read_bytes())
        votes = {(vote["voter-id"], vote["comment-id"]) for vote in rows(folder / "votes.csv")}
        shown = {c["comment-id"] for c in rows(folder / "comments.csv") if c["moderated"] != "-1"}
        counts = document["counts"]
        assert counts["votes"] == len(votes)
        assert counts["people_voted"] == len({voter for voter, _comment in votes})
        assert counts["ideas_published"] == len(shown)
        assert counts["votes_on_published"] == len([v for v in votes if v[1] in shown])
        assert groups in (None, document["groups"]["k"])
        assert run(args=["report", "verify", str(file)]).exit_code == 0
