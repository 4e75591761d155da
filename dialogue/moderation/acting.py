"""Who acts on the moderators' pages, and about which dialogues."""

from __future__ import annotations

from datetime import timedelta

from flask import current_app
from flask_babel import get_locale
from flask_login import current_user

from dialogue.accounts.models import Role
from dialogue.accounts.queries import dialogue_ids_with_role
from dialogue.kernel import clock
from dialogue.moderation.desk import Moderator


def acting_moderator() -> Moderator:
    """Return the moderator of this request."""
    now = clock.now()
    ids = dialogue_ids_with_role(current_user, (Role.MODERATOR,), now)
    return Moderator(
        id=current_user.id,
        scope=None if ids is None else frozenset(ids),
        now=now,
        undo_window=timedelta(minutes=current_app.config["UNDO_MINUTES"]),
        language=str(get_locale()),
    )
