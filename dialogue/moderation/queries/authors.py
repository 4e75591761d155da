"""Who wrote an item, as moderators see them: counts and steps, never an account or an address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from dialogue.accounts.models import User
from dialogue.dialogues.models import Dialogue, ModerationReason
from dialogue.kernel.db import db
from dialogue.moderation.models import Appeal, QueueItem
from dialogue.moderation.policies import Scope, in_scope
from dialogue.participation.models import Contribution, Participant, Restriction
from dialogue.participation.queries.restrictions import counting_steps, steps_about
from dialogue.participation.restrictions import Step, next_step


@dataclass(frozen=True)
class Taken:
    """A step that was taken about the author."""

    id: int
    step: Step
    reason: str
    note: str
    by: str
    from_at: datetime
    until_at: datetime | None
    lifted_at: datetime | None
    holds: bool


@dataclass(frozen=True)
class AuthorPage:
    """The author of an item: what became of their words by state, steps, and the next step."""

    item_id: int
    dialogue: Dialogue
    name: str
    since: datetime
    user_id: int | None
    states: Mapping[str, int]
    appeals: int
    steps: Sequence[Taken]
    next_step: Step


def author_of_item(
    item_id: int, scope: Scope, *, now: datetime, language: str = "en"
) -> AuthorPage | None:
    """Return the author of an item; None outside the scope."""
    row = db.session.execute(
        select(QueueItem.dialogue_id, Participant)
        .join(Contribution, Contribution.id == QueueItem.contribution_id)
        .join(Participant, Participant.id == Contribution.participant_id)
        .where(QueueItem.id == item_id)
    ).first()
    if row is None or not in_scope(scope, row.dialogue_id):
        return None
    person: Participant = row.Participant
    taken = steps_about(person.id)
    states = db.session.execute(
        select(Contribution.state, func.count().label("number"))
        .where(Contribution.participant_id == person.id)
        .group_by(Contribution.state)
    )
    appeals = db.session.scalar(
        select(func.count()).where(Appeal.participant_id == person.id).select_from(Appeal)
    )
    return AuthorPage(
        item_id=item_id,
        dialogue=db.session.get_one(Dialogue, row.dialogue_id),
        name=person.public_name,
        since=person.created_at,
        user_id=person.user_id,
        states={row.state: row.number for row in states},
        appeals=appeals or 0,
        steps=_described(taken, now, language),
        next_step=next_step(counting_steps(taken, now)),
    )


def _described(taken: Sequence[Restriction], now: datetime, language: str) -> list[Taken]:
    labels = reason_labels({step.dialogue_id for step in taken}, language)
    by = {step.imposed_by_id for step in taken if step.imposed_by_id is not None}
    rows = db.session.execute(select(User.id, User.display_name).where(User.id.in_(by)))
    names = {row.id: row.display_name for row in rows}
    return [
        Taken(
            id=step.id,
            step=Step(step.step),
            reason=labels.get((step.dialogue_id, step.reason_code), ""),
            note=step.note,
            by=names.get(step.imposed_by_id or 0, ""),
            from_at=step.from_at,
            until_at=step.until_at,
            lifted_at=step.lifted_at,
            holds=step.holds(now),
        )
        for step in taken
    ]


def reason_labels(dialogue_ids: set[int], language: str) -> dict[tuple[int, str], str]:
    """Return what the reasons of these dialogues are called, retired ones too."""
    if not dialogue_ids:
        return {}
    rows = db.session.scalars(
        select(ModerationReason).where(ModerationReason.dialogue_id.in_(dialogue_ids))
    )
    return {(row.dialogue_id, row.code): row.label(language) for row in rows}
