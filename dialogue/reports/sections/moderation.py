"""What moderators did, in numbers: the same that the public log of moderation adds up to."""

from __future__ import annotations

from typing import Any

from dialogue.reports.snapshot import Snapshot


def describe(snapshot: Snapshot) -> dict[str, Any]:
    """Return the section `moderation`: what was received, what became of it, and the reasons.

    `decisions`: every decision that stood at the report's moment, by outcome.
    """
    figures = snapshot.moderation
    not_published = sum(figures.reasons.values())
    return {
        "received": figures.received,
        "checked": figures.checked,
        "not_published": not_published,
        "share_not_published": not_published / figures.checked if figures.checked else None,
        "reasons": [
            {"reason": reason, "contributions": count}
            for reason, count in sorted(figures.reasons.items(), key=lambda p: (-p[1], p[0]))
        ],
        "decisions": [
            {"outcome": outcome, "decisions": count}
            for outcome, count in sorted(figures.decisions.items(), key=lambda p: (-p[1], p[0]))
        ],
    }
