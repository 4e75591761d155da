"""Screening that compares: like texts at intake, watch lists, what decisions teach."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import delete, func, select

from dialogue.accounts.models import User
from dialogue.analysis import spam_learning
from dialogue.analysis.watching import WatchKind
from dialogue.kernel import clock, marks
from dialogue.kernel.audit import AuditEntry
from dialogue.kernel.db import db, transaction
from dialogue.moderation import looking, tasks
from dialogue.moderation.commands import screening as keeping
from dialogue.moderation.models import Outcome, SpamLesson, TextOutline, TextPrint, WatchEntry
from dialogue.moderation.queries.screening import Entry
from dialogue.moderation.screening import Findings
from dialogue.participation.models import Revision
from tests.moderation.world import World, form_of

LETTER = (
    "Please make every employer give a written contract in the language of the worker before"
    " anybody pays a fee, and publish the list of recruiters who lost their license last year."
)


def findings(world: World, contribution: int) -> Findings:
    with world.context():
        newest = db.session.scalar(
            select(func.max(Revision.id)).where(Revision.contribution_id == contribution)
        )
        looked = looking.look(newest or 0)
        assert looked is not None
        return looked.findings


def own_words(world: World, contribution: int) -> list[str]:
    found = findings(world, contribution).alike
    assert found is not None
    with world.context():
        wording = db.session.scalars(
            select(Revision)
            .where(Revision.contribution_id == contribution)
            .order_by(Revision.id.desc())
        ).first()
        assert wording is not None
        fields = {"title": wording.title, "text": marks.reading_text(wording.html)}
    return [fields[one.field][one.start : one.end] for one in found.own]


class TestALikeText:
    def test_names_the_earliest_and_marks_only_what_this_one_adds(self, world: World) -> None:
        first = idea(world, "Written contracts", LETTER)
        idea(world, "A radio show", "Put the hotline number on the morning show of every station.")
        added = "My own cousin waited six weeks in Laredo for hers."
        second = idea(world, "Written contracts", f"{LETTER}\n\n{added}", author=world.ben)
        found = findings(world, second).alike
        assert found is not None
        assert (found.contribution_id, found.kind, found.others) == (first, "idea", 0)
        assert " ".join(own_words(world, second)) == added.rstrip(".")
        page = world.client(world.lee).get(f"/mod/items/{world.item(second).id}").text
        assert f"Very like idea {first}" in page
        assert "found--own" in page

    def test_counts_the_others_of_a_campaign(self, world: World) -> None:
        ideas = [idea(world, f"Contracts number {n}", LETTER) for n in range(5)]
        found = findings(world, ideas[-1]).alike
        assert found is not None
        assert (found.contribution_id, found.others) == (ideas[0], 3)

    def test_leaves_other_texts_and_short_ones_alone(self, world: World) -> None:
        idea(world, "Inspect more often", "Come at night, too.")
        other = idea(world, "Inspect more often", "Come at night, too.")
        assert findings(world, other).alike is None  # too short to be copied from anybody
        idea(world, "Written contracts", LETTER)
        third = idea(world, "Buses", "Put the number of the hotline on the buses that crews take.")
        assert findings(world, third).alike is None

    def test_forgets_what_was_withdrawn_and_follows_edits(self, world: World) -> None:
        first = idea(world, "Written contracts", LETTER)
        world.withdraw(first)
        with world.context():
            tasks.outline()
        with world.context():
            assert db.session.scalar(select(func.count()).select_from(TextPrint)) == 0
            assert db.session.scalar(select(func.count()).select_from(TextOutline)) == 0
        second = idea(world, "Written contracts", LETTER)
        assert findings(world, second).alike is None

    def test_is_found_for_what_came_before_the_index(self, world: World) -> None:
        first = idea(world, "Written contracts", LETTER)
        with world.context(), transaction():
            for model in (TextPrint, TextOutline):
                db.session.execute(delete(model))
        with world.context():
            tasks.outline()
        found = findings(world, idea(world, "Written contracts", LETTER)).alike
        assert found is not None
        assert found.contribution_id == first


@pytest.mark.sqlite_only
class TestAWatchList:
    def save(self, world: World, **lists: str) -> None:
        with world.context(), transaction():
            keeping.replace_list(
                dialogue_id=world.dialogue,
                entries=keeping.read_list({WatchKind(k): v for k, v in lists.items()}),
                moderator=db.session.get_one(User, world.lee),
                now=clock.now(),
            )

    def test_marks_words_domains_and_links_behind_words(self, world: World) -> None:
        self.save(
            world,
            word="Créwleader\nhot deal",
            domain="casino.example",
            link="shop.example/offer",
        )
        sent = idea(
            world,
            "A CREWLEADER wrote",
            "See [this page](https://win.casino.example/x) and shop.example/offer?id=3, a hot"
            " deal. Not shop.example/about, no crewleaders, not casino.example.org.",
        )
        with world.context():
            wording = db.session.scalars(
                select(Revision).where(Revision.contribution_id == sent)
            ).one()
            words = marks.reading_text(wording.html)
        found = findings(world, sent).watched
        assert [
            (words if one.field == "text" else wording.title)[one.start : one.end] for one in found
        ] == ["CREWLEADER", "this page", "shop.example/offer?id=3", "hot deal"]
        assert "On a watch list" in world.client(world.lee).get("/mod/queue").text

    def test_is_kept_by_moderators_on_a_page_that_tries_it_first(self, world: World) -> None:
        for n in range(3):
            idea(world, f"Buses {n}", "Put the number on the night buses.")
        client = world.client(world.lee)
        page = client.get("/mod/watch")
        form = form_of(page.text, "/mod/watch", action="/mod/watch", holding="word")
        tried = client.post(
            "/mod/watch", data={**form.fields, "word": "Night buses\nzeppelin", "step": "test"}
        )
        assert tried.status_code == 200
        assert "would mark 3 of the last 3 items" in tried.text
        assert '<mark class="found">night buses</mark>' in tried.text
        assert "1 entry was in none of them" in tried.text
        with world.context():
            assert db.session.scalars(select(WatchEntry)).all() == []
        saved = client.post(
            "/mod/watch", data={**form.fields, "word": "Night buses\nnight  BUSES", "step": "save"}
        )
        assert saved.status_code == 303
        with world.context():
            assert db.session.scalars(select(WatchEntry.folded)).all() == ["night buses"]
            act = db.session.scalars(
                select(AuditEntry).where(AuditEntry.act == "watch_list.changed")
            ).one()
            assert act.codes == {"added": 1, "removed": 0}

    @pytest.mark.parametrize(
        ("kind", "typed", "said"),
        [
            ("word", "x", "single letter"),
            ("word", "!!!", "no letters or digits"),
            ("word", "number", "stands in 25 of the last 25 items"),
            ("word", "\n".join(f"word{n}" for n in range(10_000)), "2000 entries at most"),
            ("word", "w" * 300, "200 characters at most"),
            ("domain", "com", "as an address such as"),
            ("link", "example.com", "has no path"),
        ],
    )
    def test_refuses_what_marks_nothing_or_everything_and_keeps_it_typed(
        self, world: World, kind: str, typed: str, said: str
    ) -> None:
        if typed == "number":
            for n in range(25):
                author = world.ana if n % 2 else world.ben
                idea(world, f"Pay slips {n}", "Print the number on them.", author=author)
        client = world.client(world.lee)
        page = client.get("/mod/watch").text
        form = form_of(page, "/mod/watch", action="/mod/watch", holding="word")
        answer = client.post("/mod/watch", data={**form.fields, kind: typed, "step": "save"})
        assert answer.status_code == 422
        assert said in answer.text
        assert typed[:100] in answer.text
        with world.context():
            assert db.session.scalars(select(WatchEntry)).all() == []

    def test_of_another_dialogue_is_not_there(self, world: World) -> None:
        client = world.client(world.lee)
        assert client.get("/mod/watch?list=nowhere").status_code == 404
        assert client.get("/mod/watch?list=").status_code == 404  # the site's is not Lee's
        assert world.client(world.ana).get("/mod/watch").status_code == 404


class TestALesson:
    def test_changes_what_is_called_advertising_and_only_suggests(self, world: World) -> None:
        pitch = "Our certified interpreters team offers onboarding packages for your company {}"
        honest = "Interpreters at the clinic helped my neighbor with case number {}"
        for n in range(spam_learning.ENOUGH):
            world.decide(
                idea(world, f"Packages {n}", pitch.format(f"east{n}"), author=world.ana),
                Outcome.REJECTED,
                reason="spam",
            )
            world.decide(idea(world, f"Clinic {n}", honest.format(f"west{n}"), author=world.ben))
        new = idea(world, "Packages", pitch.format("north"), author=world.mo)
        assert not findings(world, new).is_likely_spam
        with world.context():
            tasks.learn()
        assert findings(world, new).is_likely_spam
        assert world.item(new).closed_at is None
        assert not findings(
            world, idea(world, "Clinic", honest.format("south"), author=world.mo)
        ).is_likely_spam
        with world.context():
            stored: dict[str, Any] = db.session.scalars(select(SpamLesson.numbers)).one()
            assert set(stored) == {"spam", "honest", "counts"}
            assert all(isinstance(n, int) for row in stored["counts"] for n in row)

    def test_is_not_given_where_decisions_are_few_or_taken_back(self, world: World) -> None:
        decision = world.decide(idea(world, "Buy", "Buy it"), Outcome.REJECTED, reason="spam")
        world.undo(decision)
        with world.context():
            tasks.learn()
            lesson = db.session.scalars(select(SpamLesson)).one()
            model = spam_learning.from_numbers(lesson.numbers)
            assert (model.spam, model.honest) == (0, 0)
            assert not model.knows_enough


@pytest.mark.sqlite_only
class TestAnEntry:
    def test_is_compared_as_folded_and_counts_once(self, world: World) -> None:
        typed = "https://www.MÜLLER.example/\nmüller.example"
        with world.context():
            entries = keeping.read_list({WatchKind.DOMAIN: typed})
        assert entries == [
            Entry(WatchKind.DOMAIN, "https://www.MÜLLER.example/", "xn--mller-kva.example")
        ]


def idea(world: World, title: str, body: str, *, author: int | None = None) -> int:
    return world.submit(title, body, author=author)[0]
