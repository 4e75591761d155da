"""Writes a dialogue as the files of a Pol.is export, so that tools made for those can read it.

An imported conversation comes back with its own ids, words, times, groups and summary. A dialogue
held here is numbered from 0: no id of ours leaves the server. Of what the public cannot read,
only the votes go out, under an empty text marked as removed; the words of statements that were
removed before the import come back as they came.

The files are meant for programs: their cells are written as they are, without the apostrophe
that would keep a spreadsheet from calculating a statement that begins with "=".
"""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from dialogue.dialogues.models import Dialogue
from dialogue.kernel.db import db
from dialogue.participation.lifecycle import State
from dialogue.participation.models import (
    Choice,
    Contribution,
    Kind,
    Participant,
    PolisOrigin,
    PolisStatement,
    Revision,
    Vote,
)
from dialogue.participation.polis import moments
from dialogue.participation.polis.files import COMMENTS, PEOPLE, SUMMARY, VOTES

_VALUES = {Choice.AGREE: 1, Choice.DISAGREE: -1, Choice.PASS: 0}


@dataclass(frozen=True)
class _Statement:
    number: int
    author: int  # participant id of ours
    milliseconds: int
    moderated: str
    text: str


@dataclass(frozen=True)
class _Cast:
    statement: int
    person: int
    milliseconds: int
    value: int


def files_of(dialogue: Dialogue, *, address: str) -> dict[str, bytes]:
    """Return name → content of the four files; `address` is the dialogue's, for the summary."""
    origin = db.session.get(PolisOrigin, dialogue.id)
    numbered, statements = _statements(dialogue.id, origin)
    votes = _votes(dialogue.id, numbered)
    people = _numbers_of_people(
        dialogue.id, {s.author for s in statements} | {vote.participant_id for vote in votes}
    )
    cast = sorted(
        (
            _Cast(
                numbered[vote.idea_id],
                people[vote.participant_id],
                moments.milliseconds_of(vote.at),
                _VALUES[Choice(vote.choice)],
            )
            for vote in votes
        ),
        key=lambda one: (one.statement, one.person),
    )
    calendar = moments.Calendar(origin.zones if origin else [])
    return {
        COMMENTS: _comments(statements, people, cast, calendar),
        VOTES: _votes_file(cast, calendar),
        PEOPLE: _people_file(statements, people, cast, origin),
        SUMMARY: _summary(dialogue, origin, statements, cast, address),
    }


def _statements(
    dialogue_id: int, origin: PolisOrigin | None
) -> tuple[dict[int, int], list[_Statement]]:
    """Return idea id → number, and the statements in the order of the file."""
    rows = [row for row in _ideas(dialogue_id) if _goes_out(row)]
    numbers = _numbers((row.id, row.original_id) for row in rows)
    exact: dict[int, str] = {
        row.contribution_id: row.text
        for row in db.session.execute(
            select(PolisStatement.contribution_id, PolisStatement.text)
            .join(Contribution, Contribution.id == PolisStatement.contribution_id)
            .where(Contribution.dialogue_id == dialogue_id)
        )
    }
    statements = {
        numbers[row.id]: _Statement(
            numbers[row.id],
            row.participant_id,
            moments.milliseconds_of(row.created_at),
            *_mark_and_text(row, exact.get(row.id)),
        )
        for row in rows
    }
    order = [number for number in (origin.statements if origin else []) if number in statements]
    known = set(order)
    order += sorted(number for number in statements if number not in known)
    return numbers, [statements[number] for number in order]


def _ideas(dialogue_id: int) -> Sequence[Any]:
    """Return the ideas with the wording that may go out: the published one, or the imported."""
    first = aliased(Revision)
    imported = (
        select(first.id)
        .where(first.contribution_id == Contribution.id, first.number == 1)
        .correlate(Contribution)
        .scalar_subquery()
    )
    goes_out = func.coalesce(Contribution.published_revision_id, imported)
    return db.session.execute(
        select(
            Contribution.id,
            Contribution.participant_id,
            Contribution.state,
            Contribution.listed,
            Contribution.original_id,
            Contribution.original_state,
            Contribution.created_at,
            (Contribution.agree + Contribution.disagree + Contribution.passed).label("votes"),
            Revision.number,
            Revision.title,
            Revision.source,
        )
        .join(Revision, Revision.id == goes_out)
        .where(Contribution.dialogue_id == dialogue_id, Contribution.kind == Kind.IDEA)
        .order_by(Contribution.id)
    ).all()


def _goes_out(row: Any) -> bool:
    return bool(row.listed or row.original_id is not None or row.votes)


def _mark_and_text(row: Any, exact: str | None) -> tuple[str, str]:
    as_imported = row.number == 1 and exact is not None
    text = exact or "" if as_imported else "\n\n".join(filter(None, (row.title, row.source)))
    if row.listed:
        return (row.original_state if row.original_state in {"0", "1"} else "1"), text
    if row.original_state == "-1" and row.state == State.REJECTED:
        return "-1", text
    return "-1", ""


def _votes(dialogue_id: int, numbered: dict[int, int]) -> list[Any]:
    rows = db.session.execute(
        select(Vote.idea_id, Vote.participant_id, Vote.choice, Vote.at)
        .join(Contribution, Contribution.id == Vote.idea_id)
        .where(Contribution.dialogue_id == dialogue_id)
    )
    return [row for row in rows if row.idea_id in numbered]


def _numbers_of_people(dialogue_id: int, active: set[int]) -> dict[int, int]:
    """Return participant id → number, of the imported and of those who wrote or voted."""
    rows = db.session.execute(
        select(Participant.id, Participant.original_id)
        .where(Participant.dialogue_id == dialogue_id)
        .order_by(Participant.id)
    ).all()
    return _numbers(
        (row.id, row.original_id) for row in rows if row.original_id is not None or row.id in active
    )


def _numbers(rows: Iterable[tuple[int, str | None]]) -> dict[int, int]:
    """Return id → number: the original one, or the next free one in the order of the rows."""
    rows = list(rows)
    numbers = {ours: int(original) for ours, original in rows if original is not None}
    free = max(numbers.values(), default=-1) + 1
    for ours, original in rows:
        if original is None:
            numbers[ours] = free
            free += 1
    return numbers


def _comments(
    statements: list[_Statement],
    people: dict[int, int],
    cast: list[_Cast],
    calendar: moments.Calendar,
) -> bytes:
    counts = Counter((one.statement, one.value) for one in cast)
    heading = ["timestamp", "datetime", "comment-id", "author-id", "agrees", "disagrees"]
    return _csv(
        [*heading, "moderated", "comment-body"],
        (
            [
                s.milliseconds,
                calendar.text(s.milliseconds),
                s.number,
                people[s.author],
                counts[s.number, 1],
                counts[s.number, -1],
                s.moderated,
                s.text,
            ]
            for s in statements
        ),
    )


def _votes_file(cast: list[_Cast], calendar: moments.Calendar) -> bytes:
    return _csv(
        ["timestamp", "datetime", "comment-id", "voter-id", "vote"],
        (
            [
                one.milliseconds,
                calendar.text(one.milliseconds),
                one.statement,
                one.person,
                one.value,
            ]
            for one in cast
        ),
    )


def _people_file(
    statements: list[_Statement],
    people: dict[int, int],
    cast: list[_Cast],
    origin: PolisOrigin | None,
) -> bytes:
    """One row a person; a column for each statement that anybody voted on."""
    groups = {int(person): group for person, group in (origin.people if origin else [])}
    known = set(people.values())
    order = [person for person in groups if person in known]
    order += sorted(known - set(groups))
    wrote = Counter(people[s.author] for s in statements)
    voted: dict[int, dict[int, int]] = defaultdict(dict)
    for one in cast:
        voted[one.person][one.statement] = one.value
    columns = sorted({one.statement for one in cast})
    heading = ["participant", "group-id", "n-comments", "n-votes", "n-agree", "n-disagree"]
    return _csv(
        [*heading, *columns],
        (
            [
                person,
                groups.get(person, ""),
                wrote[person],
                len(voted[person]),
                sum(value == 1 for value in voted[person].values()),
                sum(value == -1 for value in voted[person].values()),
                *(voted[person].get(statement, "") for statement in columns),
            ]
            for person in order
        ),
    )


def _summary(
    dialogue: Dialogue,
    origin: PolisOrigin | None,
    statements: list[_Statement],
    cast: list[_Cast],
    address: str,
) -> bytes:
    if origin is not None and origin.summary:
        return _csv(origin.summary[0], origin.summary[1:])
    text = dialogue.text(dialogue.language)
    voters = len({one.person for one in cast})
    rows: list[list[object]] = [
        ["url", address],
        ["voters", voters],
        ["voters-in-conv", voters],
        ["commenters", len({s.author for s in statements})],
        ["comments", len(statements)],
        ["conversation-description", text.why or text.lede],
    ]
    return _csv(["topic", text.question], rows)


def _csv(heading: Iterable[object], rows: Iterable[Iterable[object]]) -> bytes:
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(heading)
    writer.writerows(rows)
    return file.getvalue().encode()
