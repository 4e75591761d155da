"""What moderators did, for `wiring.py` to pass on. Ids and primitives only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DecisionMade:
    """A moderator approved or rejected a revision."""

    decision_id: int


@dataclass(frozen=True)
class ItemHandedOver:
    """A moderator left a note that is meant for others."""

    hand_over_id: int


@dataclass(frozen=True)
class DecisionUndone:
    """A decision was taken back within the undo window."""

    decision_id: int  # of the decision that was undone


@dataclass(frozen=True)
class StepTaken:
    """A moderator warned, slowed, muted or suspended a participant."""

    restriction_id: int


@dataclass(frozen=True)
class StepLifted:
    """A step ended before its date."""

    restriction_id: int
