"""Every example of every page × every role × four widths, in a real browser: nothing wrong.

The tests look at each page as the roles that see it differently; here every role opens everything,
also what it may not see, and the widths between are looked at too.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

from playwright.sync_api import sync_playwright

from drills import figures
from drills.figures import Figure
from tests.journeys import atlas
from tests.journeys.looks import faults_of
from tests.journeys.world import ROLES, planted
from tests.parts import chromium

WIDTHS = (1920, 1280, 640, 390)  # 640: a desk at 200 percent
ALLOWED = {200, 404}  # what a role may not see does not exist for it


def drill() -> list[Figure]:
    statuses: Counter[int] = Counter()
    faults: list[str] = []
    problems: list[str] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        planted(Path(folder) / "instance") as world,
        sync_playwright() as playwright,
    ):
        browser = chromium.launch(playwright)
        paths = [place.path for found in atlas.places(world).values() for place in found]
        for role in ROLES:
            with chromium.visit(browser, world.url, storage_state=world.cookies(role)) as visitor:
                visitor.expect_status(404)
                for path in paths:
                    answer = visitor.go(path)
                    status = answer.status if answer else 0
                    statuses[status] += 1
                    faults += faults_of(visitor, f"{role} at {path}", WIDTHS)
                problems += visitor.watch.problems
                visitor.watch.problems.clear()  # counted here; the other roles go on
        browser.close()
    for line in [*faults, *problems]:
        print(line)
    return [
        figures.seen("pages opened", statuses.total()),
        figures.seen("of them not for the role (404)", statuses[404]),
        figures.none("other answers", sum(statuses[s] for s in statuses if s not in ALLOWED)),
        figures.none("faults for axe, too wide, too small", len(faults)),
        figures.none("errors in the console, failed or foreign requests", len(problems)),
    ]


if __name__ == "__main__":
    figures.main(drill)
