"""The life of a contribution as one table: which verb leads from which state to which."""

from __future__ import annotations

from enum import StrEnum

from flask_babel import lazy_gettext as _l

from dialogue.kernel.errors import Conflict


class State(StrEnum):
    """Where a contribution stands."""

    PENDING = "pending"
    PUBLISHED = "published"
    REJECTED = "rejected"
    HIDDEN = "hidden"
    WITHDRAWN = "withdrawn"


class Verb(StrEnum):
    """What can happen to a contribution."""

    APPROVE = "approve"
    REJECT = "reject"
    EDIT = "edit"
    HIDE = "hide"
    RESTORE = "restore"
    WITHDRAW = "withdraw"
    RETURN_TO_QUEUE = "return_to_queue"  # the undo of a decision


TRANSITIONS: dict[tuple[State, Verb], State] = {
    (State.PENDING, Verb.APPROVE): State.PUBLISHED,
    (State.PENDING, Verb.REJECT): State.REJECTED,
    (State.PENDING, Verb.EDIT): State.PENDING,
    (State.PENDING, Verb.WITHDRAW): State.WITHDRAWN,
    (State.PUBLISHED, Verb.APPROVE): State.PUBLISHED,  # an edit of a published one
    (State.PUBLISHED, Verb.REJECT): State.PUBLISHED,  # the earlier wording stays public
    (State.PUBLISHED, Verb.EDIT): State.PUBLISHED,
    (State.PUBLISHED, Verb.HIDE): State.HIDDEN,
    (State.PUBLISHED, Verb.WITHDRAW): State.WITHDRAWN,
    (State.PUBLISHED, Verb.RETURN_TO_QUEUE): State.PENDING,
    (State.REJECTED, Verb.RETURN_TO_QUEUE): State.PENDING,
    (State.HIDDEN, Verb.RESTORE): State.PUBLISHED,
}

VISIBLE_STATES = frozenset({State.PUBLISHED})

STATE_NAMES = {
    State.PENDING: _l("Waiting for a moderator"),
    State.PUBLISHED: _l("Published"),
    State.REJECTED: _l("Not published"),
    State.HIDDEN: _l("Hidden"),
    State.WITHDRAWN: _l("Withdrawn"),
}


def after(state: str, verb: Verb) -> State:
    """Return the state that `verb` leads to; raises Conflict when it cannot happen there."""
    try:
        return TRANSITIONS[(State(state), verb)]
    except KeyError:
        raise Conflict(
            _l(
                "This is now “%(state)s”, so that cannot be done any more.",
                state=STATE_NAMES[State(state)],
            )
        ) from None
