"""What a file says about its making that is not in the document; and that it cannot be made."""

from __future__ import annotations

from dataclasses import dataclass


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
