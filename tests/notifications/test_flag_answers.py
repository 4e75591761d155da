"""Who reported something hears what became of it, once, and not of what was taken back."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from dialogue.kernel import clock
from dialogue.kernel.db import db
from dialogue.notifications import tasks
from dialogue.notifications.models import Notice
from dialogue.participation.commands import flagging
from dialogue.participation.models import FlagOutcome
from tests.cast import Cast
from tests.pages import Browser
from tests.participation.test_flagging import decide, flag

pytestmark = pytest.mark.sqlite_only


def notices(cast: Cast) -> list[int]:
    query = select(Notice.user_id).where(Notice.event == "flag_answered").order_by(Notice.id)
    return cast.read(lambda: list(db.session.scalars(query)))


def tell(cast: Cast, item: int, flag_ids: tuple[int, ...]) -> None:
    with cast.app.app_context():
        tasks.tell_flaggers(contribution_id=item, flag_ids=list(flag_ids))


class TestAnAnswer:
    def test_is_told_once_to_each_who_reported(self, cast: Cast) -> None:
        for name in ("ben", "oz"):
            flag(cast, cast.idea, by=name, note="A secret note")
        found = decide(cast, cast.idea, FlagOutcome.KEPT)
        tell(cast, cast.idea, found)
        tell(cast, cast.idea, found)
        assert notices(cast) == [cast.people["ben"], cast.people["oz"]]
        page = Browser(cast.app, "ben").get("/me/notices").text
        assert "the idea that you reported: it stays as it is" in page
        assert "A secret note" not in page
        assert "you reported" not in Browser(cast.app, "ana").get("/me/notices").text

    def test_that_is_taken_back_is_told_to_nobody(self, cast: Cast) -> None:
        flag(cast, cast.comment, by="oz")
        found = decide(cast, cast.comment, FlagOutcome.ACTED)
        tell(cast, cast.comment, found)
        with cast.writing():
            flagging.reopen_flags(flag_ids=found, now=clock.now())
        with cast.app.app_context():
            tasks.forget_answers(contribution_id=cast.comment, flag_ids=list(found))
        assert notices(cast) == []
        tell(cast, cast.comment, found)
        assert notices(cast) == [], "the worker came late"
        tell(cast, cast.comment, decide(cast, cast.comment, FlagOutcome.ACTED))
        assert notices(cast) == [cast.people["oz"]]
