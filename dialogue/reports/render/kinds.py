"""Which files a report has. Light: pages know them without loading what makes them."""

from __future__ import annotations

from dataclasses import dataclass

# What a finished report offers for download, in the order of the page.
FORMATS = ("pdf", "docx", "xlsx", "csv", "zip", "json")

MEDIA_TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
    "zip": "application/zip",
    "json": "application/json",
    "html": "text/html",
}


class CannotRender(Exception):
    """A file cannot be made; `sentence` tells the officer why."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class Circumstances:
    """The number of the report (0: made by hand on the command line) and the site's name."""

    number: int
    site: str
