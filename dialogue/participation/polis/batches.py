"""Many rows at a time: how a load writes, and how it tells how far it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import insert

from dialogue.kernel.db import db

BATCH = 5_000  # rows of one statement

Progress = Callable[[int], None]  # told how many rows were written since the last time
Row = TypeVar("Row")


def batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Yield the rows in lists of at most BATCH."""
    rows = iter(rows)
    while part := list(islice(rows, BATCH)):
        yield part


def insert_rows(model: type[Any], rows: list[dict[str, Any]]) -> Sequence[int]:
    """Insert rows of a model and return their new ids, in the order of the rows."""
    returning = insert(model).returning(model.id, sort_by_parameter_order=True)
    return db.session.scalars(returning, rows).all()
