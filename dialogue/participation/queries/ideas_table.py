"""Every public idea of a dialogue as rows of a table, for those who count by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from dialogue.kernel.db import db
from dialogue.participation.models import Contribution, Kind, Participant, Revision
from dialogue.participation.queries.visibility import is_listed

_BATCH = 1000  # rows read at once: the table of a large dialogue never lies in memory as a whole


def public_ideas(dialogue_id: int, until: datetime) -> Iterator[Row[*tuple[Any, ...]]]:
    """Yield the public ideas, oldest first: id, slug, title, plain, topic_id, author, language,
    published_at, comments, agree, disagree, passed. Those published after `until` are left out."""
    last = 0
    while True:
        rows = db.session.execute(
            select(
                Contribution.id,
                Contribution.slug,
                Contribution.title,
                Revision.plain,
                Contribution.topic_id,
                Participant.public_name.label("author"),
                Contribution.language,
                Contribution.published_at,
                Contribution.comments,
                Contribution.agree,
                Contribution.disagree,
                Contribution.passed,
            )
            .join(Revision, Revision.id == Contribution.published_revision_id)
            .join(Participant, Participant.id == Contribution.participant_id)
            .where(
                Contribution.dialogue_id == dialogue_id,
                Contribution.kind == Kind.IDEA,
                Contribution.id > last,
                Contribution.published_at <= until,
                is_listed(),
            )
            .order_by(Contribution.id)
            .limit(_BATCH)
        ).all()
        if not rows:
            return
        yield from rows
        last = rows[-1].id
