"""What the tests of reports share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from flask import Flask

from config import Config
from dialogue.app import create_app
from tests.parts.site import Site, installed
from tests.parts.tables import let_go, sqlite


@pytest.fixture
def context(app: Flask) -> Iterator[Flask]:
    """The application, entered."""
    with app.app_context():
        yield app


@pytest.fixture(scope="module")
def entered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An application of one module's own, on SQLite, entered: what is made in it once is shared by
    the module's tests, which therefore change nothing."""
    instance = tmp_path_factory.mktemp("module")
    url = sqlite(instance / "dialogue.sqlite3")
    application = create_app(Config.for_tests(instance=instance, database_url=url))
    with application.app_context():
        yield application
    let_go(application)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """An installation with web and worker, shared: every test brings a dialogue of its own."""
    with installed(tmp_path_factory.mktemp("site") / "instance") as shared:
        shared.start_web()
        shared.start_worker()
        yield shared


@pytest.fixture
def inside() -> Callable[[Site], AbstractContextManager[None]]:
    """Enters an installation's database from here: `with inside(site): …`."""

    @contextmanager
    def enter(site: Site) -> Iterator[None]:
        application = create_app(Config.from_environment(site.environment))
        try:
            with application.app_context():
                yield
        finally:
            let_go(application)

    return enter
