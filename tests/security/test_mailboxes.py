"""A mail goes to one mailbox, the one that was typed; who floods it does not lock its owner out."""

from __future__ import annotations

from email.message import EmailMessage

import pytest
from sqlalchemy import select

from dialogue.accounts import addresses
from dialogue.kernel.db import db
from dialogue.kernel.errors import FieldErrors
from dialogue.kernel.mail import MailMessage
from tests.cast import Cast, address
from tests.pages import Browser

REFUSED = (
    "=?utf-8?q?ana=40people.example=3e=20?=x@evil.example",
    "=?utf-8?q?ana=40people.example=2c?=@evil.example",
    "x=?utf-8?b?YUBi?=@evil.example",
    "＝？utf-8?q?ana?=@evil.example",
    "ana@people.example,eve@evil.example",
    "ana@people.example\r\nBcc: eve@evil.example",
    "ana@people.example\x00",
    '"ana@people.example"@evil.example',
    "<ana@people.example>@evil.example",
    "@evil.example:ana@people.example",
    "ana@people.example (eve@evil.example)",
)


class TestAnAddress:
    @pytest.mark.parametrize("typed", REFUSED)
    def test_that_mail_programs_read_otherwise_is_refused(self, typed: str) -> None:
        with pytest.raises(FieldErrors):
            addresses.parse(typed)

    @pytest.mark.parametrize(
        "typed", ["o'hara@agency.gov", "a+b=c@x.example", "a?b@x.example", "!#$%&*/^`{|}~@x.org"]
    )
    def test_that_is_accepted_is_read_as_it_was_typed(self, typed: str) -> None:
        message = EmailMessage()
        message["To"] = addresses.parse(typed)
        assert [found.addr_spec for found in message["To"].addresses] == [typed]


@pytest.mark.sqlite_only
class TestAFloodOfCodes:
    def ask(self, cast: Cast, network: str, status: int = 303) -> None:
        browser = Browser(cast.app)
        browser.client.environ_base["REMOTE_ADDR"] = network
        browser.send(
            browser.form("/account/sign-in", holding="email"),
            status,
            button=("step", "code"),
            email=address("ana"),
        )

    def test_from_one_network_leaves_the_owner_a_code(self, cast: Cast) -> None:
        for _ in range(cast.app.config["MAILS_PER_HOUR"]):
            self.ask(cast, "203.0.113.7")
        self.ask(cast, "203.0.113.8", 429)
        self.ask(cast, "198.51.100.1")

    def test_from_many_networks_ends(self, cast: Cast) -> None:
        most = 2 * cast.app.config["MAILS_PER_HOUR"]
        for number in range(most):
            self.ask(cast, f"10.0.{number}.1")
        self.ask(cast, "198.51.100.1", 429)
        sent = cast.read(
            lambda: db.session.scalars(
                select(MailMessage).where(MailMessage.to == address("ana"))
            ).all()
        )
        assert len(sent) == most
