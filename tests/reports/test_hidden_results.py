"""Where results wait for the close, a report does not tell them before."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from dialogue.dialogues.models import Results, VoteKind
from dialogue.kernel.db import db, transaction
from dialogue.kernel.errors import Conflict
from dialogue.reports.commands import making, publishing
from dialogue.reports.models import Report, ReportState
from tests.reports.conversation import START, hold, officer


class TestAReport:
    def test_waits_with_the_results_for_the_close(self, context: Flask) -> None:
        before, after = START + timedelta(days=5), START + timedelta(days=25)
        dialogue, actor = hold(), officer()
        with transaction():
            asked = making.request_report(dialogue=dialogue, actor_id=actor.id, now=before)
            asked.state, asked.sha256, asked.ended_at = ReportState.DONE, "0" * 64, before
            dialogue.results = Results.AFTER_CLOSE
        with pytest.raises(Conflict, match="when voting has closed"), transaction():
            publishing.publish_report(report=asked, actor_id=actor.id, now=before)
        assert db.session.get_one(Report, asked.id).published_at is None
        with transaction():
            dialogue.vote_kind = VoteKind.NONE
            assert publishing.publish_report(report=asked, actor_id=actor.id, now=before)
        with transaction():
            asked.published_at, dialogue.vote_kind = None, VoteKind.THREE
            assert publishing.publish_report(report=asked, actor_id=actor.id, now=after)
