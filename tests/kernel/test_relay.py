"""What is owed stays owed while the broker is away, and is sent when it is back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from dialogue.kernel import clock, outbox
from dialogue.kernel.db import db, transaction
from dialogue.kernel.mail import MailQueued
from dialogue.kernel.outbox import OutboxDelivery

MINUTE = timedelta(minutes=1)


class Broker:
    """Takes a number of messages, then breaks off."""

    def __init__(self, takes: int) -> None:
        self.taken: list[dict[str, Any]] = []
        self.takes = takes

    def send(self, task: str, fields: dict[str, Any], headers: dict[str, Any]) -> None:
        if len(self.taken) == self.takes:
            raise ConnectionError
        self.taken.append(fields)


@pytest.fixture
def three_mails(app: Flask) -> Flask:
    with app.app_context(), transaction():
        for number in (1, 2, 3):
            outbox.publish(MailQueued(number))
    return app


class TestARelayWhoseBrokerBreaksOff:
    def test_sends_the_rest_as_soon_as_the_broker_is_back(self, three_mails: Flask) -> None:
        with three_mails.app_context():
            broken, whole = Broker(takes=1), Broker(takes=100)
            with pytest.raises(ConnectionError):
                outbox.relay(broken.send, resend_after=MINUTE)
            outbox.relay(whole.send, resend_after=MINUTE)
        assert broken.taken + whole.taken == [{"mail_id": number} for number in (1, 2, 3)]

    def test_counts_no_attempt_for_what_was_not_taken(self, three_mails: Flask) -> None:
        with three_mails.app_context():
            for _day in range(3):
                with pytest.raises(ConnectionError):
                    outbox.relay(Broker(takes=0).send, resend_after=MINUTE)
            rows = db.session.scalars(select(OutboxDelivery)).all()
            assert [row.attempts for row in rows] == [0, 0, 0]
            assert all(row.send_after <= clock.now() for row in rows)
