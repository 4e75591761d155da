"""Merging ideas: one vote a person, no row moves, and the way back is exact."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import text

from dialogue.kernel.db import Base, db
from dialogue.kernel.errors import Conflict, NotFound
from dialogue.moderation.models import Outcome
from dialogue.participation.models import Choice, Contribution, Vote
from dialogue.participation.queries import families, ideas, integrity
from tests.cast import Cast
from tests.participation import recount

RACES = 8
COUNTS = ("agree", "disagree", "passed", "comments")


def counts(cast: Cast, idea_id: int) -> tuple[int, ...]:
    idea = cast.contribution(idea_id)
    return tuple(getattr(idea, name) for name in COUNTS)


def holds(cast: Cast) -> None:
    """Every stored number equals a recount, and the audit's own check says so, too."""
    assert cast.read(recount.problems) == []
    assert cast.read(lambda: integrity.altered({}, None)) == []


def rows(cast: Cast) -> dict[str, list[tuple[object, ...]]]:
    """Every row that people and readers know of. Versions rise, and moments of a merge stay."""
    kept = ("vote", "contribution", "revision", "idea_word", "dialogue_topic")
    columns = {
        name: [c.name for c in Base.metadata.tables[name].columns if c.name != "version"]
        for name in kept
    }
    columns["search_document"] = ["kind", "object_id"]

    def read() -> dict[str, list[tuple[object, ...]]]:
        found = {}
        for name, ones in columns.items():
            listed = ", ".join(f'"{one}"' for one in ones)
            every = db.session.execute(text(f"SELECT {listed} FROM {name}"))
            found[name] = sorted(map(tuple, every), key=repr)
        return found

    return cast.read(read)


@pytest.fixture
def second(cast: Cast) -> int:
    """Another idea, of Ben, public, with a comment of Ana. Three people voted on either idea, and
    Ola on both."""
    idea = cast.post_idea("Check every recruiter", "Before anybody pays.", by="ben")
    cast.approve(idea)
    cast.approve(cast.post_comment("Yes, please.", on=idea, by="ana"))
    cast.vote(Choice.DISAGREE, by="ola", on=cast.idea)
    cast.vote(Choice.AGREE, by="oz", on=cast.idea)
    cast.vote(Choice.AGREE, by="ola", on=idea)
    cast.vote(Choice.PASS, by="mo", on=idea)
    return idea


class TestMerging:
    def test_counts_each_person_once_and_gives_all_back(self, cast: Cast, second: int) -> None:
        """A(3 votes) and B(3, one person on both) make 5; taken back they are 3 and 3."""
        assert counts(cast, cast.idea) == (2, 1, 0, 1)
        assert counts(cast, second) == (2, 0, 1, 1)
        before = rows(cast)
        merge = cast.decide(Outcome.MERGED, second, into_id=cast.idea)
        # Ana, Ben, Oz and, newest, Ola agree; Mo passes.
        assert counts(cast, cast.idea) == (4, 0, 1, 2)
        one = cast.contribution(second)
        assert (one.state, one.listed, one.merged_into_id) == ("merged", False, cast.idea)
        holds(cast)
        cast.undo(merge)
        assert rows(cast) == before
        holds(cast)

    def test_shows_what_it_would_do(self, cast: Cast, second: int) -> None:
        union = cast.read(lambda: families.union(second, cast.idea))
        assert union.tally.total == 5
        assert (union.votes_added, union.voted_on_both, union.comments_moved) == (2, 1, 1)
        assert union.authors == ("Ben", "Ana")

    def test_keeps_votes_where_they_were_cast_meanwhile(self, cast: Cast, second: int) -> None:
        merge = cast.decide(Outcome.MERGED, second, into_id=cast.idea)
        cast.vote(Choice.AGREE, by="lee", on=cast.idea)  # new
        cast.vote(Choice.AGREE, by="mo", on=cast.idea)  # had passed on the second
        cast.vote(Choice.DISAGREE, by="ben", on=second)  # of the second, by an old page
        assert counts(cast, cast.idea) == (5, 1, 0, 2)
        holds(cast)
        mine = cast.read(
            lambda: ideas.choices_of(cast.participant("mo", cast.dialogue), [cast.idea])
        )
        assert mine == {cast.idea: "agree"}
        cast.undo(merge)
        assert counts(cast, cast.idea)[:3] == (4, 2, 0)  # Ana, Oz, Lee, Mo; Ola, Ben
        assert counts(cast, second)[:3] == (2, 0, 1)
        holds(cast)

    def test_lets_a_person_take_their_vote_back_everywhere(self, cast: Cast, second: int) -> None:
        cast.decide(Outcome.MERGED, second, into_id=cast.idea)
        cast.vote(None, by="ola", on=cast.idea)
        assert counts(cast, cast.idea)[:3] == (3, 0, 1)
        person = cast.participant("ola", cast.dialogue)
        assert cast.read(lambda: db.session.get(Vote, (second, person))) is None
        holds(cast)

    def test_brings_comments_along_and_keeps_answers_with_them(
        self, cast: Cast, second: int
    ) -> None:
        answered = cast.read(
            lambda: db.session.scalars(
                db.select(Contribution.id).where(Contribution.idea_id == second)
            ).one()
        )
        merge = cast.decide(Outcome.MERGED, second, into_id=cast.idea)
        reply = cast.post_comment("So do I.", on=cast.idea, reply_to=answered)
        cast.approve(reply)
        assert counts(cast, cast.idea)[3] == 3
        assert cast.contribution(reply).idea_id == second
        holds(cast)
        cast.undo(merge)
        assert (counts(cast, cast.idea)[3], counts(cast, second)[3]) == (1, 2)
        holds(cast)

    def test_of_a_merged_idea_means_the_one_it_lives_on_in(self, cast: Cast, second: int) -> None:
        third = cast.post_idea("A list of recruiters", by="mo")
        cast.approve(third)
        first_merge = cast.decide(Outcome.MERGED, third, into_id=second)
        second_merge = cast.decide(Outcome.MERGED, second, into_id=cast.idea)
        assert cast.contribution(third).merged_into_id == cast.idea
        assert sum(counts(cast, cast.idea)[:3]) == 5
        holds(cast)
        fourth = cast.post_idea("Lists for everybody", by="oz")
        cast.approve(fourth)
        cast.decide(Outcome.MERGED, fourth, into_id=third)  # leads on to the root
        assert cast.contribution(fourth).merged_into_id == cast.idea
        cast.undo(second_merge)
        assert cast.contribution(third).merged_into_id == second
        assert cast.contribution(fourth).merged_into_id == cast.idea
        holds(cast)
        cast.undo(first_merge)
        assert cast.contribution(third).listed
        holds(cast)

    def test_of_what_waits_publishes_it_there(self, cast: Cast) -> None:
        before = counts(cast, cast.idea)
        made = cast.decide_waiting(Outcome.MERGED, cast.waiting, into_id=cast.idea)
        merged = cast.contribution(cast.waiting)
        assert (merged.state, merged.title != "") == ("merged", True)
        assert counts(cast, cast.idea) == before  # the author of both is one person
        holds(cast)
        cast.undo(made)
        again = cast.contribution(cast.waiting)
        assert (again.state, again.title, again.published_revision_id) == ("pending", "", None)
        holds(cast)

    def test_refuses_itself_circles_and_what_is_not_there(self, cast: Cast, second: int) -> None:
        with pytest.raises(Conflict, match="into itself"):
            cast.decide(Outcome.MERGED, cast.idea, into_id=cast.idea)
        cast.decide(Outcome.MERGED, second, into_id=cast.idea)
        with pytest.raises(Conflict, match="merged into this one already"):
            cast.decide(Outcome.MERGED, cast.idea, into_id=second)
        with pytest.raises(Conflict, match="Merged"):
            cast.decide(Outcome.MERGED, second, into_id=cast.idea)
        third = cast.post_idea("A third one", by="ben")
        cast.approve(third)
        for nobody in (cast.waiting, cast.comment, 2**30):
            with pytest.raises((Conflict, NotFound)):
                cast.decide(Outcome.MERGED, third, into_id=nobody)
        holds(cast)

    def test_ends_when_the_author_of_the_other_one_withdraws(self, cast: Cast, second: int) -> None:
        cast.decide(Outcome.MERGED, second, into_id=cast.idea)
        cast.withdraw(cast.idea)
        assert cast.contribution(second).listed
        assert counts(cast, second) == (2, 0, 1, 1)
        holds(cast)

    def test_goes_on_counting_what_its_own_author_withdrew(self, cast: Cast, second: int) -> None:
        merge = cast.decide(Outcome.MERGED, second, into_id=cast.idea)
        cast.withdraw(second)
        assert sum(counts(cast, cast.idea)[:3]) == 5
        assert cast.contribution(second).title == ""
        cast.undo(merge)
        assert cast.contribution(second).state == "withdrawn"
        assert sum(counts(cast, cast.idea)[:3]) == 3
        holds(cast)

    def test_can_be_ended_later_and_that_taken_back(self, cast: Cast, second: int) -> None:
        cast.decide(Outcome.MERGED, second, into_id=cast.idea)
        merged = rows(cast)
        apart = cast.decide(Outcome.UNMERGED, second)
        assert counts(cast, second) == (2, 0, 1, 1)
        holds(cast)
        cast.undo(apart)
        assert rows(cast) == merged
        holds(cast)


class TestTwoModeratorsAtOnce:
    def test_merge_each_into_the_other_once(self, cast: Cast, second: int) -> None:
        """Of A into B and B into A in the same moment one happens; nobody waits for ever."""
        pairs = ((cast.idea, second, "lee"), (second, cast.idea, "ada"))
        for _round in range(RACES):
            start = Barrier(len(pairs))
            with ThreadPoolExecutor(len(pairs)) as pool:
                done = [pool.submit(self._merge, cast, start, *pair) for pair in pairs]
                made = [one.result() for one in done if one.result()]
            assert len(made) == 1
            cast.undo(made[0])
        holds(cast)

    def _merge(self, cast: Cast, start: Barrier, idea: int, into: int, by: str) -> int:
        """The decision; 0 when the other one was first."""
        version = cast.contribution(idea).version
        start.wait()
        try:
            return cast.decide(Outcome.MERGED, idea, by=by, into_id=into, version=version)
        except Conflict:
            return 0


class TestTheRecount:
    def test_would_notice_a_wrong_family(self, cast: Cast, second: int) -> None:
        cast.decide(Outcome.MERGED, second, into_id=cast.idea)
        with cast.writing():
            db.session.get_one(Contribution, cast.idea).agree += 1
        assert cast.read(recount.problems)
        assert cast.read(lambda: integrity.altered({}, None))
