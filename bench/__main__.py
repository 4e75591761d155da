"""Measures pages and writes beside the ruler, and prints JSON beside the figures to reach.

`python -m bench [--sizes 1000 10000 100000] [--rounds 3] [--seconds 2] [--quick]`. The unit is
CPU time per request of the server (SQLite runs inside it), divided by that of a Flask hello-world
under gunicorn in the same round. More than one size gives the growth between the first and last.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import platform
import shutil
import sqlite3
import statistics
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench import counting, load, seeding, servers, writes
from bench.figures import beside
from bench.world import World, sign_in

MEMBER_PAGES = ("idea", "list")
COPIED_PAGES = ("idea", "list")  # those that readers without a cookie may get a copy of
# Any cookie keeps copies away: such a reader's page is made from the database each time.
FROM_THE_DATABASE = "lang=en"
GUNICORN_PAGES = ("idea",)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000], metavar="IDEAS")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=1.5, help="for each page in each round")
    wanted = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="dialogue-bench-"))
    try:
        measured = {
            str(size): measure(World(folder, size), wanted.rounds, wanted.seconds)
            for size in wanted.sizes
        }
    finally:
        shutil.rmtree(folder)
    growth = growths(measured) if len(measured) > 1 else {}
    result = {
        "machine": machine(),
        "versions": {
            name: version(name)
            for name in ("flask", "sqlalchemy", "granian", "gunicorn", "jinja2", "celery")
        }
        | {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version},
        **beside(measured, growth),
        "growth": growth,
        "measured": measured,
    }
    json.dump(result, sys.stdout, indent=2, ensure_ascii=False)
    print()
    return 0


def measure(world: World, rounds: int, seconds: float) -> dict[str, Any]:
    """Everything about one size."""
    say(f"{world.size} ideas: measuring …")
    environment = dict(servers.environment_of(world.instance))
    ruler, app = servers.hello(), servers.under_granian(environment)
    gunicorn = servers.under_gunicorn(environment)
    running = [ruler, app, gunicorn]
    try:
        for server in running:
            server.wait_for("/" if server is ruler else "/healthz")
        memory = first_memory(app, world)
        vote_page = f"/d/{seeding.SLUG}/ideas/{world.seeded.busy_idea}/vote"
        members = [
            sign_in(app.port, seeding.member(number), vote_page)
            for number in range(seeding.MEMBERS)
        ]
        moderator = sign_in(app.port, seeding.MODERATOR, "/mod/queue")
        pages = world.pages()
        targets = [("granian", app, name, pages[name], FROM_THE_DATABASE) for name in pages]
        targets += [("granian", app, f"{name}, copy", pages[name], "") for name in COPIED_PAGES]
        targets += [
            ("granian", app, f"{name}, member", pages[name], members[0].cookie)
            for name in MEMBER_PAGES
        ]
        targets += [
            ("gunicorn", gunicorn, name, pages[name], FROM_THE_DATABASE) for name in GUNICORN_PAGES
        ]
        targets += [
            ("gunicorn", gunicorn, f"{name}, member", pages[name], members[0].cookie)
            for name in GUNICORN_PAGES
        ]
        targets += [("granian", app, "queue, 1,000 waiting", "/mod/queue", moderator.cookie)]
        found: dict[str, list[dict[str, float]]] = {}
        rulers = []
        for _round in range(rounds):
            unit, _load = cost(ruler, itertools.repeat(load.get("/")), seconds)
            rulers.append(unit)
            for kind, server, name, path, cookie in targets:
                request = load.get(path, {"Cookie": cookie} if cookie else None)
                one, got = cost(server, itertools.repeat(request), seconds)
                assert set(got.statuses) == {200}, (path, got.statuses)
                label = name if kind == "granian" else f"{name}, {kind}"
                found.setdefault(label, []).append(
                    {
                        "x": one / unit,
                        "requests_a_second": got.answers / got.seconds,
                        "p50_ms": got.wait(0.5),
                        "p99_ms": got.wait(0.99),
                    }
                )
        unit = statistics.median(rulers)
        return {
            "ruler_ms": round(1000 * unit, 3),
            "pages": {name: summary(rounds_) for name, rounds_ in found.items()},
            "fifty_connections": {
                name: crowded(app, pages[name], cookie, seconds * 2)
                for name, cookie in (("idea", FROM_THE_DATABASE), ("list", FROM_THE_DATABASE))
            },
            "fifty_connections_copy": {
                name: crowded(app, pages[name], "", seconds * 2) for name in COPIED_PAGES
            },
            "sql": {
                **{
                    name: counting.statements(world.app, path, FROM_THE_DATABASE)
                    for name, path in pages.items()
                },
                **{
                    f"{name}, member": counting.statements(
                        world.app, pages[name], members[0].cookie
                    )
                    for name in MEMBER_PAGES
                },
                "queue, 1,000 waiting": counting.statements(
                    world.app, "/mod/queue", moderator.cookie
                ),
            },
            "bytes": {
                name: counting.sizes(world.app.test_client().get(pages[name]).data)
                for name in ("idea", "list")
            },
            "writes": writes.measure(world, app, ruler, members, moderator, rounds, seconds),
            "memory_mb": memory | {"worker": worker_memory(environment)},
        }
    finally:
        for server in running:
            server.stop()


def cost(
    server: servers.Server, requests: Iterator[bytes], seconds: float, connections: int = 4
) -> tuple[float, load.Load]:
    """CPU seconds of one request, and what came back."""
    load.run(server.port, requests, connections=connections, at_most=8)  # warm
    before = server.cpu()
    got = load.run(server.port, requests, connections=connections, seconds=seconds)
    return (server.cpu() - before) / got.answers, got


def summary(rounds: list[dict[str, float]]) -> dict[str, Any]:
    xs = [one["x"] for one in rounds]
    middle = {
        name: round(statistics.median(one[name] for one in rounds), 1)
        for name in ("requests_a_second", "p50_ms", "p99_ms")
    }
    return {
        "x": round(statistics.median(xs), 2),
        "x_min": round(min(xs), 2),
        "x_max": round(max(xs), 2),
        **middle,
    }


def crowded(app: servers.Server, path: str, cookie: str, seconds: float) -> dict[str, float]:
    request = load.get(path, {"Cookie": cookie} if cookie else None)
    got = load.run(app.port, itertools.repeat(request), connections=50, seconds=seconds)
    return {"p50_ms": round(got.wait(0.5), 1), "p99_ms": round(got.wait(0.99), 1)}


def first_memory(app: servers.Server, world: World) -> dict[str, float]:
    """Of the web worker after its first pages."""
    for path in world.pages().values():
        load.run(app.port, itertools.repeat(load.get(path)), connections=1, at_most=20)
    (pid,) = app.children()
    return {"web": servers.resident(pid), "web_share": servers.proportional(pid)}


def worker_memory(environment: dict[str, str]) -> dict[str, float]:
    """Of an idle process of the worker's pool, once it has settled."""
    worker = servers.worker(environment)
    try:
        children = worker.settled_children(1)
        return {
            "resident": servers.resident(children[0]),
            "share": servers.proportional(children[0]),
        }
    finally:
        worker.stop()


def growths(measured: dict[str, Any]) -> dict[str, float]:
    """How many times the cost of each page grows from the smallest size to the largest."""
    sizes = list(measured.values())
    small, large = sizes[0], sizes[-1]
    return {
        name: round(large["pages"][name]["x"] / page["x"], 2)
        for name, page in small["pages"].items()
    }


def machine() -> dict[str, Any]:
    return {
        "system": platform.platform(),
        "cores": os.cpu_count(),
        "load_at_start": os.getloadavg()[0],
    }


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
