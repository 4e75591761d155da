"""What moderators did, in numbers."""

from __future__ import annotations

from typing import Any

from dialogue.participation.lifecycle import State
from dialogue.reports.snapshot import Snapshot


def describe(snapshot: Snapshot) -> dict[str, Any]:
    """Return the section `moderation`: what was received, what became of it, and the reasons."""
    figures = snapshot.moderation
    not_published = figures.states.get(State.REJECTED, 0)
    checked = figures.received - figures.states.get(State.PENDING, 0)
    return {
        "received": figures.received,
        "checked": checked,
        "states": figures.states,
        "not_published": not_published,
        "share_not_published": not_published / checked if checked else None,
        "reasons": [
            {"reason": reason, "contributions": count}
            for reason, count in sorted(figures.reasons.items(), key=lambda p: (-p[1], p[0]))
        ],
    }
