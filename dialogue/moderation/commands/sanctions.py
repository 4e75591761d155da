"""Taking a step about the author of an item: warn, slow, mute, suspend with an end date."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select

from dialogue.accounts.models import User
from dialogue.kernel import audit
from dialogue.kernel.audit import Act
from dialogue.kernel.db import db
from dialogue.kernel.errors import Conflict, FieldErrors, Forbidden, NotFound
from dialogue.kernel.outbox import publish
from dialogue.moderation.commands.saying_why import checked_words, must_be_a_reason
from dialogue.moderation.events import StepLifted, StepTaken
from dialogue.moderation.models import QueueItem
from dialogue.moderation.policies import Moderator, Scope, in_scope
from dialogue.participation.commands import restrictions
from dialogue.participation.models import Contribution, Participant, Restriction
from dialogue.participation.restrictions import LADDER, LONGEST, Step

NOTE_LIMIT = 500  # code points of the sentence to the person


def take_step(
    *,
    item_id: int,
    step: str,
    until: datetime | None,
    reason_code: str,
    note: str,
    moderator: Moderator,
    scope: Scope,
    now: datetime,
) -> Restriction:
    """Take a step about whoever wrote an item; they are told at once, with the end date.

    Publishes StepTaken, writes one audit entry. A warning has no end date, every other step needs
    one. Raises NotFound, Forbidden (oneself, staff), Conflict (nobody stands behind it),
    FieldErrors (`step`, `until`, `reason`, `note`).
    """
    item = db.session.get(QueueItem, item_id)
    if item is None or not in_scope(scope, item.dialogue_id):
        raise NotFound("")
    participant = _author_of(item)
    _must_be_somebody_else(participant, moderator, now)
    errors: dict[str, str] = {}
    if step not in LADDER:
        errors["step"] = _("Choose a step.")
    elif step == Step.WARN:
        until = None
    elif until is None:
        errors["until"] = _("Choose the day on which it ends.")
    elif until <= now:
        errors["until"] = _("Choose a day after today.")
    elif until > now + LONGEST:
        errors["until"] = _("A step lasts a year at most. Choose an earlier day.")
    for check in (
        lambda: must_be_a_reason(item.dialogue_id, reason_code, note),
        lambda: checked_words(note, "note", NOTE_LIMIT),
    ):
        try:
            check()
        except FieldErrors as problem:
            errors.update(problem.errors)
    if errors:
        raise FieldErrors(errors)
    taken = restrictions.restrict(
        participant=participant,
        step=Step(step),
        until=until,
        reason_code=reason_code,
        note=checked_words(note, "note", NOTE_LIMIT),
        contribution_id=item.contribution_id,
        actor_id=moderator.id,
        now=now,
    )
    _record(taken, moderator, Act.STEP_TAKEN, now)
    publish(StepTaken(taken.id))
    return taken


def lift_step(
    *, restriction_id: int, moderator: Moderator, scope: Scope, now: datetime
) -> Restriction:
    """End a step before its date; the person is told. Publishes StepLifted, one audit entry.

    Raises NotFound, Forbidden (about oneself), Conflict (it has ended).
    """
    taken = db.session.get(Restriction, restriction_id, with_for_update=True)
    if taken is None or not in_scope(scope, taken.dialogue_id):
        raise NotFound("")
    participant = db.session.get_one(Participant, taken.participant_id)
    if participant.user_id == moderator.id:
        raise Forbidden(_("This is about yourself. Another moderator decides about it."))
    if not taken.holds(now):
        raise Conflict(_("This step has ended already."))
    restrictions.lift(restriction=taken, actor_id=moderator.id, now=now)
    _record(taken, moderator, Act.STEP_LIFTED, now)
    publish(StepLifted(taken.id))
    return taken


def _author_of(item: QueueItem) -> Participant:
    return db.session.scalars(
        select(Participant)
        .join(Contribution, Contribution.participant_id == Participant.id)
        .where(Contribution.id == item.contribution_id)
    ).one()


def _must_be_somebody_else(participant: Participant, moderator: Moderator, now: datetime) -> None:
    if participant.user_id is None:
        raise Conflict(_("Nobody with an account stands behind this name, so no step can be told."))
    if participant.user_id == moderator.id:
        raise Forbidden(_("This is about yourself. Another moderator decides about it."))
    author = db.session.get_one(User, participant.user_id)
    if any(grant.holds(now) for grant in author.grants):
        raise Forbidden(_("This person has a staff role. Bring it to an administrator."))


def _record(taken: Restriction, moderator: Moderator, act: Act, now: datetime) -> None:
    codes: dict[str, str | int] = {"restriction": taken.id, "step": taken.step}
    if act is Act.STEP_TAKEN:
        codes["reason"] = taken.reason_code
        if taken.until_at is not None:
            codes["until"] = taken.until_at.date().isoformat()
    audit.record(
        moderator.id,
        act,
        f"contribution:{taken.contribution_id}",
        codes,
        taken.note if act is Act.STEP_TAKEN and taken.note else None,
        now=now,
    )
