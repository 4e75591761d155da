"""The world of the tests: an application on each database, and the real parts around it.

`app` gives an application on a fresh database; a test that takes it runs twice, on SQLite and on
PostgreSQL. Where the database cannot matter, mark the module or class `sqlite_only`. The servers
and the browser start when a test first asks for them and end with the run (tests/parts/).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, sync_playwright

from config import Config
from dialogue.app import create_app
from tests.parts import brokers, chromium, postgresql, run, tables
from tests.parts.mailbox import Mailbox, open_mailbox
from tests.parts.site import Site, installed
from tests.parts.stage import stage

# Deadlines measure the machine, not the code. Parametrised methods are no different executors.
# The same inputs in each run: a change is judged by what it changes; `make drills` tries new ones.
settings.register_profile(
    "tests",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.differing_executors, HealthCheck.too_slow],
)
settings.load_profile("tests")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "sqlite_only: the database cannot matter here")
    config.addinivalue_line("markers", "own_database: changes tables or the application for good")
    if not hasattr(config, "workerinput"):
        run.begin()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        run.end()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every test that touches a database meets both, unless it is marked `sqlite_only`."""
    if "database" not in metafunc.fixturenames:
        return
    kinds: list[Any] = ["sqlite"]
    if not list(metafunc.definition.iter_markers("sqlite_only")):
        kinds.append(pytest.param("postgresql", marks=pytest.mark.postgresql))
    metafunc.parametrize("database", kinds, indirect=True)


@dataclass(frozen=True)
class Database:
    """A database with all tables and no rows, for one test."""

    kind: str
    url: str
    instance: Path


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if not has_its_own(request):
        kept = stage(request.param)
        yield Database(kept.kind, kept.url, kept.instance)
        kept.empty()
        return
    instance = tmp_path / "instance"
    instance.mkdir()
    if request.param == "sqlite":
        yield Database("sqlite", tables.sqlite(instance / "dialogue.sqlite3"), instance)
        return
    with postgresql.cluster().database(tables.postgresql_template()) as url:
        yield Database("postgresql", url, instance)


def has_its_own(request: pytest.FixtureRequest) -> bool:
    return request.node.get_closest_marker("own_database") is not None


@pytest.fixture
def app(request: pytest.FixtureRequest, database: Database) -> Iterator[Flask]:
    """An application with the shipped settings, on a database and in a folder without anything."""
    if not has_its_own(request):
        yield stage(database.kind).app()
        return
    application = create_app(
        Config.for_tests(instance=database.instance, database_url=database.url)
    )
    yield application
    tables.let_go(application)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with open_mailbox() as opened:
        yield opened


@pytest.fixture(scope="session")
def postgresql_cluster() -> postgresql.Cluster:
    return postgresql.cluster()


@pytest.fixture(scope="session")
def rabbitmq_url() -> str:
    return brokers.rabbitmq()


@pytest.fixture(scope="session")
def redis_url() -> str:
    return brokers.redis()


@pytest.fixture(scope="session")
def open_data() -> Path:
    """The folder of real conversations: polis/, argkp/, …"""
    folder = os.environ.get("DIALOGUE_OPEN_DATA", "")
    if not folder or not Path(folder).is_dir():
        run.missing("The folder of real conversations (DIALOGUE_OPEN_DATA)")
    return Path(folder)


@pytest.fixture
def install(tmp_path: Path) -> Iterator[Callable[..., Site]]:
    """Makes installations of the product for one test: `install("name", **settings)`."""
    with ExitStack() as ends:

        def make(name: str = "site", **settings: str) -> Site:
            return ends.enter_context(installed(tmp_path / name, settings))

        yield make


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium.program()
    with sync_playwright() as playwright:
        started = chromium.launch(playwright)
        yield started
        started.close()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., chromium.Visitor]]:
    """Opens a browser of its own for a person: `visit(site.url, javascript=False, width=390)`."""
    with ExitStack() as ends:

        def open_one(base: str, **options: Any) -> chromium.Visitor:
            visitor: AbstractContextManager[chromium.Visitor]
            visitor = chromium.visit(browser, base, **options)
            return ends.enter_context(visitor)

        yield open_one
