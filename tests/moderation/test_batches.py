"""Many items by one press: a look at the choice, one row and one record each, one undo."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Select, func, select, update
from werkzeug.test import TestResponse

from dialogue.accounts.models import Role
from dialogue.dialogues.models import ModerationReason
from dialogue.kernel import audit, clock
from dialogue.kernel.audit import AuditEntry
from dialogue.kernel.db import db, transaction
from dialogue.kernel.mail import MailMessage
from dialogue.moderation.models import (
    BatchedDecision,
    DecisionBatch,
    ModerationDecision,
    QueueItem,
)
from dialogue.moderation.queries import waiting
from dialogue.participation.models import Contribution
from tests.moderation.test_pages import words
from tests.moderation.world import World, form_of, give, make_dialogue, waiting_directly
from tests.parts.person import Form, forms

LOOK, DECIDE = "/mod/batches/look", "/mod/batches"


def look(client: FlaskClient, *items: int, **fields: str) -> TestResponse:
    form = form_of(client.get("/mod/queue").text, "", action=LOOK)
    return client.post(LOOK, data={**form.fields, "item": [str(one) for one in items], **fields})


def press(client: FlaskClient, page: TestResponse, **fields: str) -> TestResponse:
    """Press the first button of the page, approve; or what `fields` say instead."""
    form = form_of(page.text, "", action=DECIDE)
    seen = [part.split('"')[0] for part in page.text.split('name="seen" value="')[1:]]
    seen = list(dict.fromkeys(seen))
    button = {name: value for name, value in form.buttons[:1] if name}
    return client.post(DECIDE, data={**form.fields, **button, "seen": seen, **fields})


def undo_of(page: TestResponse) -> Form:
    return next(one for one in forms(page.text, "") if re.search(r"/batches/\d+/undo$", one.action))


def screen_all(world: World) -> None:
    with world.context(), transaction():
        db.session.execute(update(QueueItem).values(screened_at=clock.now()))


def count(world: World, statement: Select[tuple[int]]) -> int:
    with world.context():
        return db.session.scalar(statement) or 0


class TestAChoice:
    def test_is_looked_at_decided_and_taken_back_as_one(self, world: World) -> None:
        ideas = [world.submit(f"Idea {index}")[0] for index in range(3)]
        other, _ = world.submit("Not chosen")
        client = world.client(world.lee)
        page = look(client, *(world.item(idea).id for idea in ideas))
        assert "3 items were chosen" in words(page)
        assert count(world, select(func.count(ModerationDecision.id))) == 0, (
            "a look changes nothing"
        )
        answer = press(client, page)
        assert answer.status_code == 303
        shown = client.get(answer.location)
        assert "Approved: 3 of 3 items." in words(shown)
        with world.context():
            states = db.session.scalars(select(Contribution.state).order_by(Contribution.id)).all()
            assert states == ["published"] * 3 + ["pending"]
            acts = Counter(db.session.scalars(select(AuditEntry.act)))
            assert acts["decision.approved"] == 3
            assert audit.verify() == []
        queue = client.get("/mod/queue")
        assert "Approved 3 items together." in words(queue)
        undo = undo_of(queue)
        assert client.post(undo.action, data=undo.fields).status_code == 303
        with world.context():
            states = db.session.scalars(select(Contribution.state)).all()
            assert states == ["pending"] * 4
            assert waiting.counts(None).waiting == 4
            assert Counter(db.session.scalars(select(AuditEntry.act)))["decision.undone"] == 3
            assert audit.verify() == []
        assert world.item(other).closed_at is None

    def test_leaves_out_what_needs_a_look_of_its_own_and_names_it(self, world: World) -> None:
        fine, _ = world.submit("Fine")
        details, _ = world.submit("Holds details", "Call (312) 456-7890.")
        danger, _ = world.submit("Danger", "Help me, I am locked in right now.")
        unchecked, _ = world.submit("Unchecked", screened=False)
        with world.context(), transaction():
            give(world.lee, Role.MODERATOR, dialogue_id=world.dialogue, now=clock.now())
        own, _ = world.submit("Own words", author=world.lee)
        client = world.client(world.lee)
        client.get("/mod/queue")
        page = look(
            client, *(world.item(one).id for one in (fine, details, danger, unchecked, own))
        )
        shown = words(page)
        for said in (
            "4 items are left out of an approval",
            "Holds details : holds personal details",
            "Danger : somebody may be at risk",
            "Unchecked : was not checked",
            "Own words : you wrote this yourself",
            "Approve 1 item",
            "Or reject 3 items because they have",
        ):
            assert said in shown
        answer = press(client, page)
        assert "Approved: 1 of 5 items." in words(client.get(answer.location))
        assert len(world.decisions_on(fine)) == 1
        for left in (details, danger, unchecked, own):
            assert world.decisions_on(left) == []

    def test_is_rejected_for_one_reason(self, world: World) -> None:
        ideas = [world.submit(f"Idea {index}")[0] for index in range(2)]
        client = world.client(world.lee)
        page = look(client, *(world.item(idea).id for idea in ideas))
        answer = press(client, page, outcome="reject", reason="spam")
        assert answer.status_code == 303
        for idea in ideas:
            (decision,) = world.decisions_on(idea)
            assert (decision.outcome, decision.reason_code) == ("rejected", "spam")

    @pytest.mark.sqlite_only
    def test_counts_once_however_often_it_is_sent(self, world: World) -> None:
        world.submit("Once")
        client = world.client(world.lee)
        page = look(client, all="1")
        answers = [press(client, page) for _ in range(5)]
        assert {(one.status_code, one.location) for one in answers} == {(303, answers[0].location)}
        assert count(world, select(func.count(DecisionBatch.id))) == 1
        assert count(world, select(func.count(ModerationDecision.id))) == 1

    def test_notes_what_somebody_else_changed_in_between(self, world: World) -> None:
        ideas = [world.submit(f"Idea {index}")[0] for index in range(4)]
        client = world.client(world.lee)
        page = look(client, *(world.item(idea).id for idea in ideas))
        world.decide(ideas[0], by=world.mo)
        world.edit(ideas[1], "Another wording", "Words")
        world.withdraw(ideas[2])
        answer = press(client, page)
        shown = words(client.get(answer.location))
        assert "Approved: 1 of 4 items." in shown
        assert shown.count("was decided, edited or withdrawn meanwhile") == 3
        assert len(world.decisions_on(ideas[0])) == 1
        assert world.decisions_on(ideas[1]) == []

    @pytest.mark.sqlite_only
    def test_of_nothing_or_a_retired_reason_is_refused_with_a_sentence(self, world: World) -> None:
        world.submit("Kept")
        client = world.client(world.lee)
        assert "Nothing was chosen" in words(look(client))
        page = look(client, all="1")
        with world.context(), transaction():
            db.session.execute(update(ModerationReason).values(retired_at=clock.now()))
        answer = press(client, page, outcome="reject", reason="spam")
        assert answer.status_code == 422
        assert "not in the list any more" in words(answer)
        assert count(world, select(func.count(DecisionBatch.id))) == 0
        for fields in ({"outcome": "explode"}, {"outcome": "reject", "reason": ""}):
            assert press(client, page, **fields).status_code == 422
        assert client.post(DECIDE, data={"csrf_token": "x"}).status_code == 403

    @pytest.mark.sqlite_only
    def test_shows_nothing_of_another_moderators_dialogue(self, world: World) -> None:
        world.submit("Here")
        with world.context(), transaction():
            elsewhere = make_dialogue("elsewhere", clock.now())
            give(world.ben, Role.MODERATOR, dialogue_id=elsewhere.id, now=clock.now())
        lee, ben = world.client(world.lee), world.client(world.ben)
        page = look(lee, all="1")
        answer = press(lee, page)
        assert ben.get(answer.location).status_code == 404
        undo = answer.location.split("?")[0] + "/undo"
        form = undo_of(lee.get(answer.location))
        token = form_of(
            ben.get("/d/outreach/ideas/new").text, "", action="", holding="csrf_token"
        ).fields["csrf_token"]
        assert ben.post(undo, data={**form.fields, "csrf_token": token}).status_code == 404


@pytest.mark.sqlite_only
class TestFiveHundred:
    def test_are_decided_with_a_row_each_and_taken_back(self, world: World) -> None:
        waiting_directly(world, 520, items=True)
        screen_all(world)
        client = world.client(world.lee)
        page = look(client, all="1")
        assert "Approve 500 items" in words(page)
        answer = press(client, page)
        assert count(world, select(func.count(BatchedDecision.decision_id))) == 500
        assert count(world, _entries("decision.approved")) == 500
        undo = undo_of(client.get(answer.location))
        client.post(undo.action, data=undo.fields)
        with world.context():
            assert set(db.session.scalars(select(Contribution.state))) == {"pending"}
            assert waiting.counts(None).waiting == 520
        assert count(world, _entries("decision.undone")) == 500
        with world.context():
            assert audit.verify() == []


class TestItsUndo:
    def test_comes_too_late_after_the_window(self, world: World) -> None:
        world.submit("Kept")
        client = world.client(world.lee)
        answer = press(client, look(client, all="1"))
        form = undo_of(client.get(answer.location))
        with world.context(), transaction():
            late = clock.now() - timedelta(minutes=11)
            db.session.execute(update(DecisionBatch).values(at=late))
            db.session.execute(update(ModerationDecision).values(at=late))
        late_answer = client.post(form.action, data=form.fields)
        assert late_answer.status_code == 409
        assert "for 10 minutes" in words(late_answer)
        assert count(world, select(func.count(ModerationDecision.id))) == 1

    def test_by_somebody_else_leaves_what_has_gone_on(self, world: World) -> None:
        first, _ = world.submit("First")
        second, _ = world.submit("Second")
        client = world.client(world.lee)
        answer = press(client, look(client, all="1"))
        world.edit(first, "Another wording", "Words")
        mo = world.client(world.mo)
        form = undo_of(mo.get(answer.location))
        assert mo.post(form.action, data=form.fields).status_code == 303
        assert len(world.decisions_on(first)) == 1, "its author has gone on"
        assert world.decisions_on(second)[-1].outcome == "undone"
        assert count(world, select(func.count(MailMessage.id))) == 0


def _entries(act: str) -> object:
    return select(func.count(AuditEntry.seq)).where(AuditEntry.act == act)
