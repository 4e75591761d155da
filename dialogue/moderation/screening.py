"""What a text shows at first sight, as a moderator needs it: where, what kind, how urgent.

Findings are suggestions: they order the queue and mark words, and decide nothing. They are stored
with the queue item as kinds and places, never as the words themselves, so that a redaction of the
text leaves nothing behind here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dialogue.analysis import screening, spam_learning
from dialogue.analysis.likeness import Likeness
from dialogue.analysis.spam_learning import SpamModel
from dialogue.analysis.spans import DetailKind
from dialogue.analysis.watching import Match, WatchList, spans_over
from dialogue.kernel import marks
from dialogue.moderation.models import Lane

LIKELY_SPAM = 0.5  # of spam_score; from here on the queue says so

# Where waiting does harm, the item stands before the older ones.
RISK_DANGER = 6
RISK_APPEAL = 5  # somebody was refused and waits for a second look
RISK_FLAGGED = 4  # people ask for a look at what everybody can read
RISK_HELD = 3  # out of sight until somebody looks: disowned, or flagged often enough
RISK_VISIBLE_DETAILS = 2  # the public can read the details already
RISK_VISIBLE = 1
RISK_NONE = 0

# Lanes that people put an item into. It stays there whatever screening finds in the words, except
# that danger comes first, and whatever wording its author sends next.
RAISED = frozenset({Lane.FLAGGED, Lane.APPEALS, Lane.DISOWNED, Lane.SAFETY})


@dataclass(frozen=True)
class Found:
    """A stretch [start, end) of the title, or of the reading text of the words under it."""

    field: str  # "title" or "text"
    start: int
    end: int
    kind: DetailKind


@dataclass(frozen=True)
class Alike:
    """The earliest contribution that says nearly the same, and what this one adds to it."""

    contribution_id: int
    kind: str  # participation.Kind
    others: int  # how many more are very like it
    own: tuple[Found, ...] = ()


@dataclass(frozen=True)
class Findings:
    """What screening found: details, danger, words of a watch list, advertising, a like text."""

    details: tuple[Found, ...] = ()
    danger: tuple[Found, ...] = ()
    spam: float = 0.0
    watched: tuple[Found, ...] = ()
    alike: Alike | None = None
    doubts: tuple[str, ...] = ()  # about the account that sent it: accounts.Hint

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
            "doubts": list(self.doubts),
            "watched": [[f.field, f.start, f.end, str(f.kind)] for f in self.watched],
            "alike": None
            if self.alike is None
            else {
                "contribution": self.alike.contribution_id,
                "kind": self.alike.kind,
                "others": self.alike.others,
                "own": [[f.field, f.start, f.end, str(f.kind)] for f in self.alike.own],
            },
        }


def from_signals(signals: dict[str, Any]) -> Findings:
    """Return the findings that `to_signals` stored; empty ones for an item not looked at yet."""
    return Findings(
        details=tuple(_stored(row) for row in signals.get("details", ())),
        danger=tuple(_stored(row) for row in signals.get("danger", ())),
        spam=float(signals.get("spam", 0.0)),
        watched=tuple(_stored(row) for row in signals.get("watched", ())),
        alike=_stored_alike(signals.get("alike")),
        doubts=tuple(signals.get("doubts", ())),
    )


def look_at(
    title: str,
    html: str,
    *,
    public_numbers: Collection[str],
    watch_list: WatchList | None = None,
    targets: Mapping[str, str] | None = None,
    model: SpamModel | None = None,
) -> Findings:
    """Screen a wording as readers see it, and the addresses behind its links.

    `public_numbers`: helplines and public contacts, which are never reported. `targets`: where the
    stored links lead, by their address in the HTML. `model`: what was learned about advertising.
    O(n).
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
        spam=spam_learning.score(f"{title}\n{words}".strip(), model),
        watched=_watched(title, html, words, watch_list, targets or {}) if watch_list else (),
    )


def whole(title: str, words: str) -> str:
    """Return title and words as one text, the way like texts are compared."""
    return f"{title}\n{words}"


def alike(contribution_id: int, kind: str, *, others: int, likeness: Likeness, title: str) -> Alike:
    """Return what a moderator is shown of a like text; `likeness` is of the `whole` wording."""
    own = []
    for start, end in likeness.own:
        if start < len(title):
            own.append(Found("title", start, min(end, len(title)), DetailKind.OWN_WORDS))
        if end > len(title) + 1:
            shift = len(title) + 1
            own.append(Found("text", max(start - shift, 0), end - shift, DetailKind.OWN_WORDS))
    return Alike(contribution_id, kind, others, tuple(own))


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


def is_distressing(findings: Findings) -> bool:
    """Tell whether a wording is hard to read: it tells of violence, captivity or self-harm."""
    return any(found.kind in _HARD for found in findings.danger)


_HARD = frozenset({DetailKind.VIOLENCE, DetailKind.CAPTIVITY, DetailKind.SELF_HARM})


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


def _watched(
    title: str, html: str, words: str, watch_list: WatchList, targets: Mapping[str, str]
) -> tuple[Found, ...]:
    """Return what stands on the list: in the title, in the words, and behind links."""
    behind = [
        Match(link.start, link.end, entry)
        for link in marks.links(html)
        if link.start < link.end
        and (entry := watch_list.entry_of(targets.get(link.href, link.href)))
    ]
    in_title = spans_over(watch_list.find(title))
    in_words = spans_over([*watch_list.find(words), *behind])
    return tuple(
        Found(field, start, end, DetailKind.WATCHED)
        for field, spans in (("title", in_title), ("text", in_words))
        for start, end in spans
    )


def _stored_alike(row: Mapping[str, Any] | None) -> Alike | None:
    if not row:
        return None
    own = tuple(_stored(found) for found in row["own"])
    return Alike(int(row["contribution"]), str(row["kind"]), int(row["others"]), own)


def _stored(row: Sequence[Any]) -> Found:
    field, start, end, kind = row
    return Found(str(field), int(start), int(end), DetailKind(kind))
