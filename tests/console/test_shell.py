"""The navigation of staff pages: only pages that exist and that the person may open."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from dialogue.accounts.models import Role
from dialogue.kernel import clock
from dialogue.kernel.db import transaction
from tests.moderation.world import World, build, give, make_person

pytestmark = pytest.mark.sqlite_only


@pytest.fixture
def world(app: Flask) -> World:
    return build(app)


def entries(page: str) -> list[str]:
    nav = re.search(r'<ul class="site-nav__list">(.*?)</ul>', page, re.DOTALL)
    assert nav
    return [url for url in re.findall(r'href="([^"]+)"', nav.group(1)) if url != "/me"]


class TestStaffNav:
    @pytest.mark.parametrize(
        ("roles", "page", "expected"),
        [
            ([Role.MODERATOR], "/mod/queue", ["/mod/queue", "/mod/watch", "/mod/audit"]),
            ([Role.OFFICER], "/agency/", ["/agency/", "/mod/audit"]),
            (
                [Role.MODERATOR, Role.OFFICER],
                "/mod/queue",
                ["/mod/queue", "/mod/watch", "/agency/", "/mod/audit"],
            ),
            (
                [Role.ADMIN],
                "/mod/queue",
                ["/mod/queue", "/mod/watch", "/agency/", "/mod/audit", "/admin/people"],
            ),
        ],
    )
    def test_names_the_pages_of_ones_roles(
        self, world: World, roles: list[Role], page: str, expected: list[str]
    ) -> None:
        now = clock.now()
        with world.context(), transaction():
            person = make_person("staff", now).id
            for role in roles:
                give(person, role, now=now)
        client = world.client(person)
        shown = client.get(page)
        assert shown.status_code == 200
        assert entries(shown.text) == expected
        for address in expected:
            assert client.get(address).status_code == 200

    def test_marks_the_present_page_and_area(self, world: World) -> None:
        shown = world.client(world.lee).get("/mod/queue").text
        assert '<a href="/mod/queue" aria-current="true">' in shown
        assert '<span class="brand__line">Moderation</span>' in shown
