"""Mail goes out once, to whom it is meant for, and none keeps another waiting."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from dialogue.accounts import addresses
from dialogue.kernel import clock, mail
from dialogue.kernel.db import db, transaction
from dialogue.kernel.errors import FieldErrors
from dialogue.kernel.mail import GIVE_UP_AFTER, MailMessage, MailQuotation
from tests.parts import run
from tests.parts.mailbox import Mailbox

EVIL_ADDRESSES = (
    "a@b.example\r\nBcc: evil@evil.example",
    "a@b.example\nBcc: evil@evil.example",
    "a@b.example,evil@evil.example",
    "a@b.example;evil@evil.example",
    "<a@b.example>",
    "A <a@b.example>",
    '"a b"@b.example',
    "a@b.example\x00",
    "a@[127.0.0.1]",
    "a@b",
    "a b@c.example",
    "=?utf-8?q?a=0d=0aBcc=3Aevil=40evil.example?=@b.example",
    "a@b.example\u2028Bcc:x@y.example",
    "a@b..example",
    "a" * 250 + "@b.example",
)
TO = "ana@people.example"


def write(app: Flask, number: int = 1, *, to: str = TO, due_at: datetime | None = None) -> None:
    with app.app_context(), transaction():
        for index in range(number):
            mail.queue(
                to, f"Mail {index}", "Words", key=f"{to}{index}", now=clock.now(), due_at=due_at
            )


def send(app: Flask, url: str = "", now: datetime | None = None) -> int:
    with app.app_context():
        return mail.send_due(
            url or app.config["MAIL_URL"], "no-reply@site.example", "Site", now or clock.now()
        )


def rows(app: Flask) -> list[MailMessage]:
    with app.app_context():
        found = list(db.session.scalars(select(MailMessage).order_by(MailMessage.id)))
        db.session.expunge_all()
        return found


class TestSending:
    def test_puts_each_mail_once_into_the_folder_and_empties_its_row(self, app: Flask) -> None:
        write(app, 40)
        assert send(app) == 40
        assert send(app, now=clock.now() + timedelta(days=30)) == 0
        files = list(Path(app.config["INSTANCE"], "mail").glob("*.eml"))
        assert len(files) == 40
        found = message_from_bytes(files[0].read_bytes(), policy=policy.default)
        assert (found["To"], found["From"]) == (TO, "Site <no-reply@site.example>")
        assert {row.text for row in rows(app)} == {""}

    def test_gives_each_mail_once_to_the_server(self, app: Flask, mailbox: Mailbox) -> None:
        write(app, 5)
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda _: send(app, mailbox.url), range(4)))
        assert sorted(str(found["Subject"]) for found in mailbox.mails) == [
            f"Mail {index}" for index in range(5)
        ]
        assert {tuple(to) for _, to in mailbox.envelopes} == {(TO,)}

    def test_ignores_a_second_mail_with_the_same_key(self, app: Flask, mailbox: Mailbox) -> None:
        write(app)
        write(app)
        send(app, mailbox.url)
        write(app)
        send(app, mailbox.url)
        assert len(mailbox.mails) == 1

    def test_tries_again_with_growing_patience_and_gives_up_in_the_end(
        self, app: Flask, mailbox: Mailbox
    ) -> None:
        write(app)
        mailbox.refuse_with = "451 try again later"
        now, waits = clock.now(), []
        for _ in range(GIVE_UP_AFTER + 3):
            assert send(app, mailbox.url, now) == 0
            row = rows(app)[0]
            waits.append((row.due_at - now).total_seconds())
            now = max(row.due_at, now)
        assert waits[:3] == [60, 120, 240]
        assert max(waits) == 6 * 3600
        assert rows(app)[0].attempts == GIVE_UP_AFTER
        assert "SMTP" in rows(app)[0].error
        mailbox.refuse_with = None
        assert send(app, mailbox.url, now + timedelta(days=9)) == 0

    def test_loses_and_doubles_nothing_while_the_server_is_away_for_days(
        self, app: Flask, mailbox: Mailbox
    ) -> None:
        write(app, 2)
        nobody, now = f"smtp://127.0.0.1:{run.free_port()}", clock.now()
        for hours in range(0, 24 * 9, 2):
            assert send(app, nobody, now + timedelta(hours=hours)) == 0
        assert [row.attempts for row in rows(app)] == [0, 0]
        assert "ServerAway" in {row.error for row in rows(app)}
        back = now + timedelta(days=9)
        assert send(app, mailbox.url, back) == 2
        assert send(app, mailbox.url, back + timedelta(days=9)) == 0
        assert sorted(str(found["Subject"]) for found in mailbox.mails) == ["Mail 0", "Mail 1"]

    def test_asks_a_server_that_is_away_once_a_round(self, app: Flask) -> None:
        write(app, 50)
        send(app, f"smtp://127.0.0.1:{run.free_port()}")
        assert [row.error for row in rows(app)].count("ServerAway") == 1

    def test_names_a_mail_alike_each_time_it_goes_out(self, app: Flask, mailbox: Mailbox) -> None:
        """After a crash between sending and noting it, the reader's program can tell."""
        write(app, 2)
        send(app, mailbox.url)
        with app.app_context(), transaction():
            for row in db.session.scalars(select(MailMessage)):
                row.sent_at, row.due_at, row.text = None, clock.now(), "Words"
        send(app, mailbox.url)
        names = [str(found["Message-ID"]) for found in mailbox.mails]
        assert len(names) == 4
        assert len(set(names)) == 2

    def test_keeps_no_mail_waiting_behind_one_that_cannot_be_sent(
        self, app: Flask, mailbox: Mailbox
    ) -> None:
        for bad in ("no address", "a@b@c.example", "ü@people.example", "=?x?q?=0d=0aBcc:x?=@y.z"):
            write(app, to=bad)
        write(app)
        for minutes in range(0, 60, 10):
            send(app, mailbox.url, clock.now() + timedelta(minutes=minutes))
        assert [str(found["To"]) for found in mailbox.mails].count(TO) == 1
        assert not [found for found in mailbox.mails if found["Bcc"]]
        assert all(len(to) == 1 for _, to in mailbox.envelopes)

    def test_waits_until_a_mail_is_due_and_takes_it_back_until_then(
        self, app: Flask, mailbox: Mailbox
    ) -> None:
        later = clock.now() + timedelta(minutes=10)
        write(app, 2, due_at=later)
        assert send(app, mailbox.url) == 0
        with app.app_context(), transaction():
            assert mail.take_back(f"{TO}1") == 1
            assert mail.take_back("%") == 0
        assert send(app, mailbox.url, later) == 1
        with app.app_context(), transaction():
            assert mail.take_back(TO) == 0, "sent is sent"


class TestWordsThatAreWithheld:
    def quote(self, app: Flask, key: str, *quotes: str, without: str = "Nothing.") -> None:
        with app.app_context(), transaction():
            now = clock.now()
            mail.queue(TO, key, "Canary", key=key, now=now, quotes=quotes, without_words=without)

    def test_leave_every_unsent_mail_that_quotes_them(self, app: Flask, mailbox: Mailbox) -> None:
        self.quote(app, "both", "contribution:1", "contribution:2")
        self.quote(app, "first", "contribution:1", without="")
        self.quote(app, "other", "contribution:11")
        with app.app_context(), transaction():
            assert mail.withhold("contribution:1") == 2
            assert mail.withhold("contribution:1") == 0
            assert mail.withhold("contribution:2") == 1, "withheld once more, it changes nothing"
        send(app, mailbox.url)
        texts = {str(found["Subject"]): found.get_content().strip() for found in mailbox.mails}
        assert texts == {"both": "Nothing.", "other": "Canary"}

    def test_come_back_when_the_hiding_is_rolled_back(self, app: Flask, mailbox: Mailbox) -> None:
        self.quote(app, "one", "contribution:1")
        with app.app_context(), pytest.raises(LookupError), transaction():
            mail.withhold("contribution:1")
            raise LookupError
        send(app, mailbox.url)
        assert mailbox.mails[0].get_content().strip() == "Canary"

    def test_leave_no_trace_once_the_mail_is_sent(self, app: Flask, mailbox: Mailbox) -> None:
        self.quote(app, "one", "contribution:1", without="Canary too")
        send(app, mailbox.url)
        assert [(row.text, row.without_words) for row in rows(app)] == [("", "")]
        with app.app_context():
            assert db.session.scalars(select(MailQuotation)).all() == []


@pytest.mark.sqlite_only
class TestAHeader:
    def test_cannot_be_planted_in_a_subject(self, app: Flask, mailbox: Mailbox) -> None:
        with app.app_context(), transaction():
            subject = "Hello\r\nBcc: evil@evil.example\n\nOther text"
            mail.queue(TO, subject, "Words", key="k", now=clock.now())
        send(app, mailbox.url)
        found = mailbox.mails[0]
        assert found["Bcc"] is None
        assert found.get_content().strip() == "Words"
        assert mailbox.envelopes[0][1] == [TO]

    @pytest.mark.parametrize("typed", EVIL_ADDRESSES)
    def test_cannot_be_planted_in_an_address(self, app: Flask, typed: str) -> None:
        with app.test_request_context(), pytest.raises(FieldErrors):
            addresses.parse(typed)

    def test_of_a_good_address_stays_as_it_is(self, app: Flask) -> None:
        read: Callable[[str], str] = addresses.parse
        for typed in ("a@b.example", "first.last+tag@sub.b.example", "o'neill@b.example"):
            with app.test_request_context():
                assert read(f" {typed} ") == typed
