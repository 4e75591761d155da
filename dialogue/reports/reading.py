"""Reads a dialogue into a Snapshot: the only place where a report touches the database.

Core rows instead of objects: fifty thousand votes take a fraction of a second. What the public
cannot read does not leave this module, except as a number.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import BigInteger, ColumnElement, String, case, cast, func, select, type_coerce
from sqlalchemy.sql.expression import extract

from dialogue.dialogues.models import Dialogue
from dialogue.kernel.db import db, dialect
from dialogue.moderation.models import ModerationDecision, Outcome
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
REMOVED_THERE = "-1"  # the mark of an imported statement that its moderators took out
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_QUARTER = 15 * 60 * 1_000_000  # microseconds
_PORTION = 50_000  # votes
_ON_PUBLICATION = frozenset({Outcome.APPROVED, Outcome.REJECTED})


def read_snapshot(
    dialogue: Dialogue, cut_off: datetime, *, as_counted: Mapping[int, int] | None = None
) -> Snapshot:
    """Return what `dialogue` holds of what happened up to and including `cut_off`.

    `until` becomes the moment of the last thing counted, rounded up to the full second but never
    beyond the cut-off: it depends on the dialogue alone, so a report made later from the same rows
    is the same, byte by byte. Everything is read at one moment; ends the read transaction.

    `as_counted`: contribution → revision, from a report made earlier with this cut-off. Then these
    are the texts, in these revisions, whatever became of them since: so a report can be counted
    again after an edit, a withdrawal or a decision. Their words are as the database has them now.
    """
    _hold_still()
    zone = ZoneInfo(dialogue.time_zone)
    texts = (
        _texts(dialogue, cut_off) if as_counted is None else _counted_texts(dialogue, as_counted)
    )
    shown = {row.id for row in texts if row.kind == Kind.IDEA}
    votes = _votes(dialogue, cut_off, shown)
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
    days = votes.days(zone)
    number = number_people(votes.person, votes.idea, votes.choice, days, wrote)
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
    removed = tuple(sorted(_off_stage(dialogue, cut_off, votes.idea) - shown))
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
        until=until if as_counted is None else cut_off,
        topics=tuple(TopicFacts(t.slug, t.name(dialogue.language)) for t in dialogue.topics),
        texts=published,
        removed=removed,
        votes=_numbered(votes, days, number),
        people=len(number),
        moderation=moderation,
    )
    db.session.commit()
    return snapshot


@dataclass(frozen=True)
class _VoteColumns:
    """Votes as read: columns, with participant ids still in them."""

    idea: NDArray[np.int64]
    person: NDArray[np.int64]
    choice: NDArray[np.int8]
    at: NDArray[np.int64]  # microseconds since 1970

    @property
    def last(self) -> datetime | None:
        """Return the moment of the last vote."""
        return _EPOCH + timedelta(microseconds=int(self.at.max())) if self.at.size else None

    def days(self, zone: ZoneInfo) -> NDArray[np.int64]:
        """Return the day of each vote there, as an ordinal."""
        # No zone changes its clock but on a full quarter of an hour.
        quarters, places = np.unique(self.at // _QUARTER, return_inverse=True)
        ordinals = [
            (_EPOCH + timedelta(minutes=15 * quarter)).astimezone(zone).toordinal()
            for quarter in quarters.tolist()
        ]
        return np.array(ordinals, dtype=np.int64)[places]


def _hold_still() -> None:
    """Begin a read in which every query sees the same moment, on both databases."""
    db.session.commit()
    if dialect() == "postgresql":
        db.session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


_COLUMNS = (
    Contribution.id,
    Contribution.kind,
    Contribution.idea_id,
    Contribution.topic_id,
    Contribution.participant_id,
    func.coalesce(Contribution.published_at, Contribution.created_at).label("published_at"),
    Revision.id.label("revision_id"),
    Revision.title,
    Revision.plain,
    Revision.language,
)


def _texts(dialogue: Dialogue, cut_off: datetime) -> Sequence[Any]:
    """Rows of what the public can read, by id."""
    return db.session.execute(
        select(*_COLUMNS)
        .join(Revision, Revision.id == Contribution.published_revision_id)
        .where(
            Contribution.dialogue_id == dialogue.id,
            is_readable(),
            Contribution.published_at <= cut_off,
        )
        .order_by(Contribution.id)
    ).all()


def _counted_texts(dialogue: Dialogue, as_counted: Mapping[int, int]) -> Sequence[Any]:
    """Rows of these contributions in these revisions, by id."""
    revisions = sorted(as_counted.values())
    rows: list[Any] = []
    for start in range(0, len(revisions), 500):
        rows += db.session.execute(
            select(*_COLUMNS)
            .join(Revision, Revision.contribution_id == Contribution.id)
            .where(
                Contribution.dialogue_id == dialogue.id,
                Revision.id.in_(revisions[start : start + 500]),
            )
        )
    return sorted(rows, key=lambda row: row.id)


def _votes(dialogue: Dialogue, cut_off: datetime, shown: Collection[int]) -> _VoteColumns:
    """Votes as they count: those on an idea that was merged count at the one it went into, the
    newest of each person; while it still stands among the `shown`, they count where it is."""
    ideas = select(Contribution.id).where(
        Contribution.dialogue_id == dialogue.id, Contribution.kind == Kind.IDEA
    )
    votes = _read_votes((Vote.idea_id.in_(ideas), Vote.at <= cut_off))
    merged = _merged(dialogue, shown)
    if not merged:
        return votes
    moved = np.isin(votes.idea, list(merged))
    root = votes.idea.copy()
    root[moved] = [merged[idea] for idea in votes.idea[moved].tolist()]
    # The newest of each person; at one moment, the vote on the idea itself counts: the same rule
    # as in participation.
    order = np.lexsort((~moved, votes.at, votes.person, root))
    last = np.ones(order.size, dtype=bool)
    ordered, person = root[order], votes.person[order]
    last[:-1] = (ordered[1:] != ordered[:-1]) | (person[1:] != person[:-1])
    kept = order[last]
    return _VoteColumns(root[kept], votes.person[kept], votes.choice[kept], votes.at[kept])


def _read_votes(conditions: Sequence[ColumnElement[bool]]) -> _VoteColumns:
    """Read votes in portions straight into columns: ten million rows would not fit as objects."""
    on_sqlite = dialect() == "sqlite"
    # Moments as they are stored; making objects of them would take most of the time.
    moment = (
        type_coerce(Vote.at, String)
        if on_sqlite
        else cast(extract("epoch", Vote.at) * 1_000_000, BigInteger)
    )
    choice = case(CHOICES, value=Vote.choice)
    rows = db.session.connection().execute(
        select(Vote.idea_id, Vote.participant_id, choice, moment).where(*conditions),
        execution_options={"yield_per": _PORTION},
    )
    portions = []
    for portion in rows.partitions():
        idea, person, said, at = zip(*portion, strict=True)
        moments = np.array(at, dtype="datetime64[us]" if on_sqlite else np.int64)
        portions.append(
            _VoteColumns(
                np.array(idea, dtype=np.int64),
                np.array(person, dtype=np.int64),
                np.array(said, dtype=np.int8),
                moments.astype(np.int64),
            )
        )
    return _VoteColumns(
        np.concatenate([np.zeros(0, dtype=np.int64), *(part.idea for part in portions)]),
        np.concatenate([np.zeros(0, dtype=np.int64), *(part.person for part in portions)]),
        np.concatenate([np.zeros(0, dtype=np.int8), *(part.choice for part in portions)]),
        np.concatenate([np.zeros(0, dtype=np.int64), *(part.at for part in portions)]),
    )


def _merged(dialogue: Dialogue, shown: Collection[int]) -> dict[int, int]:
    """Return idea → the idea that it was merged into, for those that do not stand any more."""
    rows = db.session.execute(
        select(Contribution.id, Contribution.merged_into_id).where(
            Contribution.dialogue_id == dialogue.id, Contribution.merged_into_id.is_not(None)
        )
    )
    into = {row.id: row.merged_into_id for row in rows if row.id not in shown}
    for idea in into:
        seen = {idea}
        while into[idea] in into and into[idea] not in seen:
            seen.add(into[idea])
            into[idea] = into[into[idea]]
    return into


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


def _numbered(votes: _VoteColumns, days: NDArray[np.int64], number: dict[int, int]) -> Votes:
    ids, places = np.unique(votes.person, return_inverse=True)
    person = np.array([number[one] for one in ids.tolist()], dtype=np.int64)[places]
    order = np.lexsort((votes.idea, person))
    return Votes(person[order], votes.idea[order], votes.choice[order], days[order])


def _moderation(dialogue: Dialogue, cut_off: datetime) -> tuple[Moderation, datetime | None]:
    """Figures of moderation and the moment of the last contribution or decision in them.

    All of it follows from dated rows, so it can be counted again as of any moment.
    """
    mine = (Contribution.dialogue_id == dialogue.id, Contribution.created_at <= cut_off)
    received, last = db.session.execute(
        select(func.count(), func.max(Contribution.created_at)).where(*mine)
    ).one()
    made = db.session.execute(
        select(
            ModerationDecision.id,
            ModerationDecision.contribution_id,
            ModerationDecision.outcome,
            ModerationDecision.reason_code,
            ModerationDecision.undo_of_id,
            ModerationDecision.at,
        )
        .where(ModerationDecision.dialogue_id == dialogue.id, ModerationDecision.at <= cut_off)
        .order_by(ModerationDecision.id)
    ).all()
    undone = {row.undo_of_id for row in made}
    standing = [row for row in made if row.outcome != Outcome.UNDONE and row.id not in undone]
    last_word = {row.contribution_id: row for row in standing if row.outcome in _ON_PUBLICATION}
    labels = {reason.code: reason.label(dialogue.language) for reason in dialogue.reasons}
    reasons = Counter(
        labels.get(row.reason_code, row.reason_code) or NO_REASON
        for row in last_word.values()
        if row.outcome == Outcome.REJECTED
    )
    imported: dict[str | None, int] = {
        row.original_state: row.number
        for row in db.session.execute(
            select(Contribution.original_state, func.count().label("number"))
            .where(*mine, Contribution.channel == Channel.IMPORT)
            .group_by(Contribution.original_state)
        )
    }
    if imported.get(REMOVED_THERE):
        reasons[IMPORTED_REASON] += imported[REMOVED_THERE]
    moments = [*([last] if last else []), *(row.at for row in made)]
    return (
        Moderation(
            received=received,
            checked=len({row.contribution_id for row in standing}) + sum(imported.values()),
            reasons=dict(sorted(reasons.items())),
            decisions=dict(sorted(Counter(str(row.outcome) for row in standing).items())),
        ),
        max(moments, default=None),
    )


def _full_second(moment: datetime) -> datetime:
    """Round up: times in a public file are no finer than that."""
    whole = moment.replace(microsecond=0)
    return whole if whole == moment else whole + timedelta(seconds=1)
