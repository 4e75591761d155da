"""Who may do what with ideas, comments and votes: pure questions, no database."""

from __future__ import annotations

from datetime import datetime, timedelta

from dialogue.dialogues.models import Act, Dialogue
from dialogue.dialogues.schedule import is_open
from dialogue.participation import eligibility
from dialogue.participation.lifecycle import TRANSITIONS, State, Verb
from dialogue.participation.models import Contribution, Kind


def may_write(
    dialogue: Dialogue,
    kind: Kind,
    now: datetime,
    *,
    opened_at: datetime | None = None,
    grace: timedelta = timedelta(),
) -> bool:
    """Tell whether ideas or comments are taken now (or were, when the form was opened)."""
    act = Act.IDEA if kind == Kind.IDEA else Act.COMMENT
    return is_open(dialogue, act, now, opened_at=opened_at, grace=grace)


def may_vote(dialogue: Dialogue, now: datetime) -> bool:
    """Tell whether votes are taken now."""
    return eligibility.of_voter(dialogue, now).may


def takes_comments(idea: Contribution) -> bool:
    """Tell whether moderators let people comment on this idea."""
    return idea.listed and idea.comments_closed_at is None and idea.locked_at is None


def takes_votes(idea: Contribution) -> bool:
    """Tell whether moderators let people vote on this idea."""
    return idea.listed and idea.locked_at is None


def is_author(participant_id: int | None, contribution: Contribution) -> bool:
    """Tell whether this participant wrote it."""
    return participant_id is not None and contribution.participant_id == participant_id


def may_edit(
    participant_id: int | None,
    contribution: Contribution,
    dialogue: Dialogue,
    now: datetime,
    *,
    opened_at: datetime | None = None,
    grace: timedelta = timedelta(),
) -> bool:
    """Tell whether the person may change it: the author, while the dialogue is open (or was, when
    the form was opened).

    What was rejected can be changed and sent again once; whether it was, queries.resending says.
    """
    state = State(contribution.state)
    return (
        is_author(participant_id, contribution)
        and contribution.locked_at is None
        and ((state, Verb.EDIT) in TRANSITIONS or (state, Verb.RESEND) in TRANSITIONS)
        and may_write(dialogue, Kind(contribution.kind), now, opened_at=opened_at, grace=grace)
    )


def may_withdraw(participant_id: int | None, contribution: Contribution) -> bool:
    """Tell whether the person may take it back: the author, at any time."""
    return (
        is_author(participant_id, contribution)
        and (State(contribution.state), Verb.WITHDRAW) in TRANSITIONS
    )
