"""Flags of people who flag wrongly weigh less, and a suspended person flags nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from dialogue.kernel import clock
from dialogue.kernel.db import db
from dialogue.kernel.errors import Forbidden
from dialogue.participation.commands import restrictions
from dialogue.participation.models import Flag, FlagOutcome, Participant
from dialogue.participation.queries.flag_weights import flag_weight, open_weight
from dialogue.participation.restrictions import Step
from tests.cast import Cast
from tests.participation.test_flagging import decide, flag


class TestAWeight:
    def test_falls_with_misses_and_is_the_rest_of_the_threshold(self, cast: Cast) -> None:
        assert cast.read(lambda: flag_weight(cast.participant("ben"))) == 1.0
        ideas = []
        for n in range(4):
            ideas.append(cast.post_idea(f"A fine idea {n}", "Words"))
            cast.approve(ideas[-1])
        for n, idea in enumerate(ideas[:3], start=1):
            flag(cast, idea, by="ben")
            decide(cast, idea, FlagOutcome.KEPT)
            expected = 1.0 if n < 3 else 0.25
            assert cast.read(lambda: flag_weight(cast.participant("ben"))) == expected
        cast.change(flag_threshold=2)
        for name in ("ben", "lee"):
            flag(cast, ideas[3], by=name)
        assert cast.read(lambda: open_weight(ideas[3])) == 1.25
        assert cast.contribution(ideas[3]).listed, "two flags, but one weighs little"
        flag(cast, ideas[3], by="ola")
        assert not cast.contribution(ideas[3]).listed
        decide(cast, ideas[3], FlagOutcome.ACTED)
        assert cast.read(lambda: flag_weight(cast.participant("ben"))) == 0.4

    def test_is_not_asked_of_somebody_who_is_suspended(self, cast: Cast) -> None:
        now = clock.now()
        cast.post_comment("Joined", by="oz")
        with cast.writing():
            restrictions.restrict(
                participant=db.session.get_one(Participant, cast.participant("oz")),
                step=Step.SUSPEND,
                until=now + timedelta(days=7),
                reason_code="threats",
                note="",
                contribution_id=cast.idea,
                actor_id=None,
                now=now,
            )
        with pytest.raises(Forbidden, match="cannot report here"):
            flag(cast, cast.idea, by="oz")
        assert cast.read(lambda: db.session.scalars(select(Flag)).all()) == []
