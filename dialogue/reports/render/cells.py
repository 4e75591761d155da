"""Text that goes into spreadsheets: it must stay text, whatever the public wrote.

Spreadsheet programs run a cell that starts like a formula. In CSV such a cell gets an apostrophe
in front, and so does one that already starts with apostrophes before such a sign: taking one
apostrophe away gives every text back exactly.
"""

from __future__ import annotations

import re

# The signs that start a formula, also in full width, and what programs skip in front of them.
_STARTS = "=+\\-@\t\r\n\0＝＋－＠"
_DANGEROUS = re.compile(f"'*[{_STARTS}]")
_ESCAPED = re.compile(f"''*[{_STARTS}]")
# XML 1.0 has no place for these; lone surrogates cannot be written at all.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
LONGEST = 32_767  # characters that a spreadsheet cell can hold


def guard(text: str) -> str:
    """Return the text as a CSV cell that no program takes for a formula."""
    return "'" + text if _DANGEROUS.match(text) else text


def unguard(cell: str) -> str:
    """Return the text that `guard` was given."""
    return cell[1:] if _ESCAPED.match(cell) else cell


def writable(text: str) -> str:
    """Return the text without what a workbook cannot hold, cut at what a cell can hold."""
    return _UNWRITABLE.sub("", text)[:LONGEST]
