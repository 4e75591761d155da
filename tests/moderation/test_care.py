"""Moderators among themselves: notes, what is hard to read, and reminders of what waits."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from dialogue.accounts.models import Grant, Role
from dialogue.kernel import audit, clock
from dialogue.kernel.audit import AuditNote
from dialogue.kernel.db import db, transaction
from dialogue.kernel.mail import MailMessage
from dialogue.kernel.outbox import OutboxEvent
from dialogue.moderation import tasks
from dialogue.moderation.commands import reminding
from dialogue.moderation.models import (
    HandOver,
    Mention,
    ModerationDecision,
    Outcome,
    QueueItem,
)
from dialogue.moderation.queries.integrity import altered_decisions
from tests.moderation.test_asking import flag, published, react
from tests.moderation.test_pages import press, words
from tests.moderation.world import World, form_of, give, make_dialogue, make_person
from tests.parts.person import Form, forms

HARD = "He hit me and locked me in, she said she will kill herself."


def mails(world: World) -> list[MailMessage]:
    with world.context():
        return list(db.session.scalars(select(MailMessage).order_by(MailMessage.id)))


def leave_note(world: World, item: int, text: str, *to: int, by: int | None = None) -> str:
    client = world.client(by or world.lee)
    path = f"/mod/items/{item}/notes"
    form = form_of(client.get(path).text, "", action=path)
    data = {**form.fields, "words": text, "to": [str(one) for one in to]}
    answer = client.post(path, data=data)
    assert answer.status_code in (303, 422)
    return client.get(path).text if answer.status_code == 303 else answer.text


class TestNotes:
    def test_are_read_by_moderators_and_tell_those_they_are_meant_for(self, world: World) -> None:
        idea, _ = world.submit("Somebody should look twice")
        item = world.item(idea).id
        page = leave_note(world, item, "I know the farm. <b>Careful.</b>", world.mo)
        assert "I know the farm. &lt;b&gt;Careful.&lt;/b&gt;" in page
        with world.context():
            note = db.session.scalars(select(HandOver)).one()
            tasks.tell_hand_over(note.id)
            tasks.tell_hand_over(note.id)
        (mail,) = mails(world)
        assert mail.to == "mo@people.example"
        assert f"/mod/items/{item}/notes" in mail.text
        assert "farm" not in mail.text + mail.subject
        mo = world.client(world.mo)
        queue = words(mo.get("/mod/queue"))
        assert "1 note for you" in queue
        assert "Note by Lee: I know the farm." in queue
        listed = mo.get("/mod/notes")
        assert "Somebody should look twice" in words(listed)
        press(mo, listed, f"/mod/items/{item}/notes/seen")
        assert "1 note for you" not in words(mo.get("/mod/queue"))
        assert "1 note for you" not in words(world.client(world.lee).get("/mod/queue"))

    def test_go_with_the_words_that_an_author_takes_back(self, world: World) -> None:
        """What moderators wrote may repeat them; that they decided and why stays on record."""
        idea, _ = world.submit("A canary sings", "It has a name.")
        world.decide(idea, Outcome.RETURNED, note="Leave the canary out.")
        kept, _ = world.submit("Another canary")
        world.decide(kept, Outcome.RETURNED, note="Leave this canary out, too.")
        leave_note(world, world.item(idea).id, "The canary is real.")
        world.withdraw(idea)
        for _again in range(2):
            with world.context():
                tasks.forget_words(idea)
                tasks.forget_words(kept)  # nobody took that back
        with world.context():
            assert db.session.scalars(select(HandOver.words)).all() == [""]
            notes = db.session.scalars(select(ModerationDecision.note)).all()
            assert sorted(notes) == ["", "Leave this canary out, too."]
            assert db.session.scalars(select(AuditNote.note)).all() == [
                "Leave this canary out, too."
            ]
            assert audit.verify() == []
            assert list(altered_decisions()) == []
            told = select(OutboxEvent.name).where(OutboxEvent.name == "WordsTakenBack")
            assert len(db.session.scalars(told).all()) == 1

    def test_are_erased_for_good_by_their_writer_alone(self, world: World) -> None:
        idea, _ = world.submit()
        item = world.item(idea).id
        page = leave_note(world, item, "Too much said")
        with world.context():
            note = db.session.scalars(select(HandOver)).one().id
        path = f"/mod/notes/{note}/erase"
        token = form_of(page, "", action=path).fields
        mo = world.client(world.mo)
        theirs = form_of(mo.get(f"/mod/items/{item}/notes").text, "", action="", holding="words")
        assert mo.post(path, data=theirs.fields).status_code == 404
        lee = world.client(world.lee)
        mine = form_of(lee.get(f"/mod/items/{item}/notes").text, "", action=path)
        assert token
        assert lee.post(path, data=mine.fields).status_code == 303
        with world.context():
            assert db.session.scalars(select(HandOver.words)).one() == ""
        shown = words(mo.get("/mod/queue"))
        assert "Too much said" not in shown
        assert "Note by Lee: erased" in shown

    @pytest.mark.sqlite_only
    def test_need_words_a_colleague_and_the_right_dialogue(self, world: World) -> None:
        idea, _ = world.submit()
        item = world.item(idea).id
        assert "Write what the others should know" in leave_note(world, item, " ")
        assert "Shorten it to 1000" in leave_note(world, item, "y" * 1001)
        kept = leave_note(world, item, "For an author?", world.ana)
        assert "Choose somebody from the list" in kept
        assert "For an author?" in kept
        with world.context(), transaction():
            elsewhere = make_dialogue("elsewhere", clock.now())
            give(world.ben, Role.MODERATOR, dialogue_id=elsewhere.id, now=clock.now())
        assert world.client(world.ben).get(f"/mod/items/{item}/notes").status_code == 404
        assert world.client(world.ana).get(f"/mod/items/{item}/notes").status_code == 404
        with world.context():
            assert db.session.scalars(select(Mention)).all() == []


class TestWhatIsHardToRead:
    def test_stands_behind_a_click_in_list_and_item(self, world: World) -> None:
        world.submit("A hard title", HARD)
        page = world.client(world.lee).get("/mod/queue")
        listed, opened = page.text.split('class="queue__rows"')[1], page.text
        assert "A hard title" not in listed
        assert "Hard to read" in listed
        folded = opened.split('<details class="item__hard"')[1].split("</details>")[0]
        assert "He hit me" in folded
        assert "<details open" not in folded

    def test_is_marked_and_unmarked_by_hand(self, world: World) -> None:
        idea, _ = world.submit("An ordinary title")
        item = world.item(idea).id
        lee = world.client(world.lee)
        path = f"/mod/items/{item}/hard"
        assert press(lee, lee.get(f"/mod/items/{item}/notes"), path).status_code == 303
        assert "Behind a click" in words(lee.get("/mod/queue"))
        assert press(lee, lee.get(f"/mod/items/{item}/notes"), path).status_code == 303
        assert "Behind a click" not in words(lee.get("/mod/queue"))

    @pytest.mark.sqlite_only
    def test_is_counted_softly(self, world: World) -> None:
        world.app.config["HARD_ITEMS"] = 2
        lee = world.client(world.lee)
        for number in range(2):
            assert "A pause helps" not in words(lee.get("/mod/queue"))
            idea, _ = world.submit(f"Hard {number}", HARD)
            world.decide(idea)
        assert "You have decided about 2 items that are hard to read today." in words(
            lee.get("/mod/queue")
        )


class TestReminders:
    def test_go_once_to_moderators_then_once_to_officers(self, world: World) -> None:
        begun = clock.now()
        with world.context(), transaction():
            ola = make_person("ola", begun)
            give(ola.id, Role.OFFICER, dialogue_id=world.dialogue, now=begun)
        for index in range(3):
            world.submit(f"Idea {index}", now=begun - timedelta(hours=23 + index, minutes=30))

        def remind(hours: float) -> list[tuple[str, str]]:
            with world.context(), transaction():
                known = db.session.scalars(select(MailMessage.id)).all()
                reminding.remind(now=begun + timedelta(hours=hours))
                fresh = select(MailMessage).where(MailMessage.id.not_in(known))
                return sorted(
                    (mail.to.split("@")[0], mail.text) for mail in db.session.scalars(fresh)
                )

        assert [to for to, _text in remind(0)] == ["lee", "mo"]
        assert remind(0.25) == [], "told already"
        assert remind(1) == [], "a digest, not a mail for each"
        ((lee, text), (mo, _text)) = remind(13)
        assert (lee, mo) == ("lee", "mo")
        assert "3 items longer than 24 h" in text
        assert "Idea" not in text
        assert [to for to, _text in remind(26)] == ["ola"], "twice the target: one step higher"
        assert remind(100) == []

    @pytest.mark.sqlite_only
    def test_name_no_sensitive_dialogue_and_nothing_that_is_decided(self, world: World) -> None:
        world.set(sensitive=True)
        old = clock.now() - timedelta(hours=30)
        waits, _ = world.submit("Waits", now=old)
        done, _ = world.submit("Decided", now=old)
        world.decide(done)
        gone, _ = world.submit("Withdrawn", now=old)
        world.withdraw(gone)
        with world.context():
            tasks.remind()
        assert {mail.to for mail in mails(world)} == {"lee@people.example", "mo@people.example"}
        for mail in mails(world):
            assert "1 item longer than 24 h" in mail.text
            assert "Outreach" not in mail.text + mail.subject
        assert waits

    @pytest.mark.sqlite_only
    def test_do_not_go_to_moderators_of_another_dialogue(self, world: World) -> None:
        world.submit("Waits", now=clock.now() - timedelta(hours=30))
        with world.context(), transaction():
            db.session.execute(
                update(Grant).where(Grant.user_id == world.mo).values(until_at=clock.now())
            )
        with world.context():
            tasks.remind()
        assert [mail.to for mail in mails(world)] == ["lee@people.example"]


class TestReported:
    def test_is_kept_or_hidden_and_the_flags_have_their_answer(self, world: World) -> None:
        idea = published(world, "Something public")
        react(world, flag(world, idea, by=world.ben))
        lee = world.client(world.lee)
        page = lee.get("/mod/queue?lane=flagged")
        shown = words(page)
        for said in (
            "Reported by 1 person",
            "Advertising, or not about the question: Please look.",
            "Is it all right as it is?",
            "Or hide because it has",
        ):
            assert said in shown
        item = world.item(idea).id
        answer = press(lee, page, f"/mod/items/{item}/decisions")
        assert "Kept" in words(lee.get(answer.location))
        assert world.decisions_on(idea)[-1].outcome == "kept"
        assert "Nothing is waiting here" in words(lee.get("/mod/queue?lane=flagged"))
        undo = form_of(lee.get("/mod/queue").text, "", action="", holding="lane")
        lee.post(undo.action, data=undo.fields)
        page = lee.get(f"/mod/queue?item={item}")
        assert "Reported by 1 person" in words(page)
        answer = press(lee, page, f"/mod/items/{item}/decisions", holding="note", reason="spam")
        assert answer.status_code == 303
        assert world.decisions_on(idea)[-1].outcome == "hidden"

    def test_s_sends_it_to_the_safety_lane_and_undo_brings_it_back(self, world: World) -> None:
        idea, _ = world.submit("Perhaps at risk")
        lee = world.client(world.lee)
        page = lee.get("/mod/queue")
        item = world.item(idea)
        form = next(one for one in _forms(page.text) if one.fields.get("outcome") == "escalate")
        assert lee.post(form.action, data=form.fields).status_code == 303
        moved = world.item(idea)
        assert (moved.lane, moved.closed_at) == ("safety", None)
        with world.context():
            tasks.tell_safety_lead(world.decisions_on(idea)[0].id)
        assert mails(world) == [], "nobody is named, and there is no officer here"
        world.set(safety_lead_id=world.mo)
        with world.context():
            tasks.tell_safety_lead(world.decisions_on(idea)[0].id)
            tasks.tell_safety_lead(world.decisions_on(idea)[0].id)
        (mail,) = mails(world)
        assert (mail.to, "Perhaps at risk" in mail.text) == ("mo@people.example", False)
        own = words(world.client(world.ana).get(f"/d/outreach/ideas/{idea}"))
        assert "Are you or someone else in danger now?" in own
        assert "1-888-373-7888" in own
        undo = form_of(lee.get("/mod/queue").text, "", action="", holding="lane")
        lee.post(undo.action, data=undo.fields)
        assert world.item(idea).lane == item.lane
        with world.context():
            assert db.session.scalars(select(QueueItem.closed_at)).all() == [None]


def _forms(page: str) -> list[Form]:
    return forms(page, "")
