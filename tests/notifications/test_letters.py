"""Every outcome has its letter, every letter its limits: no words where they must not be, no header
that somebody planted, no address that is not theirs any more."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask_babel import force_locale
from sqlalchemy import select

from dialogue.accounts.models import User
from dialogue.dialogues.models import Dialogue, ModerationReason
from dialogue.kernel import clock, mail
from dialogue.kernel.db import db
from dialogue.moderation.models import ModerationDecision, Outcome, QueueItem
from dialogue.notifications import letters, tasks
from dialogue.notifications.models import Event, Notice
from dialogue.participation.models import Contribution, Participant
from tests.cast import TITLE, WAITING_TITLE, Cast
from tests.notifications.conftest import Telling
from tests.pages import UNFILLED, Browser
from tests.parts.mailbox import Mailbox

pytestmark = pytest.mark.sqlite_only

# What moderators do without the author being told.
TOLD_TO_NOBODY = {
    Outcome.COMMENTS_OPENED,
    Outcome.LOCKED,
    Outcome.UNLOCKED,
    Outcome.KEPT,
    Outcome.ESCALATED,
    Outcome.UNDONE,
}


def decided(cast: Cast, outcome: Outcome, *, on: int, note: str = "") -> int:
    """A decision as its row: what a letter rests on."""
    with cast.writing():
        found = db.session.get_one(Contribution, on)
        of_it = select(QueueItem.id).where(QueueItem.contribution_id == on)
        made = ModerationDecision(
            dialogue_id=found.dialogue_id,
            item_id=db.session.scalars(of_it).first(),
            contribution_id=on,
            revision_id=found.revisions[-1].id,
            outcome=outcome,
            reason_code="crime_claim",
            note=note,
            state_before=found.state,
            facts={"into": cast.idea} if outcome == Outcome.MERGED else {},
            decided_by_id=cast.people["lee"],
            at=clock.now(),
        )
        db.session.add(made)
        db.session.flush()
        return made.id


class TestTheTable:
    def test_decides_for_every_outcome_whether_its_author_is_told(self) -> None:
        assert set(letters.DECISIONS) == {str(one) for one in Outcome} - TOLD_TO_NOBODY

    def test_has_a_letter_and_a_notice_for_each(
        self, cast: Cast, telling: Telling, mailbox: Mailbox
    ) -> None:
        for outcome, said in letters.DECISIONS.items():
            for name, contribution in (("ana", cast.idea), ("ben", cast.comment)):
                telling.decided(
                    decided(cast, Outcome(outcome), on=contribution, note="Canary note.")
                )
                mail = telling.mails(name)[-1]
                short = str(said.idea if name == "ana" else said.comment)
                assert mail.subject == f"[Outreach] {short}"
                assert not UNFILLED.search(mail.text), mail.text
                assert "“Outreach”" in mail.text
                assert "http://127.0.0.1:8000/" in mail.text
                assert ("Canary note." in mail.text) is said.why, outcome
                assert TITLE not in mail.subject
        for name, form in (("ana", "idea"), ("ben", "comment")):
            page = Browser(cast.app, name).get("/me/notices").text
            for said in letters.DECISIONS.values():
                assert str(getattr(said, form)) in page

    def test_tells_nobody_of_what_does_not_stand_in_it(self, cast: Cast, telling: Telling) -> None:
        for outcome in TOLD_TO_NOBODY - {Outcome.UNDONE}:
            telling.decided(decided(cast, outcome, on=cast.idea))
        assert telling.mails("ana") == []
        assert telling.notices("ana") == []


class TestUndo:
    def test_takes_the_notice_back_with_the_letter(self, cast: Cast, telling: Telling) -> None:
        decision = cast.reject(cast.waiting)
        telling.decided(decision)
        assert len(telling.notices("ana")) == 1
        cast.undo(decision)
        with telling.inside():
            tasks.take_back(decision)
        assert telling.notices("ana") == []
        assert telling.mails("ana") == []

    def test_of_a_reply_that_was_not_mailed_yet_tells_of_it_when_it_is_back(
        self, cast: Cast, telling: Telling
    ) -> None:
        comment = cast.post_comment("A reply", by="ana", reply_to=cast.comment)
        decision = cast.approve(comment)
        telling.published(comment)
        cast.undo(decision)
        with telling.inside():
            tasks.put_away(comment)
        telling.write()
        assert telling.mails("ben") == []
        cast.approve(comment)
        telling.published(comment)
        telling.write()
        assert len(telling.mails("ben")) == 1


class TestAMerge:
    def test_is_told_to_who_followed_and_lets_them_follow_on(
        self, cast: Cast, telling: Telling
    ) -> None:
        root = cast.post_idea("The same in other words", by="ben")
        cast.approve(root)
        for name in ("ola", "ana"):
            telling.follow(name, idea_id=cast.idea)
        with telling.inside():
            for _ in range(3):
                tasks.tell_merged(cast.idea, root)
        assert [row.event for row in telling.notices("ola")] == [Event.MERGED]
        assert telling.notices("ana") == [], "she has a letter"
        telling.write()
        assert f"Idea {cast.idea}, which you follow, now counts with “The same in other words”" in (
            telling.mails("ola")[0].text
        )
        comment = cast.post_comment("On the root", on=root, by="lee")
        cast.approve(comment, by="ada")
        telling.published(comment)
        assert telling.notices("ola")[-1].event == Event.COMMENT_POSTED

    def test_that_is_undone_in_time_is_not_told(self, cast: Cast, telling: Telling) -> None:
        root = cast.post_idea("The same in other words", by="ben")
        cast.approve(root)
        telling.follow("ola", idea_id=cast.idea)
        with telling.inside():
            tasks.tell_merged(cast.idea, root)
            tasks.forget_merge(cast.idea, root)
        assert telling.notices("ola") == []


class TestNobodyPlantsAHeader:
    def test_by_a_name_or_a_title(self, cast: Cast, telling: Telling, mailbox: Mailbox) -> None:
        """None of this can be typed; it stands in the database all the same."""
        evil = "Evil\r\nBcc: evil@evil.example\r\n\r\nBody"
        telling.follow("ola", idea_id=cast.idea)
        telling.post_comment("A reply", by="ana", reply_to=cast.comment)
        telling.post_comment("A comment")
        telling.decided(cast.reject(cast.waiting))
        with cast.writing():
            db.session.get_one(Dialogue, cast.dialogue).texts[0].short_name = evil
            db.session.get_one(Contribution, cast.idea).title = evil
            for person in db.session.scalars(select(Participant)):
                person.public_name = f"{evil} {person.id}"
            for reason in db.session.scalars(select(ModerationReason)):
                reason.texts = {"en": {"label": evil, "sentence": evil}}
        telling.write()
        telling.send(mailbox.url)
        assert len(mailbox.mails) == 3
        for found, (_sender, to) in zip(mailbox.mails, mailbox.envelopes, strict=True):
            assert found["Bcc"] is None
            assert to == [str(found["To"])]
            assert "\n" not in str(found["Subject"])

    def test_by_a_display_name_that_is_typed(self, cast: Cast) -> None:
        visitor = Browser(cast.app)
        form = visitor.form("/account/create", holding="email")
        for typed in ("Evil\r\nBcc: x@y.example", "a\x00b", "x@y.example"):
            fields = {"email": "n@people.example", "accept_policy": "yes", "display_name": typed}
            visitor.send(form, 422, **fields)

    def test_and_a_long_address_stays_whole(
        self, cast: Cast, telling: Telling, mailbox: Mailbox
    ) -> None:
        base = "https://a-very-long-name-of-a-department.and-of-an-office-in-it.agency.example/dialogues"
        cast.app.config["BASE_URL"] = base
        telling.follow("ola", idea_id=cast.idea)
        telling.post_comment("A comment")
        telling.write()
        telling.send(mailbox.url)
        assert str(mailbox.mails[0]["List-Unsubscribe"]).startswith(f"<{base}/e/")
        assert "=?" not in str(mailbox.mails[0]["List-Unsubscribe"])


class TestAChangedAddress:
    def test_gets_what_was_not_sent_yet(
        self, cast: Cast, telling: Telling, mailbox: Mailbox
    ) -> None:
        telling.decided(cast.reject(cast.waiting))
        with cast.writing():
            before = db.session.get_one(User, cast.people["ana"]).email
            assert mail.readdress(before, "new@people.example") == 1
        telling.send(mailbox.url)
        assert [str(found["To"]) for found in mailbox.mails] == ["new@people.example"]

    def test_of_an_erased_account_gets_nothing(self, cast: Cast, telling: Telling) -> None:
        telling.follow("ola", idea_id=cast.idea)
        telling.post_comment("A comment")
        telling.change("ola", email="former:5", email_folded="former:5", confirmed_at=None)
        telling.write()
        assert telling.mails() == []


class TestWordsOfTheAuthor:
    def test_leave_a_letter_that_waits_when_they_are_withheld(
        self, cast: Cast, telling: Telling, mailbox: Mailbox
    ) -> None:
        telling.decided(cast.reject(cast.waiting))
        assert WAITING_TITLE in telling.mails("ana")[0].text
        with cast.writing():
            mail.withhold(f"contribution:{cast.waiting}")
        telling.send(mailbox.url)
        text = mailbox.mails[0].get_content()
        assert WAITING_TITLE not in text
        assert "did not publish it" in text

    def test_are_in_the_language_of_the_reader_when_it_has_a_catalogue(self, cast: Cast) -> None:
        with cast.app.test_request_context(), force_locale("en"):
            assert letters.neutral_subject() == "Update from National Dialogues"


class TestForgetting:
    def test_what_was_read_long_ago_and_needs_no_mail(self, cast: Cast, telling: Telling) -> None:
        telling.follow("ola", idea_id=cast.idea)
        for index in range(3):
            telling.post_comment(f"Comment {index}")
        old = clock.now() - timedelta(days=400)
        with cast.writing():
            first, second, _third = db.session.scalars(select(Notice).order_by(Notice.id)).all()
            first.read_at, first.mailed_at = old, old
            second.read_at = old  # its mail still waits
        with telling.inside():
            tasks.forget()
        assert len(telling.notices("ola")) == 2
