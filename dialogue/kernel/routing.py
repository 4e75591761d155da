"""Numbers in addresses: written in ASCII digits, and none larger than a database can hold."""

from __future__ import annotations

import re

from flask import Flask
from werkzeug.routing import IntegerConverter

_NUMBER = re.compile(r"[0-9]{1,9}")


class Number(IntegerConverter):
    """What `<int:…>` means here; other addresses match no route."""

    regex = _NUMBER.pattern


def attach(app: Flask) -> None:
    """Make `<int:…>` mean such a number; before the first route is registered."""
    app.url_map.converters["int"] = Number


def number(typed: str) -> int | None:
    """Return a number that stands in a form or query; None for anything else."""
    return int(typed) if _NUMBER.fullmatch(typed) else None
