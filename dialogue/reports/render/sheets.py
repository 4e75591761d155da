"""XLSX: the numbers in sheets of their own, with a dictionary and the limits.

Every text is written as a string (never as a formula, a link or a number), without the control
characters that a workbook cannot hold.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime

import xlsxwriter

from dialogue.reports.model import Model
from dialogue.reports.render.cells import writable
from dialogue.reports.render.kinds import Circumstances
from dialogue.reports.render.tables import dictionary, limitations, tables

_OPTIONS = {
    "constant_memory": True,
    "in_memory": False,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def render(document: Model, circumstances: Circumstances) -> bytes:
    """Return the workbook."""
    target = io.BytesIO()
    workbook = xlsxwriter.Workbook(target, _OPTIONS)
    workbook.set_properties(
        {
            "title": writable(document["dialogue"]["name"]),
            "author": writable(circumstances.site),
            "created": datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None),  # no clock in files
        }
    )
    bold = workbook.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    for table in (*tables(document), dictionary(document), limitations(document)):
        sheet = workbook.add_worksheet(table.title)
        sheet.freeze_panes(1, 0)
        for place, column in enumerate(table.columns):
            sheet.set_column(place, place, 60 if column.is_wide else 14)
        for place, title in enumerate(table.header):
            sheet.write_string(0, place, title, bold)
        for place, line in enumerate(table.rows, start=1):
            for across, value in enumerate(line):
                if isinstance(value, str):
                    sheet.write_string(place, across, writable(value))
                elif value is not None:
                    sheet.write_number(place, across, value)
    workbook.close()
    return target.getvalue()
