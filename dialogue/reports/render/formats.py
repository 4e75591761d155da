"""Which formats there are, and the one call that makes any of them."""

from __future__ import annotations

from collections.abc import Callable

from dialogue.reports import model
from dialogue.reports.render import page, paper, rows, sheets
from dialogue.reports.render.circumstances import CannotRender, Circumstances

__all__ = ["FORMATS", "MEDIA_TYPES", "CannotRender", "Circumstances", "render"]

# What a finished report offers for download, in the order of the page.
FORMATS = ("pdf", "xlsx", "csv", "json")

MEDIA_TYPES = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "html": "text/html; charset=utf-8",
}

_RENDERERS: dict[str, Callable[[model.Model, Circumstances], bytes]] = {
    "pdf": paper.render,
    "xlsx": sheets.render,
    "csv": rows.render,
    "json": lambda document, circumstances: model.to_bytes(document),
    "html": page.render,
}


def render(document: model.Model, kind: str, circumstances: Circumstances) -> bytes:
    """Return the file of one format; raises CannotRender with a sentence for the officer."""
    return _RENDERERS[kind](document, circumstances)
