"""One world for all journeys of a test worker, and browsers for its people."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.journeys.world import World, planted
from tests.parts.chromium import Visitor

Visit = Callable[..., Visitor]
Arrive = Callable[..., Visitor]


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The demonstration with its web server and worker, shared by all journeys."""
    with planted(tmp_path_factory.mktemp("journeys") / "instance") as started:
        yield started


@pytest.fixture(params=[True, False], ids=["script", "plain"])
def javascript(request: pytest.FixtureRequest) -> bool:
    """Each journey is gone twice: with JavaScript and without."""
    return bool(request.param)


@pytest.fixture
def arrive(world: World, visit: Visit) -> Arrive:
    """Opens a browser for somebody: `arrive("moderator")`, `arrive(email, width=390)`."""

    def open_one(who: str = "visitor", **options: object) -> Visitor:
        return visit(world.url, storage_state=world.cookies(who), **options)

    return open_one
