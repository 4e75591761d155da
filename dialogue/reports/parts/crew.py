"""Who carries out the parts of a report: one process alone, or all workers that find time.

The making of a report asks a crew to apply a function to many units and gets the results in the
order of the units. How units are put together to parts, and who takes which, changes nothing: a
unit is computed whole, by one, from the same values.
"""

from __future__ import annotations

import itertools
import math
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol

from dialogue.reports.parts.parcels import Parcels
from dialogue.reports.parts.works import CLASSES

Function = Callable[..., Any]
Unit = tuple[Any, ...]
Results = Callable[[], list[Any]]

_PART_SECONDS = 1.0  # a shorter part costs more to hand over than it saves
_MOST_PARTS = 32  # of a stage


class Crew(Protocol):
    """Carries out stages."""

    def begin(self, function: Function, units: Iterable[Unit], *, seconds: float) -> Results:
        """Begin to apply `function` to each unit; the call that is returned waits for the results,
        in the order of the units. `seconds`: about what all of it takes one core."""
        ...


class Alone:
    """Does everything here and now, when the results are asked for.

    `shards`: cuts every stage into so many parts all the same, each through files and back, as
    workers do: what a report must not depend on.
    """

    def __init__(self, shards: int = 0) -> None:
        self._shards = shards

    def begin(self, function: Function, units: Iterable[Unit], *, seconds: float) -> Results:
        """See Crew."""
        if not self._shards:
            return lambda: [function(*unit) for unit in units]
        return lambda: self._in_parts(function, list(units))

    def _in_parts(self, function: Function, units: list[Unit]) -> list[Any]:
        results: list[Any] = []
        with tempfile.TemporaryDirectory(prefix="dialogue-report-") as folder:
            parcels = Parcels(Path(folder), CLASSES)
            for part in cut(units, self._shards):
                there = parcels.get(parcels.put(part))
                results += parcels.get(parcels.put([function(*unit) for unit in there]))
        return results


def cut(units: Sequence[Unit], parts: int) -> list[list[Unit]]:
    """Put neighbouring units together to at most so many parts of nearly the same length."""
    parts = max(1, min(parts, len(units)))
    bounds = [len(units) * place // parts for place in range(parts + 1)]
    return [list(units[a:b]) for a, b in itertools.pairwise(bounds) if a < b]


def number_of_parts(seconds: float) -> int:
    """Return into how many parts a stage is cut that takes one core so long."""
    return max(1, min(_MOST_PARTS, math.ceil(seconds / _PART_SECONDS)))
