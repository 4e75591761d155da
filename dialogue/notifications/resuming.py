"""Carrying out what a person began before they had signed in: following something."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from dialogue.accounts.intents import Outcome
from dialogue.accounts.models import User
from dialogue.dialogues import schedule
from dialogue.dialogues.queries import dialogue_by_id
from dialogue.kernel import security
from dialogue.kernel.db import transaction
from dialogue.kernel.errors import DomainError
from dialogue.notifications.commands import following
from dialogue.notifications.commands.following import Target

FOLLOW = "follow"


def follow(payload: dict[str, Any], user: User, now: datetime) -> Outcome:
    """Follow what was chosen before signing in; lead back to the page it was chosen on."""
    url = security.local_path(payload.get("next")) or "/me"
    target = Target(payload["dialogue_id"], payload["idea_id"], payload["topic_id"])
    gone = _("This cannot be followed any more.")
    if not schedule.is_public(dialogue_by_id(target.dialogue_id), now):
        return Outcome("/me", gone, done=False)
    try:
        with transaction():
            following.follow(user_id=user.id, target=target, now=now)
    except DomainError as problem:
        return Outcome(url, problem.message or gone, done=False)
    return Outcome(url, _("You follow “%(title)s” now.", title=payload["title"]))


HANDLERS: dict[str, Callable[[dict[str, Any], User, datetime], Outcome]] = {FOLLOW: follow}
