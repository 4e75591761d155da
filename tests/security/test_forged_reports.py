"""A file that somebody hands in as a report is checked, whatever is in it."""

from __future__ import annotations

import copy
import random
from datetime import timedelta
from typing import Any

from dialogue.dialogues.queries import dialogue_by_slug
from dialogue.kernel import clock
from dialogue.reports import build, reading
from dialogue.reports.verify import verify
from tests.cast import SLUG, Cast

ODD: tuple[Any, ...] = (None, -1, 1.5, True, "x", "\ud800", 10**30, [], {}, [[]], {"id": []})


def altered(document: Any, chance: random.Random) -> Any:
    """A copy with one value somewhere in it replaced by something odd."""
    copied: Any = copy.deepcopy(document)
    place, key = copied, chance.choice(sorted(copied))
    for _ in range(chance.randint(0, 5)):
        inner = place[key]
        if not inner or not isinstance(inner, dict | list):
            break
        place = inner
        key = (
            chance.choice(sorted(inner))
            if isinstance(inner, dict)
            else chance.randrange(len(inner))
        )
    place[key] = chance.choice(ODD)
    return copied


class TestAForgedReport:
    def test_never_stops_the_check_and_never_holds(self, cast: Cast) -> None:
        chance = random.Random(20261122)
        with cast.app.app_context():
            dialogue = dialogue_by_slug(SLUG)
            assert dialogue is not None
            snapshot = reading.read_snapshot(dialogue, clock.now() + timedelta(seconds=1))
            document = build.build(snapshot, lambda _step: None)
            assert verify(document).exit_status == 0
            for _ in range(200):
                forged = altered(document, chance)
                if forged != document:
                    assert verify(forged).exit_status == 1
