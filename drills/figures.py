"""What a drill finds: figures, each beside the promise it has to keep."""

from __future__ import annotations

import dataclasses
import json
import signal
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import pytest

from tests.parts import run


@dataclasses.dataclass(frozen=True)
class Figure:
    """One thing measured. Without a promise it is there to be read only."""

    name: str
    value: float | str
    promise: str = ""
    holds: bool = True


def none(name: str, value: int) -> Figure:
    """Nothing of this kind may happen."""
    return Figure(name, value, "0", value == 0)


def at_most(name: str, value: float, limit: float) -> Figure:
    return Figure(name, round(value, 3), f"≤ {limit:g}", value <= limit)


def at_least(name: str, value: float, limit: float) -> Figure:
    return Figure(name, round(value, 3), f"≥ {limit:g}", value >= limit)


def equal(name: str, value: float | str, wanted: float | str) -> Figure:
    return Figure(name, value, f"= {wanted}", value == wanted)


def seen(name: str, value: float | str) -> Figure:
    """A figure that nothing was promised about."""
    return Figure(name, round(value, 3) if isinstance(value, float) else value)


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which this share of the values lies; 0 when there are none."""
    if len(values) < 2:
        return values[0] if values else 0.0
    return statistics.quantiles(values, n=100, method="inclusive")[round(share * 100) - 1]


def main(drill: Callable[[], Sequence[Figure]]) -> NoReturn:
    """Run one drill with parts of its own, print what it found, and exit 1 if a promise broke.

    Standard output carries the JSON alone; what the product says goes to standard error.
    """
    signal.signal(signal.SIGTERM, _end)
    out, sys.stdout = sys.stdout, sys.stderr
    began = time.monotonic()
    result: dict[str, Any] = {"figures": [], "holds": False}
    run.begin()
    try:
        figures = drill()
    except pytest.skip.Exception as missing:
        result |= {"skipped": str(missing.msg), "holds": True}
    except pytest.fail.Exception as problem:
        result |= {"failed": str(problem.msg)}
    else:
        result["figures"] = [dataclasses.asdict(figure) for figure in figures]
        result["holds"] = all(figure.holds for figure in figures)
    finally:
        run.end()
    result["seconds"] = round(time.monotonic() - began, 1)
    json.dump(result, out, ensure_ascii=False, indent=2)
    print(file=out)
    sys.exit(0 if result["holds"] else 1)


def _end(number: int, frame: object) -> NoReturn:
    """TERM unwinds the drill, so that everything it started ends with it."""
    sys.exit(128 + number)
