"""Writes a dialogue as the files of a Pol.is export, so that tools made for those can read it.

An imported conversation comes back with its own ids, words, times, groups and summary. A dialogue
held here is numbered from 0: no id of ours leaves the server. Of what the public cannot read,
only the votes go out, under an empty text marked as removed; the words of statements that were
removed before the import come back as they came.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

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
from dialogue.participation.polis import moments, sheets
from dialogue.participation.polis.files import COMMENTS, PEOPLE, SUMMARY, VOTES
from dialogue.participation.polis.sheets import Cast, Statement

Thing = TypeVar("Thing")

_VALUES = {Choice.AGREE: 1, Choice.DISAGREE: -1, Choice.PASS: 0}


def files_of(dialogue: Dialogue, *, address: str) -> dict[str, bytes]:
    """Return name → content of the four files; `address` is the dialogue's, for the summary."""
    origin = db.session.get(PolisOrigin, dialogue.id)
    ideas = [row for row in _ideas(dialogue.id) if _goes_out(row)]
    numbers = _numbers((row.id, row.original_id) for row in ideas)
    votes = [row for row in _votes(dialogue.id) if row.idea_id in numbers]
    active = {row.participant_id for row in (*ideas, *votes)}
    people = _numbers_of_people(dialogue.id, active)
    statements = _statements(dialogue.id, ideas, numbers, people)
    cast = sorted(
        Cast(
            numbers[row.idea_id],
            people[row.participant_id],
            moments.milliseconds_of(row.at),
            _VALUES[Choice(row.choice)],
        )
        for row in votes
    )
    calendar = moments.Calendar(origin.zones if origin else [])
    groups = {int(person): str(group) for person, group in (origin.people if origin else [])}
    in_order = _in_order(origin.statements if origin else [], statements)
    people_in_order = _in_order(groups, {number: number for number in people.values()})
    summary = origin.summary if origin and origin.summary else None
    return {
        COMMENTS: sheets.comments(in_order, cast, calendar),
        VOTES: sheets.votes(cast, calendar),
        PEOPLE: sheets.people(in_order, cast, people_in_order, groups),
        SUMMARY: sheets.table(summary or _summary(dialogue, in_order, cast, address)),
    }


def _statements(
    dialogue_id: int, ideas: Sequence[Any], numbers: dict[int, int], people: dict[int, int]
) -> dict[int, Statement]:
    """Return number → statement."""
    exact: dict[int, str] = {
        row.contribution_id: row.text
        for row in db.session.execute(
            select(PolisStatement.contribution_id, PolisStatement.text)
            .join(Contribution, Contribution.id == PolisStatement.contribution_id)
            .where(Contribution.dialogue_id == dialogue_id)
        )
    }
    return {
        numbers[row.id]: Statement(
            numbers[row.id],
            people[row.participant_id],
            moments.milliseconds_of(row.created_at),
            *_mark_and_text(row, exact.get(row.id)),
        )
        for row in ideas
    }


def _in_order(remembered: Iterable[int], things: dict[int, Thing]) -> list[Thing]:
    """Return the things in the order of the imported files; what is new follows by number."""
    order = [number for number in remembered if number in things]
    order += sorted(things.keys() - set(order))
    return [things[number] for number in order]


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


def _votes(dialogue_id: int) -> Sequence[Any]:
    return db.session.execute(
        select(Vote.idea_id, Vote.participant_id, Vote.choice, Vote.at)
        .join(Contribution, Contribution.id == Vote.idea_id)
        .where(Contribution.dialogue_id == dialogue_id)
    ).all()


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


def _summary(
    dialogue: Dialogue, statements: list[Statement], cast: list[Cast], address: str
) -> list[list[str]]:
    text = dialogue.text(dialogue.language)
    voters = str(len({one.person for one in cast}))
    return [
        ["topic", text.question],
        ["url", address],
        ["voters", voters],
        ["voters-in-conv", voters],
        ["commenters", str(len({one.author for one in statements}))],
        ["comments", str(len(statements))],
        ["conversation-description", text.why or text.lede],
    ]
