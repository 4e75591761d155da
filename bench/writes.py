"""What votes, comments and decisions cost, and how long they wait for each other."""

from __future__ import annotations

import itertools
import sqlite3
import statistics
import time
from collections.abc import Iterator
from typing import Any

from bench import load, servers, world
from bench.world import SignedIn, World

CONNECTIONS = 8


def measure(
    of: World,
    app: servers.Server,
    ruler: servers.Server,
    members: list[SignedIn],
    moderator: SignedIn,
    rounds: int,
    seconds: float,
) -> dict[str, Any]:
    """Votes over eight connections; comments over two; decisions over one, as people decide."""
    kinds = {
        "vote": (world.votes(of, members), CONNECTIONS),
        "comment": (world.comments(of, members), 2),
        "decision, 1,000 waiting": (world.decisions(of, moderator), 1),
    }
    found: dict[str, list[dict[str, float]]] = {name: [] for name in kinds}
    for _round in range(rounds):
        unit = _cost(ruler, itertools.repeat(load.get("/")), 4, seconds)[0]
        bare = bare_inserts(of, seconds / 2)
        for name, (requests, connections) in kinds.items():
            one, got = _cost(app, requests, connections, seconds)
            found[name].append(
                {
                    "x": one / unit,
                    "writes_a_second": got.answers / got.seconds,
                    "of_bare_inserts": got.answers / got.seconds / bare,
                    "not_303": got.answers - got.statuses[303],
                    "p50_ms": got.wait(0.5),
                    "longest_ms": got.wait(1.0),
                    "longest_by_median": got.wait(1.0) / got.wait(0.5),
                }
            )
    return {name: _middle(rounds_) for name, rounds_ in found.items()}


def bare_inserts(of: World, seconds: float) -> float:
    """INSERT and COMMIT a second on the same disk, as durable as ours (WAL, FULL)."""
    connection = sqlite3.connect(of.instance / "bare.sqlite3", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE IF NOT EXISTS bare (id INTEGER PRIMARY KEY, choice TEXT)")
    count, began = 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO bare (choice) VALUES ('agree')")
        connection.execute("COMMIT")
        count += 1
    connection.close()
    return count / (time.perf_counter() - began)


def _cost(
    server: servers.Server, requests: Iterator[bytes], connections: int, seconds: float
) -> tuple[float, load.Load]:
    before = server.cpu()
    got = load.run(server.port, requests, connections=connections, seconds=seconds)
    return (server.cpu() - before) / got.answers, got


def _middle(rounds: list[dict[str, float]]) -> dict[str, Any]:
    xs = [one["x"] for one in rounds]
    return {
        **{name: round(statistics.median(one[name] for one in rounds), 2) for name in rounds[0]},
        "x_min": round(min(xs), 2),
        "x_max": round(max(xs), 2),
        "not_303": sum(one["not_303"] for one in rounds),
    }
