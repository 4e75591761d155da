"""Every page, as each role sees it: no fault for axe, nothing wider than the window, targets that
fingers hit, no error in the console and no request to anybody else.

Each page is loaded once and looked at in four widths. All roles by all widths by all pages is a
drill (drills/browser_matrix.py).
"""

from __future__ import annotations

import pytest

from tests.journeys import atlas
from tests.journeys.conftest import Arrive
from tests.journeys.looks import faults_of
from tests.journeys.world import ROLES, World

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("pages")]


class TestEveryRoute:
    def test_has_an_example(self, world: World) -> None:
        asked = {
            rule.endpoint
            for rule in world.app.url_map.iter_rules()
            if "GET" in (rule.methods or ())
        }
        known = set(atlas.places(world)) | atlas.NOT_PAGES | atlas.LEADING_ON
        assert asked == known

    def test_belongs_to_some_role(self, world: World) -> None:
        for endpoint, found in atlas.places(world).items():
            for place in found:
                assert place.roles, endpoint
                assert set(place.roles) <= set(ROLES)


class TestEveryPage:
    """The points axe, reflow, targets, csp_console and no_third_party (the last two: the watch)."""

    @pytest.mark.parametrize("role", ROLES)
    def test_axe_reflow_targets(self, world: World, arrive: Arrive, role: str) -> None:
        visitor = arrive(role)
        faults: list[str] = []
        for path in atlas.places_of(world, role):
            answer = visitor.go(path)
            assert answer is not None
            assert answer.status == 200, f"{path} answered {answer.status}"
            faults += faults_of(visitor, f"{role} at {path}")
        assert not faults, "\n".join(faults)
