"""CSV: one row per idea; and a ZIP of every table with a README, both for any program.

UTF-8 with a byte order mark, so that spreadsheets read any script; no cell is a formula.
"""

from __future__ import annotations

import csv
import io
import zipfile

from flask_babel import gettext as _
from flask_babel import ngettext

from dialogue.reports.model import Model
from dialogue.reports.render.cells import guard
from dialogue.reports.render.kinds import Circumstances
from dialogue.reports.render.tables import Table, counts, ideas, limitations, tables

_NO_CLOCK = (2000, 1, 1, 0, 0, 0)


def render(document: Model, _circumstances: Circumstances) -> bytes:
    """Return the table of ideas as one CSV file."""
    return _csv(ideas(document))


def render_all(document: Model, circumstances: Circumstances) -> bytes:
    """Return a ZIP of all tables as CSV, with a README; the same bytes for the same report."""
    files = {_file(table): _csv(table) for table in tables(document)}
    files["README.txt"] = _readme(document, circumstances).encode()
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as packed:
        for name in sorted(files):
            packed.writestr(zipfile.ZipInfo(name, _NO_CLOCK), files[name], zipfile.ZIP_DEFLATED)
    return target.getvalue()


def _csv(table: Table) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(table.header)
    for row in table.rows:
        writer.writerow([guard(cell) if isinstance(cell, str) else cell for cell in row])
    return text.getvalue().encode("utf-8-sig")


def _file(table: Table) -> str:
    return f"{table.name}.csv"


def _readme(document: Model, circumstances: Circumstances) -> str:
    dialogue, lines = document["dialogue"], []
    name = _("Report %(n)s", n=circumstances.number) if circumstances.number else _("Report")
    lines += [f"{name}: {dialogue['name']}", dialogue["question"], circumstances.site, ""]
    lines += [
        _(
            "Each file is UTF-8 with commas and a header row. A text that a spreadsheet would take"
            " for a formula has an apostrophe in front: take one away to have the text exactly as"
            " written. Names of files and columns are the same in every language."
        ),
        "",
    ]
    for table in tables(document):
        rows = ngettext("%(num)s row", "%(num)s rows", len(table.rows))
        lines += [f"{_file(table)} ({rows}): {table.says}"]
        lines += [f"  {column.name}: {column.meaning}" for column in table.columns]
        lines += [""]
    lines += [_("Counts")]
    lines += [f"  {name}: {value}. {meaning}" for name, meaning, value in counts(document)]
    lines += ["", _("Limitations")]
    lines += [
        f"  {limit}" if value is None else f"  {limit}: {value}"
        for limit, value in limitations(document).rows
    ]
    return "\n".join(lines) + "\n"
