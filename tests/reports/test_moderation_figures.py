"""What a report says of moderation is what the public log adds up to, at the report's moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from dialogue.accounts.models import User
from dialogue.dialogues.models import Dialogue
from dialogue.kernel.db import db, transaction
from dialogue.moderation.commands import decisions
from dialogue.moderation.models import Outcome
from dialogue.moderation.queries import log
from dialogue.participation.models import Contribution
from dialogue.reports import build
from dialogue.reports.reading import read_snapshot
from dialogue.reports.render.presentation import Presentation
from dialogue.reports.verify import verify
from tests.reports.conversation import hold, officer

pytestmark = pytest.mark.sqlite_only

NOW = datetime(2100, 1, 1, tzinfo=UTC)


def decide(contribution: int, outcome: Outcome) -> int:
    with transaction():
        found = db.session.get_one(Contribution, contribution, populate_existing=True)
        made = decisions.decide_in_place(
            contribution_id=contribution,
            version=found.version,
            outcome=outcome,
            reason_code="off_topic",
            note="",
            moderator=db.session.scalars(select(User)).one(),
            scope=None,
            now=datetime.now(UTC),
        )
        return made.id


def undo(decision: int) -> None:
    with transaction():
        decisions.undo(
            decision_id=decision,
            moderator=db.session.scalars(select(User)).one(),
            scope=None,
            window=timedelta(minutes=10),
            now=datetime.now(UTC),
        )


def test_figures_are_the_totals_of_the_public_log(context: Flask) -> None:
    dialogue = hold()
    officer()
    ideas = db.session.scalars(select(Contribution.id).order_by(Contribution.id)).all()
    decide(ideas[0], Outcome.HIDDEN)
    decide(ideas[1], Outcome.OFF_TOPIC)
    undo(decide(ideas[2], Outcome.HIDDEN))
    document = build.build(read_snapshot(dialogue, datetime.now(UTC)))
    public = log.totals(dialogue.id)
    told = {row["outcome"]: row["decisions"] for row in document["moderation"]["decisions"]}
    assert told == dict(public.outcomes) == {"hidden": 1, "off_topic": 1}
    decide(ideas[3], Outcome.HIDDEN)  # after the report's moment: its figures stay
    later = verify(document)
    assert later.exit_status == 3
    assert later.problems == []


@pytest.mark.parametrize(
    ("received", "checked", "said"),
    [
        (245, 3, "of 245 received; 3 checked"),
        (245, 245, "1% of 245 checked"),
        (245, 0, ""),
    ],
)
def test_share_is_told_only_where_everything_was_checked(
    context: Flask, received: int, checked: int, said: str
) -> None:
    """Three of three checked would be “100 %” of a dialogue whose moderators read a few."""
    hold()
    document = build.build(read_snapshot(db.session.scalars(select(Dialogue)).one(), NOW))
    document["moderation"] |= {
        "received": received,
        "checked": checked,
        "not_published": 3,
        "share_not_published": 3 / checked if checked else None,
    }
    (shown,) = [one for one in Presentation(document).figures if one.label == "Not published"]
    assert shown.note == said
