"""The life of a contribution as one table: which verb leads from which state to which."""

from __future__ import annotations

from enum import StrEnum

from flask_babel import lazy_gettext as _l

from dialogue.kernel.errors import Conflict


class State(StrEnum):
    """Where a contribution stands."""

    PENDING = "pending"
    RETURNED = "returned"  # its author is asked to write it otherwise
    PUBLISHED = "published"
    OFF_TOPIC = "off_topic"  # readable at its address, in no list and no count
    MERGED = "merged"  # an idea that lives on in another one
    REJECTED = "rejected"
    HIDDEN = "hidden"  # was public; taken out of sight by a moderator
    BINNED = "binned"  # out of everybody's sight, the author's too; can be put back
    WITHDRAWN = "withdrawn"


class Verb(StrEnum):
    """What can happen to a contribution."""

    APPROVE = "approve"
    REJECT = "reject"
    RETURN = "return"  # for editing
    EDIT = "edit"
    RESEND = "resend"  # the author's one further try after a rejection
    HIDE = "hide"
    SET_ASIDE = "set_aside"  # as off topic
    BIN = "bin"
    MERGE = "merge"
    SPLIT_OFF = "split_off"  # out of the idea it was merged into
    RESTORE = "restore"  # of what was public once
    PUT_BACK = "put_back"  # of what was never public: it waits again
    WITHDRAW = "withdraw"
    RETURN_TO_QUEUE = "return_to_queue"  # the undo of a decision


TRANSITIONS: dict[tuple[State, Verb], State] = {
    (State.PENDING, Verb.APPROVE): State.PUBLISHED,
    (State.PENDING, Verb.REJECT): State.REJECTED,
    (State.PENDING, Verb.RETURN): State.RETURNED,
    (State.PENDING, Verb.EDIT): State.PENDING,
    (State.PENDING, Verb.SET_ASIDE): State.OFF_TOPIC,
    (State.PENDING, Verb.BIN): State.BINNED,
    (State.PENDING, Verb.MERGE): State.MERGED,
    (State.PENDING, Verb.HIDE): State.HIDDEN,  # disowned while it waited
    (State.PENDING, Verb.WITHDRAW): State.WITHDRAWN,
    (State.RETURNED, Verb.EDIT): State.PENDING,
    (State.RETURNED, Verb.WITHDRAW): State.WITHDRAWN,
    (State.RETURNED, Verb.RETURN_TO_QUEUE): State.PENDING,
    (State.PUBLISHED, Verb.APPROVE): State.PUBLISHED,  # an edit of a published one
    (State.PUBLISHED, Verb.REJECT): State.PUBLISHED,  # the earlier wording stays public
    (State.PUBLISHED, Verb.RETURN): State.PUBLISHED,  # the same
    (State.PUBLISHED, Verb.EDIT): State.PUBLISHED,
    (State.PUBLISHED, Verb.HIDE): State.HIDDEN,
    (State.PUBLISHED, Verb.SET_ASIDE): State.OFF_TOPIC,
    (State.PUBLISHED, Verb.BIN): State.BINNED,
    (State.PUBLISHED, Verb.MERGE): State.MERGED,
    (State.PUBLISHED, Verb.WITHDRAW): State.WITHDRAWN,
    (State.PUBLISHED, Verb.RETURN_TO_QUEUE): State.PENDING,
    (State.OFF_TOPIC, Verb.APPROVE): State.PUBLISHED,  # an appeal was right
    (State.OFF_TOPIC, Verb.RESTORE): State.PUBLISHED,
    (State.OFF_TOPIC, Verb.HIDE): State.HIDDEN,
    (State.OFF_TOPIC, Verb.BIN): State.BINNED,
    (State.OFF_TOPIC, Verb.WITHDRAW): State.WITHDRAWN,
    (State.OFF_TOPIC, Verb.RETURN_TO_QUEUE): State.PENDING,
    (State.MERGED, Verb.SPLIT_OFF): State.PUBLISHED,
    (State.MERGED, Verb.WITHDRAW): State.WITHDRAWN,
    (State.REJECTED, Verb.APPROVE): State.PUBLISHED,  # an appeal was right
    (State.REJECTED, Verb.RESEND): State.PENDING,
    (State.REJECTED, Verb.RETURN_TO_QUEUE): State.PENDING,
    (State.HIDDEN, Verb.RESTORE): State.PUBLISHED,
    (State.HIDDEN, Verb.BIN): State.BINNED,
    (State.HIDDEN, Verb.WITHDRAW): State.WITHDRAWN,
    (State.HIDDEN, Verb.RETURN_TO_QUEUE): State.PENDING,
    (State.BINNED, Verb.RESTORE): State.PUBLISHED,
    (State.BINNED, Verb.PUT_BACK): State.PENDING,
    (State.BINNED, Verb.RETURN_TO_QUEUE): State.PENDING,
}

# In lists, counts, search, feeds, reports; the CHECK of `contribution.listed` knows this set.
VISIBLE_STATES = frozenset({State.PUBLISHED})
# Readable by everybody who has the address.
READABLE_STATES = VISIBLE_STATES | {State.OFF_TOPIC}
# The words for readers are kept ready on the row; those of a merged idea show on the other's page.
SHOWN_STATES = READABLE_STATES | {State.MERGED}

STATE_NAMES = {
    State.PENDING: _l("Waiting for a moderator"),
    State.RETURNED: _l("Returned to you"),
    State.PUBLISHED: _l("Published"),
    State.OFF_TOPIC: _l("Off topic"),
    State.MERGED: _l("Merged"),
    State.REJECTED: _l("Not published"),
    State.HIDDEN: _l("Hidden"),
    State.BINNED: _l("In the bin"),
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
