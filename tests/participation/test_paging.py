"""Lists and threads by keyset: no row is lost or shown twice, forwards and backwards."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import event, insert, select, update

from dialogue.kernel import clock, ids, paging
from dialogue.kernel.db import db
from dialogue.participation.models import Contribution, Kind, Revision, RevisionState
from dialogue.participation.queries import conversation, ideas, one_by_one
from dialogue.participation.queries.conversation import Order, Thread
from dialogue.participation.queries.ideas import Sort
from tests.cast import SLUG, Cast
from tests.pages import Browser

MANY = 120


def plant(cast: Cast, number: int, **shared: object) -> list[int]:
    """Published contributions, many of them equal in every key that a list is sorted by."""
    now = clock.now()
    author = cast.participant("ana")
    with cast.writing():
        made = []
        for index in range(number):
            values: dict[str, object] = {
                "dialogue_id": cast.dialogue,
                "kind": Kind.IDEA,
                "participant_id": author,
                "tracking": ids.tracking_number(),
                "title": f"Idea {index}",
                "state": "pending",
                "created_at": now,
                "published_at": now - timedelta(minutes=index // 7),
                "mix_key": index // 10,
                "comments": index % 4,
                "agreement": (index % 3) * 1000,
                "topic_id": cast.topic if index % 2 else None,
                **shared,
            }
            made.append(
                db.session.execute(insert(Contribution).values(values)).inserted_primary_key[0]
            )
        for one in made:
            revision = db.session.execute(
                insert(Revision).values(
                    contribution_id=one,
                    number=1,
                    state=RevisionState.PUBLISHED,
                    source="Words",
                    html="<p>Words</p>",
                    plain="Words",
                    sanitizer_version="1",
                    sha256="-",
                    created_at=now,
                )
            ).inserted_primary_key[0]
            changed = {"published_revision_id": revision, "listed": True, "state": "published"}
            if shared.get("kind") == Kind.COMMENT and "root_id" not in shared:
                changed["root_id"] = one
            db.session.execute(update(Contribution).where(Contribution.id == one).values(changed))
    return made


class TestAListOfIdeas:
    @pytest.mark.parametrize("sort", list(Sort))
    @pytest.mark.parametrize("in_topic", [False, True])
    def test_shows_each_idea_once_forwards_and_backwards(
        self, cast: Cast, sort: Sort, in_topic: bool
    ) -> None:
        made = {*plant(cast, MANY), cast.idea}
        topic = cast.topic if in_topic else None
        with cast.app.app_context():
            expected = set(
                db.session.scalars(
                    select(Contribution.id).where(
                        Contribution.id.in_(made),
                        Contribution.topic_id == topic if in_topic else Contribution.listed,
                    )
                )
            )

            def page(after: str = "", before: str = "") -> ideas.Page[ideas.IdeaRow]:
                return ideas.listed_ideas(
                    dialogue_id=cast.dialogue,
                    sort=sort,
                    topic_id=topic,
                    after=after,
                    before=before,
                    size=7,
                )

            pages = [page()]
            assert pages[0].newer is None
            while (older := pages[-1].older) is not None:
                pages.append(page(after=older))
            seen = [row.id for shown in pages for row in shown.rows]
            assert len(seen) == len(set(seen))
            assert set(seen) == expected
            back = [pages[-1]]
            while (newer := back[-1].newer) is not None:
                back.append(page(before=newer))
            assert [ideas.ids_of(shown.rows) for shown in reversed(back)] == [
                ideas.ids_of(shown.rows) for shown in pages
            ]

    def test_puts_no_key_of_the_fair_mix_into_an_address(self, cast: Cast) -> None:
        """The key follows from the number of votes, which may be hidden until the close."""
        plant(cast, 9)
        with cast.app.app_context():
            first = ideas.listed_ideas(dialogue_id=cast.dialogue, sort=Sort.MIX, size=3)
            assert paging.decode(first.older or "", (int,)) == (first.rows[-1].id,)
            card = one_by_one.next_card(dialogue_id=cast.dialogue, participant_id=None)
            assert card is not None
            assert paging.decode(card.cursor, (int,)) == (card.id,)
            strange = ideas.listed_ideas(
                dialogue_id=cast.dialogue, sort=Sort.MIX, size=3, after=paging.encode(2**40)
            )
            assert ideas.ids_of(strange.rows) == ideas.ids_of(first.rows)

    def test_starts_at_the_beginning_for_a_cursor_that_is_none(self, cast: Cast) -> None:
        plant(cast, 9)
        with cast.app.app_context():
            first = ideas.listed_ideas(dialogue_id=cast.dialogue, sort=Sort.NEWEST, size=3)
            for cursor in (
                "x",
                "=" * 10,
                "%00",
                paging.encode("a", "b"),
                paging.encode(1),
                paging.encode(1, 2, 3),
                paging.encode(2**70, 1),
                "A" * 5000,
                "\ud800",
                "é",
            ):
                for sort in Sort:
                    found = ideas.listed_ideas(
                        dialogue_id=cast.dialogue, sort=Sort.NEWEST, after=cursor, size=3
                    )
                    assert ideas.ids_of(found.rows) == ideas.ids_of(first.rows), (cursor, sort)
            for extreme in (2**62, -(2**62), 0):
                for sort in Sort:
                    ideas.listed_ideas(
                        dialogue_id=cast.dialogue,
                        sort=sort,
                        after=paging.encode(extreme, 5),
                        size=3,
                    )

    @pytest.mark.sqlite_only
    def test_leads_through_all_pages_by_its_links(self, cast: Cast) -> None:
        plant(cast, 60)
        reader = Browser(cast.app)
        seen: list[str] = []
        path: str | None = f"/d/{SLUG}?sort=newest"
        while path:
            html = reader.get(path).text
            seen += re.findall(r'id="idea-(\d+)"', html)
            link = re.search(r'href="([^"]*after=[^"]*)"', html)
            path = link[1].replace("&amp;", "&").split("#")[0] if link else None
        assert len(seen) == len(set(seen)) == 61


class TestThreads:
    def test_keep_two_levels_whatever_is_answered(self, cast: Cast) -> None:
        reply = cast.post_comment("A reply", by="ana", reply_to=cast.comment)
        cast.approve(reply)
        deeper = cast.post_comment("A reply to the reply", reply_to=reply)
        cast.approve(deeper)
        for one in (reply, deeper):
            assert cast.contribution(one).root_id == cast.comment
        assert cast.contribution(deeper).reply_to_id == reply
        assert cast.contribution(cast.comment).root_id == cast.comment

    @pytest.mark.parametrize("order", list(Order))
    def test_show_each_thread_once_with_its_first_replies(
        self, cast: Cast, order: Order, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(conversation, "THREADS", 4)
        roots = [cast.comment, *plant(cast, 8, kind=Kind.COMMENT, idea_id=cast.idea, topic_id=None)]
        made = set(roots)
        for root in roots[::2]:
            made |= set(_replies(cast, root, 5))
        with cast.writing():
            for index, root in enumerate(roots):
                helpful = {"helpful": index % 3}
                db.session.execute(
                    update(Contribution).where(Contribution.id == root).values(helpful)
                )
        with cast.app.app_context():
            seen: list[Thread] = []
            after = ""
            while True:
                page = conversation.threads_of([cast.idea], order, after)
                assert len(page.rows) <= 4
                seen += page.rows
                if page.older is None:
                    break
                after = page.older
        keys = {
            Order.OLDEST: lambda thread: thread.root.id,
            Order.NEWEST: lambda thread: -thread.root.id,
            Order.HELPFUL: lambda thread: (-thread.root.helpful, -thread.root.id),
        }
        assert [thread.root.id for thread in seen] == [
            thread.root.id for thread in sorted(seen, key=keys[order])
        ]
        assert {thread.root.id for thread in seen} == set(roots)
        for thread in seen:
            number = 5 if thread.root.id in roots[::2] else 0
            assert len(thread.replies) == min(number, conversation.FIRST_REPLIES)
            assert thread.more == number - len(thread.replies)
            ids_ = [reply.id for reply in thread.replies]
            assert ids_ == sorted(ids_)
            assert set(ids_) <= made

    def test_are_read_whole_on_pages_of_their_own(self, cast: Cast) -> None:
        replies = _replies(cast, cast.comment, 120)
        reader = Browser(cast.app)
        idea = reader.get(f"/d/{SLUG}/ideas/{cast.idea}", 301).headers["Location"]
        page = reader.get(idea).text
        assert "Show 117 more replies" in page
        seen: list[int] = []
        path = f"{idea}?thread={cast.comment}"
        for _page in range(3):
            page = reader.get(path).text
            found = [int(one) for one in re.findall(r'id="comment-(\d+)"', page)]
            assert found[0] == cast.comment, "the comment that is answered stands first"
            seen += found[1:]
            link = re.search(r'data-more><a href="([^"#]+)', page)
            path = link[1].replace("&amp;", "&") if link else ""
        assert seen == replies
        assert path == ""
        for wrong in (cast.idea, replies[0], 10**6, "x"):
            reader.get(f"{idea}?thread={wrong}", 404)

    def test_keep_the_place_of_a_comment_that_is_gone_for_the_replies_to_it(
        self, cast: Cast
    ) -> None:
        alone = cast.post_comment("Nobody answers this")
        cast.approve(alone)
        reply = cast.post_comment("A reply", by="ana", reply_to=cast.comment)
        cast.approve(reply)
        for one in (alone, cast.comment):
            cast.withdraw(one)
        reader = Browser(cast.app)
        idea = reader.get(f"/d/{SLUG}/ideas/{cast.idea}", 301).headers["Location"]
        page = reader.get(idea).text
        assert page.count("Comment withdrawn by its author.") == 1
        assert f'id="comment-{alone}"' not in page
        assert "A reply" in page

    @pytest.mark.sqlite_only
    def test_are_found_without_reading_all_comments(self, cast: Cast) -> None:
        """By their indexes, in their order: no sorting of all, no look at each."""
        asked: list[tuple[str, object]] = []
        with cast.app.app_context():

            def listen(_c: object, _u: object, said: str, given: object, *_: object) -> None:
                asked.append((said, given))

            event.listen(db.engine, "before_cursor_execute", listen)
            for order in Order:
                conversation.threads_of([cast.idea], order, paging.encode(*range(2)), me_id=1)
                conversation.threads_of([cast.idea], order, me_id=1)
            conversation.thread_of([cast.idea], cast.comment)
            event.remove(db.engine, "before_cursor_execute", listen)
            plans = [
                " / ".join(
                    row[3]
                    for row in db.session.connection()
                    .exec_driver_sql(f"EXPLAIN QUERY PLAN {said}", given)
                    .all()
                )
                for said, given in asked
                if said.lstrip().startswith(("WITH", "SELECT"))
            ]
        assert len(plans) == 7
        for plan in plans:
            assert not re.search(r"SCAN (?!roots)", plan), plan
        assert all("ix_contribution_roots" in plan for plan in plans[:6]), plans
        assert sum("ix_contribution_roots_helpful" in plan for plan in plans) == 2

    def test_are_reached_by_the_address_of_each_comment(self, cast: Cast) -> None:
        first = plant(cast, 30, kind=Kind.COMMENT, idea_id=cast.idea, topic_id=None)
        replies = _replies(cast, first[0], 70)
        reader = Browser(cast.app)
        for comment in (cast.comment, first[0], first[-1], replies[0], replies[40], replies[-1]):
            where = reader.get(f"/c/{comment}", 303).headers["Location"]
            path, _, anchor = where.partition("#")
            assert f'id="{anchor}"' in reader.get(path).text, comment

    def test_have_no_address_for_what_is_not_public(self, cast: Cast) -> None:
        waiting = cast.post_comment("Not yet")
        reader = Browser(cast.app)
        for number in (waiting, cast.idea, 0, 10**6):
            reader.get(f"/c/{number}", 404)
        cast.withdraw(cast.comment)
        reader.get(f"/c/{cast.comment}", 404)


def _replies(cast: Cast, root: int, number: int) -> list[int]:
    return plant(
        cast,
        number,
        kind=Kind.COMMENT,
        idea_id=cast.idea,
        root_id=root,
        reply_to_id=root,
        topic_id=None,
    )
