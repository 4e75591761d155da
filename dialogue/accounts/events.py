"""What happened in accounts, for `wiring.py` to pass on. Ids and primitives only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CopyRequested:
    """A person wants a copy of everything held about them."""

    copy_id: int


@dataclass(frozen=True)
class DepartureBegun:
    """An account is closed for good; what it holds is to be erased."""

    departure_id: int
