"""Whoever follows is told: once on the site, by at most two mails however much happens."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, insert, select

from dialogue.accounts.models import User
from dialogue.dialogues.models import Dialogue
from dialogue.kernel import clock
from dialogue.kernel.db import db, transaction
from dialogue.kernel.errors import NotFound, TooMany
from dialogue.notifications import tasks, timing
from dialogue.notifications.commands import following, mailing, noticing
from dialogue.notifications.commands.following import Target
from dialogue.notifications.commands.noticing import Happening, Recipient
from dialogue.notifications.models import Event, Kind, Notice, Rhythm, Subscription, When
from dialogue.notifications.queries.choices import Choices
from dialogue.notifications.queries.following import followed_by, followed_in, follows_idea
from dialogue.participation.models import Contribution, Participant
from tests.cast import TITLE, Cast
from tests.notifications.conftest import DAY, Telling
from tests.parts.mailbox import Mailbox

CANARY = "Kestrel"


class TestFollowing:
    def test_twice_is_once_also_at_the_same_moment(self, cast: Cast, telling: Telling) -> None:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: telling.follow("ben", idea_id=cast.idea), range(24)))
            list(pool.map(lambda _: telling.follow("ben"), range(8)))
        rows = cast.read(lambda: db.session.scalar(select(func.count()).select_from(Subscription)))
        assert rows == 2

    def test_ends_and_begins_again(self, cast: Cast, telling: Telling) -> None:
        ben = cast.people["ben"]
        telling.follow("ben", idea_id=cast.idea)
        telling.follow("ben", topic_id=cast.topic)
        assert cast.read(lambda: follows_idea(ben, cast.idea))
        assert cast.read(lambda: followed_in(ben, cast.dialogue)) == (False, {cast.topic})
        with cast.writing():
            target = Target(cast.dialogue, idea_id=cast.idea)
            assert following.stop(user_id=ben, target=target, now=clock.now())
            assert not following.stop(user_id=ben, target=target, now=clock.now())
        assert not cast.read(lambda: follows_idea(ben, cast.idea))
        telling.follow("ben", idea_id=cast.idea)
        assert cast.read(lambda: follows_idea(ben, cast.idea))

    @pytest.mark.sqlite_only
    def test_is_refused_for_what_the_public_cannot_see(self, cast: Cast, telling: Telling) -> None:
        for target in (
            {"idea_id": cast.waiting},
            {"idea_id": 987_654},
            {"topic_id": 987_654},
            {"idea_id": cast.comment},
        ):
            with pytest.raises(NotFound):
                telling.follow("ben", **target)
        with pytest.raises(NotFound), cast.writing():
            target = Target(cast.other, idea_id=cast.idea)
            following.follow(user_id=cast.people["ben"], target=target, now=clock.now())

    @pytest.mark.sqlite_only
    def test_has_a_limit(self, cast: Cast, telling: Telling) -> None:
        cast.app.config["FOLLOWS_PER_HOUR"] = 3
        for _ in range(3):
            telling.follow("ben")
        with pytest.raises(TooMany):
            telling.follow("ben")

    @pytest.mark.sqlite_only
    def test_begins_by_itself_for_authors_and_stays_ended(
        self, cast: Cast, telling: Telling
    ) -> None:
        def submitted(contribution: int) -> None:
            with telling.inside():
                tasks.follow_own(contribution, revision_id=1)

        ana, ben = cast.people["ana"], cast.people["ben"]
        submitted(cast.waiting)
        submitted(cast.comment)
        assert cast.read(lambda: follows_idea(ana, cast.waiting))
        assert not cast.read(lambda: follows_idea(ben, cast.idea)), "a commenter did not ask for it"
        telling.choose("ben", follow_commented=True)
        submitted(cast.comment)
        assert cast.read(lambda: follows_idea(ben, cast.idea))
        with cast.writing():
            target = Target(cast.dialogue, idea_id=cast.waiting)
            following.stop(user_id=ana, target=target, now=clock.now())
        submitted(cast.waiting)
        assert not cast.read(lambda: follows_idea(ana, cast.waiting)), "they have said no"

    def test_of_a_removed_topic_ends_with_it(self, cast: Cast, telling: Telling) -> None:
        with cast.writing():
            dialogue = db.session.get_one(Dialogue, cast.dialogue)
            spare = next(topic.id for topic in dialogue.topics if topic.id != cast.topic)
        telling.follow("ben", topic_id=spare)
        with cast.writing():
            topics = db.session.get_one(Dialogue, cast.dialogue).topics
            db.session.delete(next(topic for topic in topics if topic.id == spare))
        assert cast.read(lambda: followed_by(cast.people["ben"])) == []


@pytest.mark.sqlite_only
class TestANotice:
    def test_goes_once_to_each_follower_and_never_to_the_author(
        self, cast: Cast, telling: Telling
    ) -> None:
        for name in ("ana", "ben", "ola"):
            telling.follow(name, idea_id=cast.idea)
        comment = telling.post_comment("A further thought", by="ben")
        for _ in range(10):
            telling.published(comment)
        assert [row.event for row in telling.notices("ana")] == [Event.COMMENT_POSTED]
        assert len(telling.notices("ola")) == 1
        assert telling.notices("ben") == []

    def test_of_a_reply_goes_to_whom_it_answers_and_is_no_second_one(
        self, cast: Cast, telling: Telling
    ) -> None:
        telling.follow("ben", idea_id=cast.idea)
        telling.post_comment("I agree", by="ana", reply_to=cast.comment)
        (told,) = telling.notices("ben")
        assert (told.kind, told.at_once) == (Kind.REPLY, True)

    def test_of_a_new_idea_goes_to_topic_and_dialogue_once(
        self, cast: Cast, telling: Telling
    ) -> None:
        telling.follow("ben")
        telling.follow("ben", topic_id=cast.topic)
        telling.follow("ola", topic_id=cast.topic)
        idea = cast.post_idea("Ask the drivers")
        cast.approve(idea)
        telling.published(idea)
        comment = cast.post_comment("Yes", on=idea)
        cast.approve(comment)
        telling.published(comment)
        assert [row.event for row in telling.notices("ben")] == [Event.IDEA_POSTED]
        assert [row.event for row in telling.notices("ola")] == [Event.IDEA_POSTED]

    def test_waits_until_the_public_can_read_it(self, cast: Cast, telling: Telling) -> None:
        telling.follow("ola")
        telling.published(cast.waiting)
        assert telling.notices("ola") == []

    def test_goes_to_nobody_who_left_or_never_confirmed(self, cast: Cast, telling: Telling) -> None:
        for name in ("ola", "mo", "oz"):
            telling.follow(name, idea_id=cast.idea)
        telling.change("ola", confirmed_at=None)
        telling.change("mo", disabled_at=clock.now())
        telling.post_comment("News")
        assert [len(telling.notices(name)) for name in ("ola", "mo", "oz")] == [0, 0, 1]

    def test_of_something_hidden_asks_nobody_to_look(self, cast: Cast, telling: Telling) -> None:
        telling.follow("ola", idea_id=cast.idea)
        early = telling.post_comment("Mailed already")
        telling.write()
        late = telling.post_comment("Not mailed yet")
        for comment in (early, late):
            cast.withdraw(comment)
            with telling.inside():
                tasks.put_away(comment)
        (told,) = telling.notices("ola")
        assert told.contribution_id == early
        assert told.read_at is not None


@pytest.mark.sqlite_only
class TestAThousandEvents:
    def test_make_at_most_two_mails_for_anybody(
        self, cast: Cast, telling: Telling, mailbox: Mailbox
    ) -> None:
        """Ana's idea gets a thousand comments, half of them replies to Ben; all are told of."""
        for name in ("ana", "ben", "ola", "oz"):
            telling.follow(name, idea_id=cast.idea)
        comments = many_comments(cast, 1000, answering=cast.comment)
        with telling.inside():
            for comment in comments:
                tasks.tell_published(comment)
        for minutes in (0, 5, 11, 30, 60 * 24, 60 * 48, 60 * 72, 60 * 240):
            telling.write(timedelta(minutes=minutes))
            telling.send(mailbox.url, timedelta(minutes=minutes))
        counts = {
            name: len(mailbox.to(f"{name}@people.example"))
            for name in ("ana", "ben", "ola", "oz", "mo")
        }
        assert counts == {"ana": 1, "ben": 2, "ola": 1, "oz": 1, "mo": 0}
        assert len(telling.notices("ola")) == 1000, "one notice for each event"
        said = {str(found["Subject"]): text_of(found) for found in mailbox.to("ben@")}
        assert set(said) == {
            f"[Outreach] A reply to you on idea {cast.idea}",
            "Update from National Dialogues",
        }
        summary = said["Update from National Dialogues"]
        assert f"- 499 replies to you on “{TITLE}”\n" in summary
        assert f"- 500 new comments on “{TITLE}”\n" in summary

    def test_decided_about_one_person_make_at_most_two(
        self, cast: Cast, telling: Telling, mailbox: Mailbox
    ) -> None:
        cast.app.config["COMMENTS_PER_HOUR"] = 1000
        for index in range(30):
            comment = cast.post_comment(f"Comment {index}")
            telling.decided(cast.approve(comment))
        telling.write()
        telling.send(mailbox.url)
        assert len(mailbox.to("ben@")) == 2


class TestASummary:
    @pytest.mark.sqlite_only
    def test_says_what_happened_where_and_how_to_stop(
        self, cast: Cast, telling: Telling, mailbox: Mailbox
    ) -> None:
        telling.follow("ola", idea_id=cast.idea)
        telling.follow("ola")
        telling.post_comment(CANARY)
        idea = cast.post_idea("Ask the drivers")
        cast.approve(idea)
        telling.published(idea)
        assert telling.write(timedelta()) == 0, "not before the morning"
        assert telling.write() == 1
        assert telling.send(mailbox.url) == 1
        (found,) = mailbox.to("ola@")
        text = text_of(found)
        assert str(found["Subject"]) == "Update from National Dialogues"
        for line in (
            "Outreach\n",
            f"- 1 new comment on “{TITLE}”\n",
            f"  http://127.0.0.1:8000/d/outreach/ideas/{cast.idea}-check-recruiters-before-the-visa\n",
            "- New idea: “Ask the drivers”\n",
            "http://127.0.0.1:8000/me/emails\n",
        ):
            assert line in text, text
        assert CANARY not in text
        link = str(found["List-Unsubscribe"])
        assert link.startswith("<http://127.0.0.1:8000/e/")
        assert f"Get no more mails like this one: {link[1:-1]}\n" in text
        assert found["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"

    def test_is_written_once_however_often_and_wherever_it_is_due(
        self, cast: Cast, telling: Telling
    ) -> None:
        telling.follow("ola", idea_id=cast.idea)
        for index in range(3):
            telling.post_comment(f"Comment {index}")
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda _: telling.write(), range(8)))
        assert len(telling.mails("ola")) == 1
        assert telling.write(20 * DAY) == 0

    def test_survives_a_worker_that_dies_in_the_middle(self, cast: Cast, telling: Telling) -> None:
        telling.follow("ola", idea_id=cast.idea)
        telling.post_comment("One")

        class Killed(BaseException):
            pass

        with telling.inside(), pytest.raises(Killed), transaction():
            mailing.write_mails(user_id=cast.people["ola"], now=clock.now() + 2 * DAY)
            raise Killed
        assert telling.mails("ola") == []
        assert telling.write() == 1
        assert len(telling.mails("ola")) == 1

    @pytest.mark.parametrize("which", ["comment", "idea"])
    def test_says_nothing_of_what_was_hidden_before_it(
        self, cast: Cast, telling: Telling, which: str
    ) -> None:
        telling.follow("ola", idea_id=cast.idea)
        comment = telling.post_comment(CANARY)
        cast.withdraw(comment if which == "comment" else cast.idea)
        telling.write()
        assert telling.mails("ola") == []
        assert telling.write(9 * DAY) == 0

    def test_loses_the_words_that_are_hidden_while_it_waits_for_the_server(
        self, cast: Cast, telling: Telling, mailbox: Mailbox
    ) -> None:
        telling.follow("ola", idea_id=cast.idea)
        telling.post_comment("One")
        telling.post_comment("Two")
        telling.post_comment(CANARY, by="ana", reply_to=cast.comment)
        telling.write()
        assert TITLE in telling.mails("ola")[0].text
        assert CANARY in telling.mails("ben")[0].text
        cast.withdraw(cast.idea)
        telling.send(mailbox.url)
        assert len(mailbox.mails) == 2
        for found in mailbox.mails:
            assert TITLE not in text_of(found)
            assert CANARY not in text_of(found)
            assert "http://127.0.0.1:8000/" in text_of(found)

    @pytest.mark.sqlite_only
    def test_names_no_sensitive_dialogue(
        self, cast: Cast, telling: Telling, mailbox: Mailbox
    ) -> None:
        telling.follow("ola", idea_id=cast.idea)
        telling.post_comment(CANARY)
        telling.post_comment(CANARY, by="ana", reply_to=cast.comment)
        cast.change(sensitive=True)
        telling.write()
        telling.send(mailbox.url)
        assert len(mailbox.mails) == 2
        for found in mailbox.mails:
            whole = str(found["Subject"]) + text_of(found)
            assert str(found["Subject"]) == "Update from National Dialogues"
            for word in (CANARY, TITLE, "utreach", "idea", "comment", "reply", "rafficking"):
                assert word not in whole, whole

    @pytest.mark.sqlite_only
    def test_comes_to_the_address_and_in_the_language_of_that_day(
        self, cast: Cast, telling: Telling
    ) -> None:
        telling.follow("ola", idea_id=cast.idea)
        telling.post_comment("One")
        telling.change("ola", email="new@people.example", language="es")
        telling.write()
        assert [row.to for row in telling.mails()] == ["new@people.example"]

    @pytest.mark.sqlite_only
    def test_goes_to_nobody_who_left_meanwhile(self, cast: Cast, telling: Telling) -> None:
        telling.follow("ola", idea_id=cast.idea)
        telling.post_comment("One")
        telling.change("ola", disabled_at=clock.now())
        telling.write()
        assert telling.mails() == []


@pytest.mark.sqlite_only
class TestChoices:
    def test_decide_what_comes_when(self, cast: Cast, telling: Telling) -> None:
        telling.follow("ola", idea_id=cast.idea)
        telling.choose("ola", news=When.NEVER)
        telling.choose("ben", replies=When.SUMMARY)
        telling.post_comment("One", by="ana", reply_to=cast.comment)
        telling.write(timedelta(minutes=11))
        assert telling.mails() == []
        telling.write()
        assert [row.to for row in telling.mails()] == ["ben@people.example"]
        assert len(telling.notices("ola")) == 1, "the site tells it all the same"

    def test_reach_what_waits_already(self, cast: Cast, telling: Telling) -> None:
        for name in ("ola", "oz", "mo"):
            telling.follow(name, idea_id=cast.idea)
        telling.post_comment("One")
        telling.choose("ola", news=When.NEVER)
        telling.choose("oz", rhythm=Rhythm.WEEKLY)
        assert telling.notices("ola")[0].mail_at is None
        weekly, daily = telling.notices("oz")[0].mail_at, telling.notices("mo")[0].mail_at
        assert weekly is not None and daily is not None
        assert weekly.weekday() == 0
        assert weekly >= daily

    def test_of_a_decision_by_summary_make_no_letter(self, cast: Cast, telling: Telling) -> None:
        telling.choose("ana", decisions=When.SUMMARY)
        telling.decided(cast.reject(cast.waiting))
        assert telling.mails("ana") == []
        telling.write()
        assert "Your idea was not published" in telling.mails("ana")[0].text


class TestTheMorning:
    @pytest.mark.parametrize(
        ("at", "zone", "rhythm", "expected"),
        [
            ("2026-11-25T17:00", "UTC", Rhythm.DAILY, "2026-11-26T08:00"),
            ("2026-11-25T07:54", "UTC", Rhythm.DAILY, "2026-11-25T08:00"),
            ("2026-11-25T07:56", "UTC", Rhythm.DAILY, "2026-11-26T08:00"),
            ("2026-11-25T17:00", "America/New_York", Rhythm.DAILY, "2026-11-26T13:00"),
            ("2026-11-25T17:00", "Pacific/Honolulu", Rhythm.DAILY, "2026-11-25T18:00"),
            ("2026-11-25T17:00", "UTC", Rhythm.WEEKLY, "2026-11-30T08:00"),
            ("2026-11-30T07:00", "UTC", Rhythm.WEEKLY, "2026-11-30T08:00"),
            ("2026-11-30T09:00", "UTC", Rhythm.WEEKLY, "2026-12-07T08:00"),
            # The clocks go back on November 1 and forward on March 14: eight stays eight.
            ("2026-10-31T15:00", "America/New_York", Rhythm.DAILY, "2026-11-01T13:00"),
            ("2027-03-13T15:00", "America/New_York", Rhythm.DAILY, "2027-03-14T12:00"),
        ],
    )
    def test_is_the_readers_own(self, at: str, zone: str, rhythm: Rhythm, expected: str) -> None:
        found = timing.next_summary(
            datetime.fromisoformat(at).replace(tzinfo=UTC),
            rhythm=rhythm,
            zone=ZoneInfo(zone),
            hour=8,
        )
        assert found == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.sqlite_only
class TestWhatCanStillBeTakenBack:
    def test_waits_for_the_next_summary(self, cast: Cast, telling: Telling) -> None:
        """A decision of 7:53 may be taken back until 8:03: the summary of 8:00 knows nothing."""
        hour = cast.app.config["SUMMARY_HOUR"]
        at = datetime(2026, 11, 25, hour, 0, tzinfo=UTC) - timedelta(minutes=7)
        with cast.writing():
            happening = Happening(
                key="decision:1:author",
                kind=Kind.DECISION,
                event=Event.DECIDED,
                dialogue=db.session.get_one(Dialogue, cast.dialogue),
                at=at,
                idea_id=cast.idea,
                contribution_id=cast.idea,
            )
            noticing.notify(happening, [Recipient(cast.people["ana"], Choices())])
        assert telling.notices("ana")[-1].mail_at == at + timedelta(days=1, minutes=7)


class TestTwoRepliesAtOnce:
    def test_make_one_mail_at_once(self, cast: Cast, telling: Telling) -> None:
        ben = Recipient(cast.people["ben"], Choices())

        def tell(number: int) -> None:
            with cast.writing():
                happening = Happening(
                    key=f"comment:{number}",
                    kind=Kind.REPLY,
                    event=Event.REPLY_POSTED,
                    dialogue=db.session.get_one(Dialogue, cast.dialogue),
                    at=clock.now(),
                    idea_id=cast.idea,
                    contribution_id=cast.comment,
                )
                noticing.notify_at_once(happening, ben)

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(tell, range(32)))
        assert [row.at_once for row in telling.notices("ben")].count(True) == 1


class TestManyFollowers:
    def test_are_all_told_once_some_hundred_in_a_transaction(
        self, cast: Cast, telling: Telling
    ) -> None:
        crowd = 2 * noticing.BATCH + 1
        with cast.writing():
            now = clock.now()
            people = [
                {
                    "email": f"{number}@crowd.example",
                    "email_folded": f"{number}@crowd.example",
                    "display_name": f"crowd {number}",
                    "name_folded": f"crowd {number}",
                    "created_at": now,
                    "confirmed_at": now,
                }
                for number in range(crowd)
            ]
            ids = db.session.scalars(insert(User).returning(User.id), people).all()
            for target in ({"idea_id": cast.idea}, {"idea_id": None}):
                db.session.execute(
                    insert(Subscription),
                    [
                        {"user_id": one, "dialogue_id": cast.dialogue, "created_at": now} | target
                        for one in ids
                    ],
                )
        closes = cast.close(ago=-timedelta(days=1))
        root = cast.post_idea("The same in other words", by="ben")
        cast.approve(root)
        with telling.inside():
            for _ in range(2):
                tasks.tell_published(cast.comment)
                tasks.tell_moments()
                tasks.tell_merged(cast.idea, root)
        events = cast.read(
            lambda: dict(
                db.session.execute(select(Notice.event, func.count()).group_by(Notice.event)).all()
            )
        )
        assert events[Event.COMMENT_POSTED] == crowd
        assert events[Event.CLOSING] == crowd, closes
        assert events[Event.MERGED] == crowd


def many_comments(cast: Cast, number: int, *, answering: int) -> list[int]:
    """Public comments of Ida, who is nobody's reader; every second one answers another."""
    with cast.writing():
        ida = Participant(
            dialogue_id=cast.dialogue,
            public_name="Ida",
            name_folded="ida",
            created_at=clock.now(),
        )
        db.session.add(ida)
        db.session.flush()
        revision = db.session.get_one(Contribution, answering).published_revision_id
        rows = [
            {
                "dialogue_id": cast.dialogue,
                "kind": "comment",
                "idea_id": cast.idea,
                "root_id": answering,
                "reply_to_id": answering if index % 2 else None,
                "participant_id": ida.id,
                "state": "published",
                "listed": True,
                "published_revision_id": revision,
                "excerpt": f"Thought {index}",
                "tracking": f"MANY-{index}",
                "created_at": clock.now(),
                "published_at": clock.now(),
            }
            for index in range(number)
        ]
        return list(db.session.scalars(insert(Contribution).returning(Contribution.id), rows))


def text_of(found: EmailMessage) -> str:
    return str(found.get_content()).replace("\r\n", "\n")
