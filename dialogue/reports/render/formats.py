"""The one call that makes a file of any format."""

from __future__ import annotations

import json
from collections.abc import Callable

from dialogue.reports import model
from dialogue.reports.render import page, paper, rows, sheets, word
from dialogue.reports.render.kinds import Circumstances
from dialogue.reports.render.language import speaking
from dialogue.reports.render.readable import readable

_RENDERERS: dict[str, Callable[[model.Model, Circumstances], bytes]] = {
    "pdf": paper.render,
    "docx": word.render,
    "xlsx": sheets.render,
    "csv": rows.render,
    "zip": rows.render_all,
    "html": page.render,
}


def render(document: model.Model, kind: str, circumstances: Circumstances) -> bytes:
    """Return the file of one format; raises CannotRender with a sentence for the officer.

    The JSON file is the document; every other renderer is given it as people read it, and writes
    in the report's language.
    """
    if kind == "json":
        return model.to_bytes(document)
    with speaking(document):
        return _RENDERERS[kind](readable(document), circumstances)


def render_document(document: bytes, kind: str, number: int, site: str) -> bytes:
    """Return the file of one format, of a document as `model.to_bytes` writes it."""
    return render(json.loads(document), kind, Circumstances(number, site))
