"""Who may decide what."""

from __future__ import annotations

from collections.abc import Set
from datetime import datetime, timedelta
from typing import Protocol

from dialogue.moderation.models import ModerationDecision, Outcome

# The dialogues a moderator answers for; None: all of them.
Scope = Set[int] | None


# An undo is not undone; an answer to an appeal has been looked at twice.
FINAL = frozenset({Outcome.UNDONE, Outcome.APPEAL_GRANTED, Outcome.APPEAL_REFUSED})


class Moderator(Protocol):
    """Who decides: an account, or the person of a request."""

    @property
    def id(self) -> int:
        """The account's id."""


def in_scope(scope: Scope, dialogue_id: int) -> bool:
    """Tell whether a moderator answers for this dialogue."""
    return scope is None or dialogue_id in scope


def may_decide(moderator_id: int, author_id: int | None) -> bool:
    """Tell whether a moderator may decide on what this person wrote: not on their own words."""
    return moderator_id != author_id


def may_undo(decision: ModerationDecision, now: datetime, window: timedelta) -> bool:
    """Tell whether a decision is young enough to be taken back."""
    return decision.outcome not in FINAL and now <= decision.at + window
