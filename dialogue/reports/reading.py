"""Reads a dialogue into a Snapshot: the only place where a report touches the database.

Core rows instead of objects: fifty thousand votes take a fraction of a second. What the public
cannot read does not leave this module, except as a number.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select

from dialogue.dialogues.models import Dialogue
from dialogue.kernel.db import db, dialect
from dialogue.moderation.models import ModerationDecision, Outcome
from dialogue.participation.lifecycle import State
from dialogue.participation.models import Channel, Contribution, Kind, Revision, Vote
from dialogue.participation.queries.visibility import is_readable
from dialogue.reports.snapshot import (
    CHOICES,
    DialogueFacts,
    Moderation,
    Snapshot,
    Text,
    TopicFacts,
    Votes,
    number_people,
)

IMPORTED_REASON = "Removed by the moderators of the imported conversation"
NO_REASON = "No reason recorded"


def read_snapshot(dialogue: Dialogue, cut_off: datetime) -> Snapshot:
    """Return what `dialogue` holds of what happened up to and including `cut_off`.

    `until` becomes the moment of the last thing counted, rounded up to the full second but never
    beyond the cut-off: it depends on the dialogue alone, so a report made later from the same rows
    is the same, byte by byte. Everything is read at one moment; ends the read transaction.
    """
    _hold_still()
    zone = ZoneInfo(dialogue.time_zone)
    texts = _texts(dialogue, cut_off)
    votes = _votes(dialogue, cut_off)
    moderation, handled_at = _moderation(dialogue, cut_off)
    moments = [
        dialogue.created_at,
        *(row.published_at for row in texts),
        *([votes.last] if votes.last else []),
        *([handled_at] if handled_at else []),
    ]
    until = min(_full_second(max(moments)), max(cut_off, dialogue.created_at))
    wrote: dict[int, list[int]] = defaultdict(list)
    for row in texts:
        wrote[row.participant_id].append(row.id)
    number = number_people(votes.person, votes.idea, votes.choice, wrote)
    topics = {topic.id: topic for topic in dialogue.topics}
    published = tuple(
        Text(
            id=row.id,
            kind=row.kind,
            idea_id=row.idea_id,
            topic=topics[row.topic_id].slug if row.topic_id in topics else "",
            revision=row.revision_id,
            title=row.title,
            plain=row.plain,
            language=row.language,
            author=number[row.participant_id],
            day=row.published_at.astimezone(zone).toordinal(),
        )
        for row in texts
    )
    public_ideas = {text.id for text in published if text.kind == Kind.IDEA}
    removed = tuple(sorted(_off_stage(dialogue, cut_off, votes.idea) - public_ideas))
    words = dialogue.text(dialogue.language)
    snapshot = Snapshot(
        dialogue=DialogueFacts(
            slug=dialogue.slug,
            name=words.short_name,
            question=words.question,
            language=dialogue.language,
            time_zone=dialogue.time_zone,
            imported=dialogue.channel != "web",
        ),
        until=until,
        topics=tuple(TopicFacts(t.slug, t.name(dialogue.language)) for t in dialogue.topics),
        texts=published,
        removed=removed,
        votes=_numbered(votes, number, zone),
        people=len(number),
        moderation=moderation,
    )
    db.session.commit()
    return snapshot


class _VoteColumns:
    """Votes as read: columns, with participant ids still in them."""

    def __init__(self, rows: list[tuple[int, int, str, datetime]]) -> None:
        self.idea: NDArray[np.int64] = np.array([row[0] for row in rows], dtype=np.int64)
        self.person: NDArray[np.int64] = np.array([row[1] for row in rows], dtype=np.int64)
        self.choice: NDArray[np.int8] = np.array([CHOICES[row[2]] for row in rows], dtype=np.int8)
        self.at = [row[3] for row in rows]
        self.last = max(self.at, default=None)


def _hold_still() -> None:
    """Begin a read in which every query sees the same moment, on both databases."""
    db.session.commit()
    if dialect() == "postgresql":
        db.session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


def _texts(dialogue: Dialogue, cut_off: datetime) -> list:
    """Rows of what the public can read, by id."""
    return list(
        db.session.execute(
            select(
                Contribution.id,
                Contribution.kind,
                Contribution.idea_id,
                Contribution.topic_id,
                Contribution.participant_id,
                Contribution.published_at,
                Revision.id.label("revision_id"),
                Revision.title,
                Revision.plain,
                Revision.language,
            )
            .join(Revision, Revision.id == Contribution.published_revision_id)
            .where(
                Contribution.dialogue_id == dialogue.id,
                is_readable(),
                Contribution.published_at <= cut_off,
            )
            .order_by(Contribution.id)
        )
    )


def _votes(dialogue: Dialogue, cut_off: datetime) -> _VoteColumns:
    ideas = select(Contribution.id).where(
        Contribution.dialogue_id == dialogue.id, Contribution.kind == Kind.IDEA
    )
    rows = db.session.execute(
        select(Vote.idea_id, Vote.participant_id, Vote.choice, Vote.at).where(
            Vote.idea_id.in_(ideas), Vote.at <= cut_off
        )
    )
    return _VoteColumns([tuple(row) for row in rows])  # type: ignore[misc]  # four columns


def _off_stage(dialogue: Dialogue, cut_off: datetime, voted: NDArray[np.int64]) -> set[int]:
    """Ideas that count in the grouping though nobody reads them now: those with votes, and all
    statements that the moderators of an imported conversation took out."""
    imported = db.session.scalars(
        select(Contribution.id).where(
            Contribution.dialogue_id == dialogue.id,
            Contribution.kind == Kind.IDEA,
            Contribution.channel == Channel.IMPORT,
            Contribution.created_at <= cut_off,
        )
    )
    return {*imported, *np.unique(voted).tolist()}


def _numbered(votes: _VoteColumns, number: dict[int, int], zone: ZoneInfo) -> Votes:
    person = np.array([number[p] for p in votes.person.tolist()], dtype=np.int64)
    day = np.array([at.astimezone(zone).toordinal() for at in votes.at], dtype=np.int64)
    order = np.lexsort((votes.idea, person))
    return Votes(person[order], votes.idea[order], votes.choice[order], day[order])


def _moderation(dialogue: Dialogue, cut_off: datetime) -> tuple[Moderation, datetime | None]:
    """Figures of moderation and the moment of the last contribution or decision in them."""
    mine = (Contribution.dialogue_id == dialogue.id, Contribution.created_at <= cut_off)
    states: Counter[str] = Counter()
    for state, count in db.session.execute(
        select(Contribution.state, func.count()).where(*mine).group_by(Contribution.state)
    ):
        states[state] = count
    labels = {reason.code: reason.label(dialogue.language) for reason in dialogue.reasons}
    decided = {
        row.contribution_id: row.reason_code
        for row in db.session.execute(
            select(ModerationDecision.contribution_id, ModerationDecision.reason_code)
            .where(ModerationDecision.outcome == Outcome.REJECTED, ModerationDecision.at <= cut_off)
            .join(Contribution, Contribution.id == ModerationDecision.contribution_id)
            .where(Contribution.dialogue_id == dialogue.id)
            .order_by(ModerationDecision.id)
        )
    }
    reasons: Counter[str] = Counter()
    for row in db.session.execute(
        select(Contribution.id, Contribution.channel).where(
            *mine, Contribution.state == State.REJECTED
        )
    ):
        code = decided.get(row.id)
        if code:
            reasons[labels.get(code, code)] += 1
        else:
            reasons[IMPORTED_REASON if row.channel == Channel.IMPORT else NO_REASON] += 1
    last = db.session.scalar(select(func.max(Contribution.created_at)).where(*mine))
    last_decision = db.session.scalar(
        select(func.max(ModerationDecision.at))
        .join(Contribution, Contribution.id == ModerationDecision.contribution_id)
        .where(Contribution.dialogue_id == dialogue.id, ModerationDecision.at <= cut_off)
    )
    moments = [moment for moment in (last, last_decision) if moment]
    return (
        Moderation(
            received=sum(states.values()),
            states=dict(sorted(states.items())),
            reasons=dict(sorted(reasons.items())),
        ),
        max(moments, default=None),
    )


def _full_second(moment: datetime) -> datetime:
    """Round up: times in a public file are no finer than that."""
    whole = moment.replace(microsecond=0)
    return whole if whole == moment else whole + timedelta(seconds=1)
