"""What a text shows at first sight, as a moderator needs it: where, what kind, how urgent.

Findings are suggestions: they order the queue and mark words, and decide nothing. They are stored
with the queue item as kinds and places, never as the words themselves, so that a redaction of the
text leaves nothing behind here.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from dialogue.analysis import screening
from dialogue.analysis.spans import DetailKind
from dialogue.kernel import marks
from dialogue.moderation.models import Lane

LIKELY_SPAM = 0.5  # of spam_score; from here on the queue says so

# Where waiting does harm, the item stands before the older ones.
RISK_DANGER = 3
RISK_VISIBLE_DETAILS = 2  # the public can read the details already
RISK_VISIBLE = 1
RISK_NONE = 0


@dataclass(frozen=True)
class Found:
    """A stretch [start, end) of the title, or of the reading text of the words under it."""

    field: str  # "title" or "text"
    start: int
    end: int
    kind: DetailKind


@dataclass(frozen=True)
class Findings:
    """Personal details, words of present danger, and how much it looks like advertising."""

    details: tuple[Found, ...] = ()
    danger: tuple[Found, ...] = ()
    spam: float = 0.0

    @property
    def is_likely_spam(self) -> bool:
        """Tell whether the queue calls it likely spam."""
        return self.spam >= LIKELY_SPAM

    def counts(self) -> dict[DetailKind, int]:
        """Return how many details of each kind were found, in the order they appear."""
        counted: dict[DetailKind, int] = {}
        for found in self.details:
            counted[found.kind] = counted.get(found.kind, 0) + 1
        return counted

    def to_signals(self) -> dict[str, Any]:
        """Return what `QueueItem.signals` stores; `from_signals` reads it back."""
        return {
            "details": [[f.field, f.start, f.end, str(f.kind)] for f in self.details],
            "danger": [[f.field, f.start, f.end, str(f.kind)] for f in self.danger],
            "spam": self.spam,
        }


def from_signals(signals: dict[str, Any]) -> Findings:
    """Return the findings that `to_signals` stored; empty ones for an item not looked at yet."""
    return Findings(
        details=tuple(_stored(row) for row in signals.get("details", ())),
        danger=tuple(_stored(row) for row in signals.get("danger", ())),
        spam=float(signals.get("spam", 0.0)),
    )


def look_at(title: str, html: str, *, public_numbers: Collection[str]) -> Findings:
    """Screen a wording as readers see it, and the addresses behind its links.

    `public_numbers`: helplines and public contacts, which are never reported. O(n).
    """
    words = marks.reading_text(html)
    details = [
        Found(field, span.start, span.end, span.kind)
        for field, text in (("title", title), ("text", words))
        for span in screening.personal_data(text, public_numbers=public_numbers)
    ]
    details += _behind_links(html, details, public_numbers)
    danger = [
        Found(field, span.start, span.end, span.kind)
        for field, text in (("title", title), ("text", words))
        for span in screening.danger_words(text)
    ]
    return Findings(
        details=tuple(sorted(details, key=lambda f: (f.field != "title", f.start))),
        danger=tuple(danger),
        spam=screening.spam_score(f"{title}\n{words}".strip()),
    )


def lane_of(findings: Findings, *, is_edit: bool) -> Lane:
    """Return the lane in which an item with these findings waits."""
    if findings.danger:
        return Lane.SAFETY
    return Lane.EDITED if is_edit else Lane.NEW


def risk_of(findings: Findings, *, is_visible: bool) -> int:
    """Return how urgent an item is; `is_visible`: the public can read this wording already."""
    if findings.danger:
        return RISK_DANGER
    if is_visible:
        return RISK_VISIBLE_DETAILS if findings.details else RISK_VISIBLE
    return RISK_NONE


def _behind_links(
    html: str, known: Sequence[Found], public_numbers: Collection[str]
) -> list[Found]:
    """Return mail addresses and telephone numbers that a link hides under other words."""
    covered = [(f.start, f.end) for f in known if f.field == "text"]
    found = []
    for link in marks.links(html):
        if not link.href.startswith(("mailto:", "tel:")) or link.start == link.end:
            continue
        if any(start < link.end and link.start < end for start, end in covered):
            continue
        address = link.href.split(":", 1)[1]
        found += [
            Found("text", link.start, link.end, span.kind)
            for span in screening.personal_data(address, public_numbers=public_numbers)
        ]
    return found


def _stored(row: Sequence[Any]) -> Found:
    field, start, end, kind = row
    return Found(str(field), int(start), int(end), DetailKind(kind))
