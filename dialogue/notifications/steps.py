"""The letters about steps that moderators took: what, why, by which rule, until when, and how to
ask for a second look."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask_babel import force_locale, format_date
from flask_babel import gettext as _
from sqlalchemy import select

from dialogue.accounts.models import User
from dialogue.dialogues.models import Dialogue, ModerationReason
from dialogue.kernel import mail
from dialogue.kernel.db import db
from dialogue.kernel.settings import setting
from dialogue.notifications import letters
from dialogue.notifications.letters import Letter
from dialogue.participation.models import Participant, Restriction
from dialogue.participation.restrictions import Step


def tell_step(*, restriction_id: int, now: datetime) -> None:
    """Queue the letter about a step that was taken, or about its early end. Once each."""
    step = db.session.get(Restriction, restriction_id)
    if step is None:
        return
    person = db.session.scalars(
        select(User)
        .join(Participant, Participant.user_id == User.id)
        .where(Participant.id == step.participant_id, User.disabled_at.is_(None))
    ).first()
    if person is None:
        return
    is_over = step.lifted_at is not None
    letter = _letter(step, person.language, is_over=is_over)
    key = f"step:{step.id}:{'lifted' if is_over else 'taken'}"
    mail.queue(person.email, letter.subject, letter.text, key=key, now=now)


def _letter(step: Restriction, language: str, *, is_over: bool) -> Letter:
    dialogue = db.session.get_one(Dialogue, step.dialogue_id)
    with force_locale(language):
        if dialogue.sensitive:
            return Letter(
                letters.neutral_subject(),
                letters.render("mail/step_quiet.txt", is_quiet=True, link=letters.absolute("/me")),
            )
        name = dialogue.text(language).short_name
        reason = db.session.scalars(
            select(ModerationReason).where(
                ModerationReason.dialogue_id == step.dialogue_id,
                ModerationReason.code == step.reason_code,
            )
        ).first()
        ask_until = step.from_at + timedelta(days=setting("APPEAL_DAYS"))
        return Letter(
            f"[{name}] " + (_over_subject() if is_over else _subject(Step(step.step))),
            letters.render(
                "mail/step.txt",
                sentence=_over(name) if is_over else _sentence(step, name),
                label=reason.label(language) if reason and not is_over else "",
                explained=reason.sentence(language) if reason and not is_over else "",
                note="" if is_over else step.note,
                ask_until="" if is_over else format_date(ask_until, "long"),
                link=letters.absolute("/me/steps"),
            ),
        )


def _subject(step: Step) -> str:
    return {
        Step.WARN: _("A warning from the moderators"),
        Step.SLOW: _("You can send less for a while"),
        Step.MUTE: _("You cannot write for a while"),
        Step.SUSPEND: _("You can only read for a while"),
    }[step]


def _sentence(step: Restriction, name: str) -> str:
    if step.until_at is None:
        return _(
            "A moderator of “%(dialogue)s” warns you. Nothing else changes: you can go on writing"
            " and voting.",
            dialogue=name,
        )
    day = format_date(step.until_at, "long")
    sentence = {
        Step.SLOW: _(
            "In “%(dialogue)s” you can send %(n)s ideas and comments a day until %(day)s.",
            dialogue=name,
            day=day,
            n=setting("SLOW_PER_DAY"),
        ),
        Step.MUTE: _(
            "In “%(dialogue)s” you cannot write until %(day)s. You can read and vote.",
            dialogue=name,
            day=day,
        ),
        Step.SUSPEND: _(
            "In “%(dialogue)s” you can only read until %(day)s.", dialogue=name, day=day
        ),
    }[Step(step.step)]
    return sentence + " " + _("A moderator decided this. It ends by itself.")


def _over_subject() -> str:
    return _("You can take part again as before")


def _over(name: str) -> str:
    return _(
        "The moderators of “%(dialogue)s” have ended the step early. You can take part again as"
        " before.",
        dialogue=name,
    )
