"""A document as people read it: with a person's changes, and placeholders where words are gone."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from dialogue.reports import hand
from dialogue.reports.model import Model
from dialogue.reports.sections.quotes import is_quotation


def readable(document: Model) -> Model:
    """Return what pages and files show; the JSON file alone is the document itself."""
    shown: Model = _filled(hand.applied(document), _("[Taken back since this report]"))
    return shown


def _filled(value: Any, placeholder: str) -> Any:
    if is_quotation(value):
        return value if value["text"] is not None else {**value, "text": placeholder}
    if isinstance(value, dict):
        return {key: _filled(item, placeholder) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, placeholder) for item in value]
    return value
