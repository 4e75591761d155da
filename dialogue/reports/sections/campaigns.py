"""Texts that many sent in the same words, each shown once, always with three numbers:
contributions, different texts, people."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import numpy as np

from dialogue.analysis.duplicates import find_campaigns
from dialogue.reports.sections.quotes import opening
from dialogue.reports.sections.tallies import SMALLEST_CELL
from dialogue.reports.snapshot import Snapshot, Text

TEXTS_FOR_CAMPAIGNS = 2


def describe(snapshot: Snapshot) -> dict[str, Any]:
    """Return the section `campaigns`: families of near-identical texts, largest first."""
    texts = snapshot.texts
    everything = {
        "contributions": len(texts),
        "different_texts": len({_folded(text) for text in texts}),
        "people": len({text.author for text in texts}),
    }
    if len(texts) < TEXTS_FOR_CAMPAIGNS:
        return {"state": "too_few", "all": everything, "list": []}
    found = find_campaigns([text.wording for text in texts])
    rows: list[dict[str, Any]] = []
    for number, group in enumerate(found.groups):
        members = [texts[i] for i in np.flatnonzero(found.labels == number)]
        people = len({text.author for text in members})
        rows.append(
            {
                "contributions": [text.id for text in members],
                "different_texts": len({_folded(text) for text in members}),
                "people": people if people >= SMALLEST_CELL else None,
                "quotation": opening(texts[group.exemplar]),
            }
        )
    rows.sort(key=lambda row: (-len(row["contributions"]), row["contributions"]))
    return {"state": "ok" if rows else "none", "all": everything, "list": rows}


def _folded(text: Text) -> str:
    """Two texts are the same when only case, form of letters, spaces or punctuation differ."""
    plain = unicodedata.normalize("NFKC", text.wording).casefold()
    return re.sub(r"[\W_]+", " ", plain).strip()
