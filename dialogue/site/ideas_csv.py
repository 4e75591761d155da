"""The public ideas of a dialogue as a CSV file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, current_app, stream_with_context
from flask_login import current_user
from werkzeug.wrappers import Response

from dialogue.accounts.access import public
from dialogue.dialogues import schedule
from dialogue.dialogues.models import Dialogue, VoteKind
from dialogue.dialogues.queries import dialogue_for
from dialogue.kernel import clock
from dialogue.participation import addresses
from dialogue.participation.queries.ideas_table import public_ideas
from dialogue.reports.render.cells import guard

blueprint = Blueprint("ideas_csv", __name__, url_prefix="/d/<slug>/ideas.csv")

COLUMNS = ("id", "idea", "details", "topic", "author", "language", "published", "comments", "url")
_COUNTS = {
    VoteKind.THREE: ("agree", "disagree", "pass"),
    VoteKind.AGREE: ("agree",),
    VoteKind.NONE: (),
}


@blueprint.get("")
@public
def download(slug: str) -> Any:
    """Send the file; counts of votes are in it once everybody may see them."""
    now = clock.now()
    dialogue = dialogue_for(slug, current_user, now)
    counts = _COUNTS[VoteKind(dialogue.vote_kind)]
    if not schedule.results_open(dialogue, now):
        counts = ()
    answer = Response(stream_with_context(_lines(dialogue, counts, now)), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{slug}-ideas.csv"'
    return answer


def _lines(dialogue: Dialogue, counts: Sequence[str], now: datetime) -> Iterator[str]:
    zone = ZoneInfo(dialogue.time_zone)
    topics = {topic.id: topic.name(dialogue.language) for topic in dialogue.topics}
    base = current_app.config["BASE_URL"]
    yield "\ufeff" + _line([*COLUMNS, *counts])  # the mark by which spreadsheets know UTF-8
    for row in public_ideas(dialogue.id, now):
        votes = {"agree": row.agree, "disagree": row.disagree, "pass": row.passed}
        yield _line(
            [
                row.id,
                row.title,
                row.plain,
                topics.get(row.topic_id or 0, ""),
                row.author,
                row.language,
                # The day alone: the time of writing can give a person away.
                row.published_at.astimezone(zone).date().isoformat(),
                row.comments,
                base + addresses.idea_url(dialogue.slug, row.id, row.slug),
                *(votes[name] for name in counts),
            ]
        )


def _line(cells: Sequence[Any]) -> str:
    target = io.StringIO()
    csv.writer(target).writerow(guard(cell) if isinstance(cell, str) else cell for cell in cells)
    return target.getvalue()
