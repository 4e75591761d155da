"""Authors are told why, may send again once and ask once for a second look, answered in writing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, select

from dialogue.accounts.models import Grant, User
from dialogue.kernel import clock
from dialogue.kernel.audit import AuditEntry
from dialogue.kernel.db import db, transaction
from dialogue.kernel.errors import Conflict, FieldErrors, Forbidden, NotFound
from dialogue.kernel.mail import MailMessage
from dialogue.moderation import tasks
from dialogue.moderation.commands import appeals, decisions
from dialogue.moderation.commands.deeds import Wish
from dialogue.moderation.models import Appeal, Lane, ModerationDecision, Outcome, QueueItem
from dialogue.moderation.queries.outcomes import Told, reason_given
from dialogue.notifications.models import Notice
from dialogue.notifications.tasks import take_back, tell_decision
from dialogue.participation.models import Contribution, Restriction
from dialogue.participation.queries import integrity
from dialogue.participation.queries.history import public_wordings
from dialogue.participation.redaction import HiddenKind
from tests.moderation.test_steps import take
from tests.moderation.world import World, form_of
from tests.participation.recount import problems

WORDS = "It names no person: the farm in it is made up."


def refused(world: World, *, by: int | None = None) -> tuple[int, int]:
    """An idea of Ana's that Lee did not publish, and the decision."""
    idea = world.submit()[0]
    return idea, world.decide(
        idea, Outcome.REJECTED, reason="claim", note="It names a farm.", by=by
    )


def ask(
    world: World,
    decision: int,
    *,
    by: int | None = None,
    words: str = WORDS,
    now: datetime | None = None,
) -> int:
    """Ask; return the item in which the appeal waits."""
    with world.context(), transaction():
        return appeals.ask_about_decision(
            decision_id=decision, user_id=by or world.ana, words=words, now=now or clock.now()
        ).item_id


def answer(
    world: World, item: int, *, granted: bool, by: int | None = None, words: str = "Read again."
) -> int:
    with world.context(), transaction():
        return appeals.answer(
            item_id=item,
            version=db.session.get_one(QueueItem, item).version,
            granted=granted,
            words=words,
            moderator=db.session.get_one(User, by or world.mo),
            scope=frozenset({world.dialogue}),
            now=clock.now(),
        ).id


def in_place(
    world: World, contribution: int, outcome: Outcome, *, reason: str = "", **wish: Any
) -> int:
    with world.context(), transaction():
        return decisions.decide_in_place(
            contribution_id=contribution,
            version=db.session.get_one(Contribution, contribution).version,
            outcome=outcome,
            reason_code=reason,
            note="",
            moderator=db.session.get_one(User, world.lee),
            scope=frozenset({world.dialogue}),
            now=clock.now(),
            wish=Wish(**wish),
        ).id


def state(world: World, contribution: int) -> str:
    with world.context():
        return db.session.get_one(Contribution, contribution).state


def told(world: World, contribution: int) -> Told:
    with world.context():
        found = reason_given(contribution, clock.now())
        assert found is not None
        return found


def send(client: FlaskClient, path: str, holding: str, **fields: str) -> tuple[int, str]:
    form = form_of(client.get(path).text, path, action=path, holding=holding)
    sent = client.post(path, data={**form.fields, **fields})
    return sent.status_code, sent.text


class TestAnAppeal:
    def test_waits_in_its_lane_and_changes_the_outcome_when_granted(self, world: World) -> None:
        idea, decision = refused(world)
        item = ask(world, decision)
        with world.context():
            waiting = db.session.get_one(QueueItem, item)
            assert (waiting.lane, waiting.closed_at) == (Lane.APPEALS, None)
            tasks.sweep()
            assert db.session.get_one(QueueItem, item).closed_at is None
        look = told(world, idea).second_look
        assert look is not None
        assert look.is_waiting
        made = answer(world, item, granted=True)
        assert state(world, idea) == "published"
        with world.context():
            assert problems() == []
            found = db.session.get_one(ModerationDecision, made)
            assert (found.outcome, found.note) == (Outcome.APPEAL_GRANTED, "Read again.")
            entry = db.session.scalars(
                select(AuditEntry).where(AuditEntry.act == "decision.appeal_granted")
            ).one()
            assert entry.actor == f"user:{world.mo}"

    def test_leaves_the_decision_when_refused_and_gives_the_answer(self, world: World) -> None:
        idea, decision = refused(world)
        answer(world, ask(world, decision), granted=False, words="The farm can be found.")
        assert state(world, idea) == "rejected"
        look = told(world, idea).second_look
        assert look is not None
        assert (look.outcome, look.answer) == ("appeal_refused", "The farm can be found.")
        assert not look.by_the_same

    def test_is_asked_once_by_the_author_in_time_in_words(self, world: World) -> None:
        _idea, decision = refused(world)
        with pytest.raises(NotFound):
            ask(world, decision, by=world.ben)
        with pytest.raises(FieldErrors):
            ask(world, decision, words="  \n ")
        with pytest.raises(FieldErrors):
            ask(world, decision, words="x" * 1001)
        days = world.app.config["APPEAL_DAYS"]
        with pytest.raises(Conflict, match="time for asking is over"):
            ask(world, decision, now=clock.now() + timedelta(days=days, minutes=1))
        ask(world, decision)
        with pytest.raises(Conflict, match="already"):
            ask(world, decision)
        with world.context():
            assert len(db.session.scalars(select(Appeal)).all()) == 1

    def test_is_not_asked_about_what_was_taken_back_or_published(self, world: World) -> None:
        idea, decision = refused(world)
        world.undo(decision)
        with pytest.raises(Conflict, match="does not stand"):
            ask(world, decision)
        approved = world.decide(idea)
        with pytest.raises(NotFound):
            ask(world, approved)

    def test_goes_to_another_moderator_where_there_is_one(self, world: World) -> None:
        idea, decision = refused(world)
        item = ask(world, decision)
        with pytest.raises(Forbidden, match="You decided this first"):
            answer(world, item, granted=True, by=world.lee)
        with world.context(), transaction():
            db.session.execute(delete(Grant).where(Grant.user_id == world.mo))
        answer(world, item, granted=False, by=world.lee)
        look = told(world, idea).second_look
        assert look is not None
        assert look.by_the_same
        page = world.client(world.ana).get("/me").text
        assert "because this dialogue has no other" in page

    def test_needs_an_answer_in_writing_and_takes_one(self, world: World) -> None:
        _idea, decision = refused(world)
        item = ask(world, decision)
        with pytest.raises(FieldErrors):
            answer(world, item, granted=True, words="  ")
        answer(world, item, granted=True)
        with pytest.raises(Conflict):
            answer(world, item, granted=False)

    def test_is_not_decided_by_a_key_nor_taken_back(self, world: World) -> None:
        idea, decision = refused(world)
        item = ask(world, decision)
        with pytest.raises(Conflict, match="answer in writing"):
            world.decide(idea, by=world.mo)
        made = answer(world, item, granted=True)
        with pytest.raises(Conflict):
            world.undo(made, by=world.mo)
        assert "/undo" not in world.client(world.mo).get("/mod/queue").text

    def test_brings_back_what_was_hidden_or_set_aside(self, world: World) -> None:
        for outcome, before in ((Outcome.HIDDEN, "hidden"), (Outcome.OFF_TOPIC, "off_topic")):
            idea = world.submit(f"An idea {outcome}")[0]
            world.decide(idea)
            decision = in_place(world, idea, outcome, reason="claim")
            assert state(world, idea) == before
            assert "Ask for a second look" in world.client(world.ana).get("/me").text
            answer(world, ask(world, decision), granted=True)
            assert state(world, idea) == "published"
            with world.context():
                assert problems() == []

    def test_is_offered_and_answered_by_letter_truthfully(self, world: World) -> None:
        _idea, decision = refused(world)
        with world.context():
            tell_decision(decision)
            letter = db.session.scalars(select(MailMessage.text)).one()
            assert "send it again, once" in letter
            assert f"/me/second-look/{decision}" in letter
            assert str((clock.now() + timedelta(days=30)).year) in letter
        with world.context(), transaction():
            db.session.execute(delete(Grant).where(Grant.user_id == world.mo))
        made = answer(world, ask(world, decision), granted=False, by=world.lee)
        with world.context():
            tell_decision(made)
            letter = db.session.scalars(
                select(MailMessage.text).order_by(MailMessage.id.desc()).limit(1)
            ).one()
            assert "same one, because there is no other" in letter
            assert "Read again." in letter
            assert "Another moderator" not in letter

    def test_about_a_step_ends_it_when_granted(self, world: World) -> None:
        idea = world.submit()[0]
        step = take(world, world.item(idea).id, "mute", until=clock.now() + timedelta(days=7))
        world.decide(idea)
        code, _ = send(
            world.client(world.ana), f"/me/steps/{step}/second-look", "words", words=WORDS
        )
        assert code == 303
        with world.context():
            item = db.session.scalars(select(Appeal)).one().item_id
        assert "Mute" in world.client(world.mo).get(f"/mod/items/{item}/appeal").text
        answer(world, item, granted=True)
        with world.context():
            assert db.session.get_one(Restriction, step).lifted_at is not None
        world.submit("Free again")
        assert "Read again." in world.client(world.ana).get("/me/steps").text


class TestAnAppealAboutWordsAndMerges:
    def test_shows_hidden_words_again(self, world: World) -> None:
        idea = world.submit("Ask Rosa Diaz first", "Rosa Diaz keeps the list of recruiters.")[0]
        world.decide(idea)
        hidden = in_place(world, idea, Outcome.REDACTED, words=(("Rosa Diaz", HiddenKind.NAME),))
        page = world.client(world.ana).get("/me").text
        for said in ("A moderator hid words here", f"/me/second-look/{hidden}", "Edit"):
            assert said in page, said
        item = ask(world, hidden)
        with world.context():
            tasks.sweep()
        asked = world.client(world.mo).get(f"/mod/items/{item}/appeal").text
        assert "Change it: show the hidden words again" in asked
        assert "Rosa" not in asked
        answer(world, item, granted=True)
        with world.context():
            found = db.session.get_one(Contribution, idea)
            assert (found.state, found.title, found.listed) == (
                "published",
                "Ask Rosa Diaz first",
                True,
            )
            assert "Rosa Diaz keeps" in found.fragment
            assert problems() == []
            assert [one.title for one in public_wordings(idea)] == [
                "Ask Rosa Diaz first",
                "Ask [name removed by a moderator] first",
                "Ask Rosa Diaz first",
            ]
            assert integrity.altered({}, None) == []
        page = world.client(world.ben).get(f"/d/outreach/ideas/{idea}", follow_redirects=True)
        assert "Rosa Diaz keeps the list" in page.text

    @pytest.mark.sqlite_only
    def test_stands_for_hidden_words_only_while_they_are_what_is_read(self, world: World) -> None:
        idea = world.submit("Ask Rosa Diaz first", "Rosa Diaz and Max Holt keep the list.")[0]
        first = world.decide_with(idea, Outcome.REDACTED, words=(("Rosa Diaz", HiddenKind.NAME),))
        second = in_place(world, idea, Outcome.REDACTED, words=(("Max Holt", HiddenKind.NAME),))
        with pytest.raises(Conflict, match="does not stand"):
            ask(world, first)  # it would bring more back than it hid
        item = ask(world, second)
        world.edit(idea, "Ask the union first", "It keeps the list.")
        with pytest.raises(Conflict):
            answer(world, item, granted=True)
        world.decide(idea, by=world.mo)
        with world.context():
            assert reason_given(idea, clock.now()) is None
            assert problems() == []

    def test_takes_an_idea_out_of_a_merge(self, world: World) -> None:
        root = world.submit("Publish a list of recruiters", author=world.ben)[0]
        world.decide(root)
        for waits in (False, True):  # when it is merged
            idea = world.submit(f"A list of recruiters, {waits}")[0]
            if not waits:
                world.decide(idea)
                merged = in_place(world, idea, Outcome.MERGED, into_id=root)
            else:
                merged = world.decide_with(idea, Outcome.MERGED, into_id=root)
            with world.context():
                tell_decision(merged)
                letter = db.session.scalars(
                    select(MailMessage.text).where(MailMessage.text.contains("co-author"))
                ).all()
                assert f"/me/second-look/{merged}" in letter[-1]
            assert "Both count as one" in world.client(world.ana).get("/me").text
            item = ask(world, merged)
            asked = world.client(world.mo).get(f"/mod/items/{item}/appeal").text
            assert "Change it: let the idea stand by itself again" in asked
            answer(world, item, granted=True)
            assert state(world, idea) == "published"
            with world.context():
                assert problems() == []
                assert db.session.get_one(Contribution, root).agree == 1
        item = ask(world, in_place(world, idea, Outcome.MERGED, into_id=root))
        answer(world, item, granted=False, words="They say the same.")
        assert state(world, idea) == "merged"
        assert "They say the same." in world.client(world.ana).get("/me").text


class TestADecisionThatIsTakenBack:
    def test_leaves_nothing_behind_though_its_author_saw_it_and_asked(self, world: World) -> None:
        root = world.submit("A list", author=world.ben)[0]
        world.decide(root)
        for outcome in (Outcome.REJECTED, Outcome.REDACTED, Outcome.MERGED):
            idea = world.submit(f"Ask Rosa Diaz first: {outcome}", "She keeps the list.")[0]
            first = world.item(idea).id
            made = world.decide_with(
                idea,
                outcome,
                reason="claim" if outcome is Outcome.REJECTED else "",
                words=(("Rosa Diaz", HiddenKind.NAME),),
                into_id=root,
            )
            with world.context():
                tell_decision(made)
            appeal = ask(world, made)
            world.undo(made)
            with world.context():
                take_back(made)
                tasks.sweep()
                waiting = select(QueueItem.id).where(
                    QueueItem.contribution_id == idea, QueueItem.closed_at.is_(None)
                )
                assert db.session.scalars(waiting).all() == [first], outcome
                assert reason_given(idea, clock.now()) is None
                for table in (Notice, MailMessage):
                    told = select(table.id).where(table.key.startswith(f"decision:{made}:"))
                    assert not db.session.scalars(told).all()
                assert problems() == []
            assert state(world, idea) == "pending"
            page = world.client(world.ana).get("/me").text
            for said in ("second look", "hid words", "Both count as one"):
                assert said not in page, said
            with pytest.raises(Conflict):
                answer(world, appeal, granted=False)
            world.decide(idea)
            assert state(world, idea) == "published"


@pytest.mark.sqlite_only
class TestWhatCameBack:
    def test_can_be_edited_from_every_page_that_shows_it(self, world: World) -> None:
        idea = world.submit()[0]
        world.decide(idea, Outcome.RETURNED, note="Please name the place.")
        client = world.client(world.ana)
        for path in ("/me", f"/d/outreach/ideas/{idea}"):
            page = client.get(path, follow_redirects=True).text
            assert "Please name the place." in page
            assert f"/d/outreach/ideas/{idea}/edit" in page, path


class TestSendingAgain:
    def test_is_for_once_and_is_read_by_a_person_first(self, world: World) -> None:
        idea, _decision = refused(world)
        page = world.client(world.ana).get("/me").text
        assert "Edit and send again" in page
        world.edit(idea, "Without the farm", "Better now.")
        assert state(world, idea) == "pending"
        world.decide(idea, Outcome.REJECTED, reason="claim", by=world.mo)
        with pytest.raises(Conflict, match="once already"):
            world.edit(idea, "A third try", "Really.")
        page = world.client(world.ana).get("/me").text
        assert "Edit and send again" not in page
        assert "Ask for a second look" in page

    def test_waits_even_where_words_are_public_at_once(self, world: World) -> None:
        idea, _decision = refused(world)
        world.set(moderation="after")
        world.edit(idea, "Without the farm", "Better now.")
        assert state(world, idea) == "pending"

    def test_takes_the_place_of_an_appeal_that_waits(self, world: World) -> None:
        idea, decision = refused(world)
        item = ask(world, decision)
        world.edit(idea, "Without the farm", "Better now.")
        with world.context():
            assert db.session.get_one(QueueItem, item).lane == Lane.NEW
        with pytest.raises(Conflict):
            answer(world, item, granted=True)
        world.decide(idea, by=world.mo)
        assert state(world, idea) == "published"


@pytest.mark.sqlite_only
class TestThePages:
    def test_tell_why_by_which_rule_by_whom_and_what_can_be_done(self, world: World) -> None:
        idea, decision = refused(world)
        client = world.client(world.ana)
        for page in (client.get("/me").text, client.get(f"/d/outreach/ideas/{idea}").text):
            for said in (
                "A crime claim about a named person",
                "It names a farm.",
                "A moderator decided this",
                "Edit and send again",
                f"/me/second-look/{decision}",
            ):
                assert said in page, said
        with world.context(), transaction():
            db.session.get_one(ModerationDecision, decision).decided_by_id = None
        assert "A rule of this dialogue decided this" in client.get("/me").text

    def test_lead_from_the_author_to_the_answer(self, world: World) -> None:
        idea, decision = refused(world)
        client, path = world.client(world.ana), f"/me/second-look/{decision}"
        assert send(client, path, "words", words="")[0] == 422
        form = form_of(client.get(path).text, path, action=path, holding="words")
        for _ in range(3):  # the same form
            assert client.post(path, data={**form.fields, "words": WORDS}).status_code == 303
        assert "You asked for a second look" in client.get("/me").text
        assert world.client(world.ben).get(path).status_code == 404
        item = world.item(idea).id
        first, second = world.client(world.lee), world.client(world.mo)
        here = f"/mod/items/{item}/appeal"
        assert "Read the appeal and answer" in second.get("/mod/queue?lane=appeals").text
        page = first.get(here).text
        assert "You decided this first" in page
        assert "<textarea" not in page
        page = second.get(here).text
        for said in (WORDS, "By Lee", "It names a farm.", "Check recruiters"):
            assert said in page, said
        code, page = send(second, here, "answer", answer="", outcome="grant")
        assert (code, "Write an answer" in page) == (422, True)
        code, page = send(second, here, "answer", answer="Kept as typed", outcome="")
        assert (code, "Kept as typed" in page) == (422, True)
        assert send(second, here, "answer", answer="You are right.", outcome="grant")[0] == 303
        assert world.client(world.ben).get(here).status_code == 404
        assert state(world, idea) == "published"
