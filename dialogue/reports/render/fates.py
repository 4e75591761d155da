"""What became of something that a report had and a later one has not, in words."""

from __future__ import annotations

from flask_babel import gettext as _

from dialogue.participation.lifecycle import State
from dialogue.reports.queries import Fate


def fate_words(fate: Fate | None) -> str:
    """Return what became of a contribution; without its words, which are not public."""
    if fate is None:
        return _("is not there any more")
    if fate.state == State.MERGED:
        return _("merged into idea %(n)s", n=fate.merged_into)
    return {
        State.WITHDRAWN: _("withdrawn by its author"),
        State.HIDDEN: _("hidden by a moderator"),
        State.OFF_TOPIC: _("set aside as off topic"),
        State.BINNED: _("taken away by a moderator"),
        State.PENDING: _("waits for a moderator again"),
        State.RETURNED: _("returned to its author"),
        State.REJECTED: _("not published"),
        State.PUBLISHED: _("public again"),
    }.get(State(fate.state), fate.state)
