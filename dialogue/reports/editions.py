"""Editions of a report: the same numbers, fewer words. Pure: documents in, documents out.

When words that a report quotes are not public any more, the next edition has a placeholder in
their place. Nothing else changes: `numbers_digest` covers a document without anybody's words and
without its edition, and is the same for all editions.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from dialogue.reports import model
from dialogue.reports.sections.quotes import is_quotation


def without(document: model.Model, gone: Collection[int]) -> model.Model:
    """Return a document in which nobody's words of these contributions are left; not sealed.

    The digest of a text goes, too: whoever guesses the words must not find them confirmed.
    """
    bare: model.Model = _without(document, frozenset(gone))
    bare["texts"] = [
        {**row, "sha256": None} if row["id"] in gone else row for row in document["texts"]
    ]
    edition = document["edition"]
    bare["edition"] = {**edition, "taken_back": sorted({*edition["taken_back"], *gone})}
    return bare


def following(document: model.Model, gone: Collection[int]) -> model.Model:
    """Return the next edition, sealed, without the words of these contributions."""
    bare = without(document, gone)
    edition = bare["edition"]
    bare["edition"] = {
        **edition,
        "number": edition["number"] + 1,
        "earlier": [*edition["earlier"], document["sha256"]],
    }
    return model.seal(bare)


def numbers_digest(document: model.Model) -> str:
    """Return the digest of everything that all editions of a report have in common."""
    bare = _without(document, None)
    bare["texts"] = [{**row, "sha256": None} for row in document["texts"]]
    return model.digest({key: value for key, value in bare.items() if key != "edition"})


def _without(value: Any, gone: frozenset[int] | None) -> Any:
    """Take the words out of quotations of these contributions; of all where `gone` is None."""
    if is_quotation(value):
        takes = gone is None or value["contribution"] in gone
        return {**value, "text": None} if takes else value
    if isinstance(value, dict):
        return {key: _without(item, gone) for key, item in value.items()}
    if isinstance(value, list):
        return [_without(item, gone) for item in value]
    return value
