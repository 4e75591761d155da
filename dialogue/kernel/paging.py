"""Keyset paging: a page starts after the last row of the one before, whatever was added since."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Row = TypeVar("Row")


@dataclass(frozen=True)
class Page(Generic[Row]):
    """The rows of one page, and the cursors of its neighbours (None where there is none)."""

    rows: Sequence[Row]
    older: str | None = None
    newer: str | None = None


def encode(*keys: int | str) -> str:
    """Return the keys of a row as one address-safe word."""
    return base64.urlsafe_b64encode(json.dumps(keys).encode()).decode().rstrip("=")


def decode(cursor: str, kinds: Sequence[type]) -> tuple[int | str, ...] | None:
    """Return the keys of `cursor`; None when it is not one of ours (then the first page shows)."""
    if not cursor or len(cursor) > 200:
        return None
    try:
        keys = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return None
    if not isinstance(keys, list) or len(keys) != len(kinds):
        return None
    if any(type(key) is not kind for key, kind in zip(keys, kinds, strict=True)):
        return None
    if any(isinstance(key, int) and abs(key) >= 2**63 for key in keys):
        return None
    return tuple(keys)


def within_numbers(key: int | str) -> int:
    """Return a number out of a cursor as one that a column can hold: none beyond is in use."""
    return max(-(2**31), min(int(key), 2**31 - 1))
