"""Writes statements as ideas: with their revision, stored counts, and search row."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, update

from dialogue.dialogues.models import Dialogue
from dialogue.kernel import ids
from dialogue.kernel.db import db
from dialogue.kernel.settings import setting
from dialogue.kernel.text import BadText, Rendered, excerpt
from dialogue.participation import schemas
from dialogue.participation.commands.publication import EXCERPT
from dialogue.participation.fingerprints import fingerprint
from dialogue.participation.lifecycle import State
from dialogue.participation.models import (
    Channel,
    Contribution,
    Kind,
    PolisStatement,
    Revision,
    RevisionState,
)
from dialogue.participation.polis import moments
from dialogue.participation.polis.batches import Progress, batches, insert_rows
from dialogue.participation.polis.files import COMMENTS, BadFiles, Conversation, Statement
from dialogue.participation.polis.wording import wording
from dialogue.participation.tally import Tally, agreement, mix_key
from dialogue.search import documents


def write_ideas(
    conversation: Conversation,
    dialogue: Dialogue,
    people: dict[int, int],
    progress: Progress,
    now: datetime,
) -> dict[int, int]:
    """Write every statement in the order of its number; return original id → idea id.

    `people`: original id → participant id. Raises BadFiles for a text that cannot be rendered.
    """
    counts = Counter(
        (statement, vote) for (statement, _person), (_at, vote) in conversation.votes.items()
    )
    ideas: dict[int, int] = {}
    for part in batches(sorted(conversation.statements)):
        worded = [_worded(conversation.statements[number]) for number in part]
        tallies = [Tally(counts[n, 1], counts[n, -1], counts[n, 0]) for n in part]
        idea_ids = insert_rows(
            Contribution,
            [
                _idea(one, tally, dialogue, people[one.statement.author])
                for one, tally in zip(worded, tallies, strict=True)
            ],
        )
        revision_ids = insert_rows(
            Revision,
            [
                _revision(one, dialogue, idea_id)
                for one, idea_id in zip(worded, idea_ids, strict=True)
            ],
        )
        written = list(zip(worded, tallies, idea_ids, revision_ids, strict=True))
        public = [row for row in written if row[0].is_public]
        if public:
            db.session.execute(update(Contribution), [_shown(*row, now) for row in public])
        documents.put_many(
            documents.Document(
                Kind.IDEA, idea_id, dialogue.id, dialogue.language, f"{one.title}\n{one.body.plain}"
            )
            for one, _tally, idea_id, _revision_id in public
        )
        exact = [
            {"contribution_id": idea_id, "text": one.statement.text}
            for one, idea_id in zip(worded, idea_ids, strict=True)
            if one.statement.text != one.title
        ]
        if exact:
            db.session.execute(insert(PolisStatement), exact)
        ideas.update(zip(part, idea_ids, strict=True))
        progress(len(part))
    return ideas


@dataclass(frozen=True)
class _Worded:
    """A statement as a revision of ours holds it."""

    statement: Statement
    title: str
    source: str
    body: Rendered

    @property
    def is_public(self) -> bool:
        return self.statement.moderated != -1


def _worded(statement: Statement) -> _Worded:
    title, source = wording(statement.text)
    try:
        return _Worded(statement, title, source, schemas.rendered(source))
    except BadText as problem:
        place = f"{COMMENTS}, comment-id {statement.id}"
        raise BadFiles([f"{place}: {problem.message}"]) from problem


def _idea(one: _Worded, tally: Tally, dialogue: Dialogue, participant_id: int) -> dict[str, Any]:
    at = moments.at(one.statement.milliseconds)
    return {
        "dialogue_id": dialogue.id,
        "kind": Kind.IDEA,
        "participant_id": participant_id,
        "state": State.PUBLISHED if one.is_public else State.REJECTED,
        "channel": Channel.IMPORT,
        "tracking": ids.tracking_number(),
        "original_id": str(one.statement.id),
        "original_state": str(one.statement.moderated),
        "language": dialogue.language,
        "agree": tally.agree,
        "disagree": tally.disagree,
        "passed": tally.passed,
        "agreement": agreement(tally.agree, tally.total),
        "created_at": at,
        "published_at": at if one.is_public else None,
    }


def _revision(one: _Worded, dialogue: Dialogue, idea_id: int) -> dict[str, Any]:
    return {
        "contribution_id": idea_id,
        "number": 1,
        "state": RevisionState.PUBLISHED if one.is_public else RevisionState.REJECTED,
        "title": one.title,
        "source": one.source,
        "html": one.body.html,
        "plain": one.body.plain,
        "language": dialogue.language,
        "sanitizer_version": one.body.sanitizer_version,
        "sha256": fingerprint(one.title, one.source),
        "created_at": moments.at(one.statement.milliseconds),
    }


def _shown(
    one: _Worded, tally: Tally, idea_id: int, revision_id: int, now: datetime
) -> dict[str, Any]:
    age = now - moments.at(one.statement.milliseconds)
    return {
        "id": idea_id,
        "listed": True,
        "published_revision_id": revision_id,
        "title": one.title,
        "slug": ids.slug(one.title),
        "excerpt": excerpt(one.body.plain, EXCERPT),
        "fragment": one.body.html,
        "mix_key": mix_key(
            idea_id,
            tally.total,
            age.total_seconds() / 86_400,
            now.date(),
            secret=setting("SECRET_KEY"),
        ),
    }
