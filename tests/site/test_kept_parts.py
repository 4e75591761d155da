"""What pages keep for everybody holds nothing of one reader, and saves the work it is there for."""

from __future__ import annotations

import sys
from collections import Counter
from types import FrameType
from typing import Any

import pytest

from dialogue.kernel import templating
from tests.cast import SLUG, Cast
from tests.pages import Browser
from tests.site.test_statements import fill

pytestmark = pytest.mark.sqlite_only


class TestTheTokenOfAForm:
    def test_is_the_readers_own_in_a_part_of_two(self, cast: Cast) -> None:
        path = f"/d/{SLUG}"
        ana, ben = Browser(cast.app, "ana"), Browser(cast.app, "ben")
        tokens = [
            browser.form(path, action=f"/d/{SLUG}/ideas/{cast.idea}/vote").fields["csrf_token"]
            for browser in (ana, ben, ana)
        ]
        assert len({*tokens[:2]}) == 2
        visitor = Browser(cast.app).get(path).text
        assert "csrf_token" not in visitor
        assert templating.TOKEN not in visitor
        form = ben.form(path, action=f"/d/{SLUG}/ideas/{cast.idea}/vote")
        ben.send(form, choice="agree")


def work(browser: Browser, path: str) -> Counter[str]:
    """How many functions answering a page calls, by where they stand: much the same everywhere,
    unlike time."""
    calls: Counter[str] = Counter()

    def note(frame: FrameType, event: str, _argument: Any) -> None:
        if event == "call":
            name = frame.f_code.co_filename
            calls["statements" if "/sqlalchemy/sql/selectable" in name else "others"] += 1

    for _warm in range(2):
        browser.client.get(path)
    sys.setprofile(note)
    try:
        browser.client.get(path)
    finally:
        sys.setprofile(None)
    return calls


class TestAPageSeenBefore:
    def test_is_not_made_again_row_by_row(self, cast: Cast) -> None:
        path = f"/d/{SLUG}/ideas/{cast.idea}-check-recruiters-before-the-visa"
        member = Browser(cast.app, "ben")
        cast.app.testing = False  # the second look of tests is the work that is saved
        most = {path: 2_000, f"/d/{SLUG}": 7_000}  # of 7,600 and 17,200 for 40 comments, 24 ideas
        few = {page: work(member, page) for page in most}
        fill(cast)
        for page, before in few.items():
            now = work(member, page)
            assert now["statements"] < 100, "statements are put together once"
            more = now["others"] - before["others"]
            assert more < most[page], f"{page}: {more} more calls"
