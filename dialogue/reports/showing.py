"""Finished reports as pages and downloads show them: read from the disk, checked, never rebuilt."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from dialogue.kernel.db import db
from dialogue.kernel.errors import Gone
from dialogue.participation.addresses import idea_url
from dialogue.participation.models import Contribution
from dialogue.participation.queries.visibility import is_readable
from dialogue.reports import model
from dialogue.reports.folder import files_folder
from dialogue.reports.models import Report
from dialogue.reports.render import page
from dialogue.reports.render.kinds import FORMATS
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

    Words that were taken back since stand as such: a page never shows what is not public now.
    """
    document = document_of(report)
    quoted = _contributions(document)
    public = public_ids(quoted)
    if quoted - public.keys():
        document = _withheld(document, quoted - public.keys())
    return page.context(
        readable(document),
        lambda idea: idea_url(slug, idea, public[idea]) if idea in public else "",
    )


def public_ids(contributions: Collection[int]) -> dict[int, str]:
    """Return which of these the public can read now: id → address part."""
    found: dict[int, str] = {}
    ids = sorted(contributions)
    for start in range(0, len(ids), 500):
        rows = db.session.execute(
            select(Contribution.id, Contribution.slug).where(
                Contribution.id.in_(ids[start : start + 500]), is_readable()
            )
        )
        found.update((row.id, row.slug) for row in rows)
    return found


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


def _contributions(value: Any) -> set[int]:
    """Return the ids of everything quoted in a document."""
    if isinstance(value, dict):
        if {"contribution", "revision", "text"} <= value.keys():
            return {value["contribution"]}
        return set().union(*map(_contributions, value.values()))
    if isinstance(value, list):
        return set().union(*map(_contributions, value))
    return set()


def _withheld(value: Any, gone: Collection[int]) -> Any:
    if isinstance(value, dict):
        if {"contribution", "revision", "text"} <= value.keys() and value["contribution"] in gone:
            return {**value, "text": _("[Taken back since this report]")}
        return {key: _withheld(item, gone) for key, item in value.items()}
    if isinstance(value, list):
        return [_withheld(item, gone) for item in value]
    return value
