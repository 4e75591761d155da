"""The figures to reach, and which of them are missed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

KB = 1000


def beside(measured: dict[str, Any], growth: dict[str, float]) -> dict[str, Any]:
    """Each figure with what was measured at the first size, and whether it is reached."""
    first = next(iter(measured.values()))
    figures = {
        name: {"measured": value, "to_reach": limit, "met": met}
        for name, value, limit, met in (*_of_one_size(first), *_of_growth(growth))
    }
    return {
        "figures": figures,
        "missed": [name for name, figure in figures.items() if not figure["met"]],
    }


Row = tuple[str, float, str, bool]


def _at_most(name: str, value: float, limit: float) -> Row:
    return name, value, f"≤ {limit:g}", value <= limit


def _at_least(name: str, value: float, limit: float) -> Row:
    return name, value, f"≥ {limit:g}", value >= limit


def _of_one_size(found: dict[str, Any]) -> Iterator[Row]:
    for name, limit in (
        ("idea", 2.0),
        ("idea, gunicorn", 3.0),
        ("idea, member", 2.5),
        ("idea, member, gunicorn", 4.0),
        ("list", 3.0),
        ("idea, copy", 1.0),
        ("list, copy", 1.0),
    ):
        yield _at_most(f"{name}: cpu x", found["pages"][name]["x"], limit)
    for name, limit in (("idea", 6), ("list", 5), ("idea, member", 9), ("queue, 1,000 waiting", 8)):
        yield _at_most(f"{name}: SQL statements", found["sql"][name], limit)
    size = found["bytes"]["idea"]
    yield _at_most("idea: kB raw", size["raw"] / KB, 60)
    yield _at_most("idea: kB compressed", size["gzip"] / KB, 12)
    yield _at_most("idea with assets: kB", size["with_assets"] / KB, 150)
    writes = found["writes"]
    yield _at_most("comment: cpu x", writes["comment"]["x"], 10)
    yield _at_most("decision, 1,000 waiting: cpu x", writes["decision, 1,000 waiting"]["x"], 8)
    vote = writes["vote"]
    yield _at_most("vote: cpu x", vote["x"], 4)
    yield _at_least("vote: share of bare INSERT + COMMIT", vote["of_bare_inserts"], 0.4)
    yield _at_most("vote: longest by median", vote["longest_by_median"], 20)
    yield _at_most("writes refused", sum(kind["not_303"] for kind in writes.values()), 0)
    for kind, word, limit in (("", "", 100), ("_copy", ", copy", 50)):
        for name, waits in found[f"fifty_connections{kind}"].items():
            label = f"{name}{word}, 50 connections"
            yield _at_most(f"{label}: p99 ms", waits["p99_ms"], limit)
            by_median = round(waits["p99_ms"] / waits["p50_ms"], 2)
            yield _at_most(f"{label}: p99 by p50", by_median, 5)
    yield _at_most("web worker: MB", found["memory_mb"]["web"], 90)
    yield _at_most("idle worker process: MB", found["memory_mb"]["worker"]["resident"], 130)


def _of_growth(growth: dict[str, float]) -> Iterator[Row]:
    for name, times in growth.items():
        yield _at_most(f"{name}: growth", times, 2.0 if name.startswith("search") else 1.2)
