"""What moderators told a person about themselves: warnings and other steps, and the way to ask."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, render_template, url_for
from flask_babel import get_locale
from flask_login import current_user
from sqlalchemy import select

from dialogue.accounts.access import participant
from dialogue.dialogues.queries import dialogue_by_id
from dialogue.kernel import clock
from dialogue.kernel.db import db
from dialogue.moderation.models import Appeal, ModerationDecision
from dialogue.moderation.queries.authors import reason_labels
from dialogue.moderation.queries.outcomes import ANSWERS, may_ask_until
from dialogue.participation.models import Restriction
from dialogue.participation.queries.restrictions import steps_told
from dialogue.participation.restrictions import STEP_NAMES, Step

blueprint = Blueprint("steps", __name__)


@blueprint.get("/me/steps")
@participant
def show() -> str:
    """Show the person every step, until when it holds, and what became of a second look."""
    now = clock.now()
    steps = steps_told(current_user.id)
    labels = reason_labels({step.dialogue_id for step in steps}, str(get_locale()))
    answers = _answers([step.id for step in steps])
    return render_template(
        "site/steps.html",
        steps=[
            _step(step, labels.get((step.dialogue_id, step.reason_code), ""), answers, now)
            for step in steps
        ],
    )


def _step(
    step: Restriction,
    reason: str,
    answers: dict[int, tuple[Appeal, ModerationDecision | None]],
    now: datetime,
) -> dict[str, Any]:
    dialogue = dialogue_by_id(step.dialogue_id)
    asked, answer = answers.get(step.id, (None, None))
    may_ask = asked is None and now < may_ask_until(step.from_at)
    return {
        "id": step.id,
        "step": step.step,
        "name": STEP_NAMES[Step(step.step)],
        "dialogue_name": dialogue.text(dialogue.language).short_name,
        "from_at": step.from_at,
        "until_at": step.until_at,
        "lifted_at": step.lifted_at,
        "holds": step.holds(now),
        "reason": reason,
        "note": step.note,
        "ask_url": url_for("second_look.about_step", step_id=step.id) if may_ask else None,
        "ask_until": may_ask_until(step.from_at),
        "asked": asked.words if asked else "",
        "answer": answer.note if answer else "",
    }


def _answers(step_ids: list[int]) -> dict[int, tuple[Appeal, ModerationDecision | None]]:
    rows = db.session.execute(
        select(Appeal, ModerationDecision)
        .outerjoin(
            ModerationDecision,
            (ModerationDecision.item_id == Appeal.item_id)
            & ModerationDecision.outcome.in_(sorted(ANSWERS)),
        )
        .where(Appeal.restriction_id.in_(step_ids))
    )
    return {appeal.restriction_id or 0: (appeal, answer) for appeal, answer in rows}
