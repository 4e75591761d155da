"""The personal-data map: of every table that leads to a person, how its rows are handed out to
them and how they go when the person leaves.

`wiring.PERSONAL_DATA` is the map; a test compares it with the tables that there are. The functions
in it stand in `personal.py` of each slice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, select

from dialogue.kernel.db import db


@dataclass(frozen=True)
class Person:
    """Whose data is meant: an account, every address it had, and the participants it stands behind.

    Read once before the work begins, so that each step finds its rows whatever went before.
    """

    user_id: int
    addresses: tuple[str, ...]  # folded
    participants: tuple[int, ...]


@dataclass(frozen=True)
class Leaving:
    """Somebody leaves: who, when, and whether the words go that the public reads of them."""

    person: Person
    words_go: bool
    now: datetime


Row = Mapping[str, Any]
Export = Callable[[Person], Sequence[Row]]
Erase = Callable[[Leaving], bool]


@dataclass(frozen=True)
class Held:
    """What one table holds of a person.

    `export` returns the rows as the person may read them. `erase` removes them, or what in them
    tells of the person, in the current transaction; it may stop after a part and return True: then
    it is called again, in a transaction of its own. What is not exported or does not go has its
    reason in `why`. Raises ValueError for a table without a reason.
    """

    export: Export | None = None
    erase: Erase | None = None
    why: str = ""

    def __post_init__(self) -> None:
        if (self.export is None or self.erase is None) and not self.why:
            raise ValueError("Say why the person does not get this, or why it stays.")


PersonalData = Mapping[str, Held]


def configure(app: Any, table: PersonalData) -> None:
    """Give the application the map (from `wiring.py`); done by `create_app`."""
    app.extensions["personal_data"] = table


def held() -> PersonalData:
    """Return the map: tables by name, in the order in which they are erased."""
    found: PersonalData = current_app.extensions["personal_data"]
    return found


def rows(model: Any, *where: ColumnElement[bool], only: Sequence[str] = ()) -> list[Row]:
    """Return the rows of one table that fit, `only` these columns of them (all when empty)."""
    table = model.__table__
    columns = [table.c[name] for name in only] if only else list(table.c)
    found = db.session.execute(select(*columns).where(*where).order_by(*table.primary_key))
    return [dict(row) for row in found.mappings()]
