"""From submission to the author's mail with a real worker: events, broker, tasks, mail."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from config import Config
from dialogue.app import create_app
from tests.moderation.world import World, build
from tests.parts.site import Site

PATIENCE = 30.0  # seconds


def until(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"{what} did not happen in {PATIENCE:.0f} s"
        time.sleep(0.1)


@pytest.fixture
def site(install: Callable[..., Site]) -> Site:
    site = install("worker", DIALOGUE_UNDO_MINUTES="0")
    site.flask("db", "upgrade")
    return site


@pytest.fixture
def world(site: Site) -> World:
    return build(create_app(Config.for_tests(instance=site.instance, BASE_URL=site.url)))


def test_a_submission_is_screened_decided_and_told(site: Site, world: World) -> None:
    taken_back, _ = world.submit("Too quick")
    world.undo(world.decide(taken_back))  # nobody hears of this one
    site.start_worker()
    contribution, _ = world.submit("Call (312) 456-7890", screened=False)
    until(lambda: has_item(world, contribution), "The screening")
    assert len(world.item(contribution).signals["details"]) == 1
    world.decide(contribution)
    mail = site.wait_for_mail("ana@people.example", PATIENCE)
    assert mail["Subject"] == "[Outreach] Your idea is published"
    assert f"{site.url}/d/outreach/ideas/{contribution}" in mail.get_content()
    assert len(site.mails()) == 1


def has_item(world: World, contribution: int) -> bool:
    try:
        return world.item(contribution).screened_at is not None
    except AssertionError:
        return False
