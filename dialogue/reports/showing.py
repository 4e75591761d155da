"""Finished reports as pages and downloads show them: read from the disk, checked, never rebuilt."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask_babel import gettext as _

from dialogue.kernel.errors import DomainError, Gone
from dialogue.participation.addresses import comment_url, idea_url
from dialogue.reports import editions, hand, model, queries
from dialogue.reports.folder import files_folder
from dialogue.reports.models import Report
from dialogue.reports.render import page
from dialogue.reports.render.kinds import FORMATS
from dialogue.reports.render.language import speaking
from dialogue.reports.render.readable import readable


@dataclass(frozen=True)
class Download:
    """A file of a report, as the panel of downloads names it."""

    name: str
    note: str
    url: str


def document_of(report: Report) -> model.Model:
    """Return the document of a finished report; raises Gone when its file is not there."""
    file = report.file("json")
    if file is None:
        raise Gone(_("The files of this report are not here any more."))
    path = files_folder() / file.path
    try:
        return _read(path, file.sha256)
    except OSError:
        raise Gone(_("The files of this report are not here any more.")) from None


def page_context(report: Report, slug: str) -> dict[str, Any]:
    """Return what `reports/body.html` needs for a finished report.

    Words that were taken back since stand as such: whatever edition lies on the disk, a page never
    shows what is not public now. A draft is shown with what people changed in it up to now.
    """
    document, now = _as_it_stands(report)
    with speaking(document):
        given = page.context(readable(document), lambda idea: _address(slug, idea, now.public))
    return {**given, "is_behind": bool(now.taken_back)}


def readable_now(report: Report) -> model.Model:
    """Return the document as people read it at this moment."""
    document, _now = _as_it_stands(report)
    with speaking(document):
        return readable(document)


def with_changes(report: Report, document: model.Model) -> model.Model:
    """Return the document of a draft with what people changed in it up to now."""
    if report.published_at is not None:
        return document
    edits = hand.replay(document, queries.edits_of(report.id), queries.counter(document))
    return {**document, "hand": hand.for_document(edits)}


def _as_it_stands(report: Report) -> tuple[model.Model, queries.Quoted]:
    document = with_changes(report, document_of(report))
    now = queries.quoted_now(document)
    if now.taken_back:
        document = editions.without(document, now.taken_back)
    return document, now


def say_when_behind(report: Report) -> None:
    """Raise a refusal while the files of a report hold words that are not public any more.

    A new edition is being written then; until it is there, nobody gets the old one.
    """
    if queries.quoted_now(document_of(report)).taken_back:
        raise DomainError(
            _(
                "Words that this report quotes are not public any more. It is being written again"
                " without them. Come back in a minute."
            ),
            status=503,
            retry_after=60,
        )


def _address(slug: str, contribution: int, public: dict[int, str]) -> str:
    if contribution not in public:
        return ""
    part = public[contribution]
    return idea_url(slug, contribution, part) if part else comment_url(contribution)


def downloads(report: Report, base: str) -> list[Download]:
    """Return the files of a report in the order of the page; `base` is the report's address."""
    names = {
        "pdf": (_("PDF, tagged"), "PDF"),
        "docx": (_("For editing"), "DOCX"),
        "xlsx": (_("Spreadsheet"), "XLSX"),
        "csv": (_("Ideas and votes"), "CSV"),
        "zip": (_("All tables"), "CSV in a ZIP"),
        "json": (_("Open data"), "JSON"),
    }
    found = []
    for kind in FORMATS:
        file = report.file(kind)
        if file is not None:
            name, word = names[kind]
            found.append(Download(name, f"{word}, {_size(file.size)}", f"{base}/report.{kind}"))
    return found


def _size(size: int) -> str:
    if size < 1_000_000:
        return _("%(n)s kB", n=max(1, round(size / 1000)))
    return _("%(n)s MB", n=f"{size / 1_000_000:.1f}")


@lru_cache(maxsize=8)
def _read(path: Path, sha256: str) -> model.Model:
    document: model.Model = json.loads(path.read_bytes())
    return document
