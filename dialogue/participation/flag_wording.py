"""The words for reasons and outcomes of flags, as people choose and read them."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from dialogue.participation.models import FlagOutcome, FlagReason

REASONS = {
    FlagReason.PERSONAL_DETAILS: _l("It names somebody or gives personal details"),
    FlagReason.THREATS: _l("It threatens, insults or attacks people"),
    FlagReason.DANGER: _l("Somebody may be in danger"),
    FlagReason.UNRELATED: _l("It is advertising, or not about this dialogue’s question"),
    FlagReason.OTHER: _l("Something else is wrong with it"),
}

OUTCOMES = {
    FlagOutcome.ACTED: _l("A moderator looked and changed something."),
    FlagOutcome.KEPT: _l("A moderator looked: it stays as it is."),
}
