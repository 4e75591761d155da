"""Quotations: the public's words, never changed, with the place they were taken from."""

from __future__ import annotations

import re
from typing import Any

from dialogue.reports.snapshot import Text

LONGEST = 240  # code points
_SENTENCE_END = re.compile(r"(?<=[.!?。！？])\s*|\n+")


def quote(text: Text, start: int, end: int) -> dict[str, Any]:
    """Return the span of a contribution's wording as a quotation."""
    return {
        "contribution": text.id,
        "revision": text.revision,
        "start": start,
        "end": end,
        "text": text.wording[start:end],
    }


def whole_title(text: Text) -> dict[str, Any]:
    """Quote the title of an idea (of a contribution without one: its opening)."""
    return quote(text, 0, len(text.title)) if text.title else opening(text)


def opening(text: Text) -> dict[str, Any]:
    """Quote the first sentences, as many as fit; a long first sentence is cut between words."""
    wording = text.wording
    start = len(wording) - len(wording.lstrip())
    whole = len(wording.rstrip())
    ends = [match.start() for match in _SENTENCE_END.finditer(wording, start + 1)]
    fitting = [end for end in (*ends, whole) if start < end <= min(start + LONGEST, whole)]
    if fitting:
        end = fitting[-1]
    else:
        space = wording.rfind(" ", start + LONGEST // 2, start + LONGEST)
        end = space if space > 0 else min(start + LONGEST, whole)
    return quote(text, start, max(end, start))
