"""The public record of moderation in one dialogue: what was done, why, and by which pseudonym;
never the words it was about.

Everything is read from the decisions themselves, so the public totals are the private ones. A
decision that was taken back stays in the list, marked, and is in no total.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from dialogue.dialogues.models import ModerationReason
from dialogue.kernel import paging
from dialogue.kernel.db import db
from dialogue.kernel.paging import Page
from dialogue.moderation.models import ModerationDecision, Outcome
from dialogue.participation.models import Contribution, Kind, Restriction

PAGE = 50


@dataclass(frozen=True)
class LogRow:
    """One act, as everybody may read it."""

    at: datetime
    outcome: str
    kind: str
    idea_id: int | None  # where the public can read what it was about
    idea_slug: str
    reason: str
    by: str  # "B"; "" where a rule decided
    is_undone: bool


@dataclass(frozen=True)
class Totals:
    """How often what was decided, and why, of the decisions that stand; steps about people."""

    outcomes: Mapping[str, int]
    reasons: Sequence[tuple[str, int]]  # of decisions against something
    steps: Mapping[str, int]
    undone: int


def log_page(dialogue_id: int, *, after: str = "", language: str = "en") -> Page[LogRow]:
    """Return a page of the log, newest first."""
    undo, idea = aliased(ModerationDecision), aliased(Contribution)
    cursor = paging.decode(after, (int,))
    rows = db.session.execute(
        select(
            ModerationDecision.id,
            ModerationDecision.at,
            ModerationDecision.outcome,
            ModerationDecision.decided_by_id,
            Contribution.kind,
            Contribution.listed,
            func.coalesce(idea.id, Contribution.id).label("idea_id"),
            func.coalesce(idea.slug, Contribution.slug).label("idea_slug"),
            func.coalesce(idea.listed, Contribution.listed).label("idea_listed"),
            ModerationReason,
            undo.id.label("undone_by"),
        )
        .join(Contribution, Contribution.id == ModerationDecision.contribution_id)
        .outerjoin(idea, idea.id == Contribution.idea_id)
        .outerjoin(undo, undo.undo_of_id == ModerationDecision.id)
        .outerjoin(
            ModerationReason,
            (ModerationReason.dialogue_id == ModerationDecision.dialogue_id)
            & (ModerationReason.code == ModerationDecision.reason_code),
        )
        .where(
            ModerationDecision.dialogue_id == dialogue_id,
            ModerationDecision.outcome != Outcome.UNDONE,
            *([ModerationDecision.id < cursor[0]] if cursor else []),
        )
        .order_by(ModerationDecision.id.desc())
        .limit(PAGE + 1)
    ).all()
    names = pseudonyms(dialogue_id)
    found = [
        LogRow(
            at=row.at,
            outcome=row.outcome,
            kind=row.kind,
            # Only what everybody can read is led to: an address would tell what was removed.
            idea_id=row.idea_id if row.listed and row.idea_listed else None,
            idea_slug=row.idea_slug or "",
            reason=row.ModerationReason.label(language) if row.ModerationReason else "",
            by=names.get(row.decided_by_id, ""),
            is_undone=row.undone_by is not None,
        )
        for row in rows[:PAGE]
    ]
    older = paging.encode(rows[PAGE - 1].id) if len(rows) > PAGE else None
    return Page(found, older=older)


def totals(dialogue_id: int, *, language: str = "en") -> Totals:
    """Return the totals of a dialogue."""
    undo = aliased(ModerationDecision)
    rows = db.session.execute(
        select(
            ModerationDecision.outcome,
            ModerationDecision.reason_code,
            func.count().label("number"),
        )
        .outerjoin(undo, undo.undo_of_id == ModerationDecision.id)
        .where(
            ModerationDecision.dialogue_id == dialogue_id,
            ModerationDecision.outcome != Outcome.UNDONE,
            undo.id.is_(None),
        )
        .group_by(ModerationDecision.outcome, ModerationDecision.reason_code)
    ).all()
    undone = db.session.scalar(
        select(func.count()).where(
            ModerationDecision.dialogue_id == dialogue_id,
            ModerationDecision.outcome == Outcome.UNDONE,
        )
    )
    outcomes: dict[str, int] = {}
    reasons: dict[str, int] = {}
    for row in rows:
        outcomes[row.outcome] = outcomes.get(row.outcome, 0) + row.number
        if row.reason_code:
            reasons[row.reason_code] = reasons.get(row.reason_code, 0) + row.number
    labels = {
        reason.code: reason.label(language)
        for reason in db.session.scalars(
            select(ModerationReason).where(ModerationReason.dialogue_id == dialogue_id)
        )
    }
    steps = db.session.execute(
        select(Restriction.step, func.count().label("number"))
        .where(Restriction.dialogue_id == dialogue_id)
        .group_by(Restriction.step)
    )
    return Totals(
        outcomes={outcome: outcomes[outcome] for outcome in Outcome if outcome in outcomes},
        reasons=sorted(
            ((labels.get(code, code), number) for code, number in reasons.items()),
            key=lambda one: (-one[1], one[0]),
        ),
        steps={row.step: row.number for row in steps},
        undone=undone or 0,
    )


def pseudonyms(dialogue_id: int) -> dict[int, str]:
    """Return a letter for each moderator of a dialogue, in the order of their first decisions.

    Stable, since decisions are never removed; of one dialogue, so that nobody can follow a
    moderator from one to the next.
    """
    rows = db.session.execute(
        select(ModerationDecision.decided_by_id, func.min(ModerationDecision.id).label("first"))
        .where(
            ModerationDecision.dialogue_id == dialogue_id,
            ModerationDecision.decided_by_id.is_not(None),
        )
        .group_by(ModerationDecision.decided_by_id)
        .order_by(func.min(ModerationDecision.id))
    )
    return {row.decided_by_id: letters(place) for place, row in enumerate(rows)}


def letters(place: int) -> str:
    """Return A, B, … Z, AA, AB, … for 0, 1, …"""
    said = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        said = chr(ord("A") + rest) + said
    return said


def is_idea(row: LogRow) -> bool:
    """Tell whether an act was about an idea (else a comment)."""
    return row.kind == Kind.IDEA
