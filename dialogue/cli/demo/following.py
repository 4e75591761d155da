"""The demonstration's participant follows the idea that people talk about most."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from dialogue.kernel.db import db
from dialogue.notifications.commands import choosing, following
from dialogue.notifications.commands.following import Target
from dialogue.notifications.models import Rhythm
from dialogue.notifications.queries.choices import Choices
from dialogue.participation.models import Contribution, Kind


def plant(*, user_id: int, dialogue_id: int, now: datetime) -> None:
    """Let them follow it, with a summary on Mondays; the worker then tells of its comments."""
    most = (
        select(Contribution.id)
        .where(
            Contribution.dialogue_id == dialogue_id,
            Contribution.kind == Kind.IDEA,
            Contribution.listed.is_(True),
        )
        .order_by(Contribution.comments.desc(), Contribution.id)
        .limit(1)
    )
    target = Target(dialogue_id, idea_id=db.session.scalars(most).one())
    following.begin(user_id=user_id, target=target, now=now)
    choosing.set_choices(user_id=user_id, wanted=Choices(rhythm=Rhythm.WEEKLY), now=now)
