"""What happened reaches every reaction at least once; whatever is lost on the way comes again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from celery import shared_task
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from dialogue.jobs.celery import make_celery
from dialogue.jobs.relay import relay_once
from dialogue.kernel import clock, mail, outbox
from dialogue.kernel.db import db, transaction
from dialogue.kernel.outbox import GIVE_UP_AFTER, OutboxDelivery, OutboxEvent
from dialogue.reports.events import ReportRequested

LATER = timedelta(seconds=60)


class Broker:
    """Takes what it is given, or is down."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, dict[str, Any], dict[str, Any]]] = []
        self.down_after: int | None = None

    def __call__(self, task: str, fields: dict[str, Any], headers: dict[str, Any]) -> None:
        if self.down_after is not None and len(self.taken) >= self.down_after:
            raise OSError("connection refused")
        self.taken.append((task, fields, headers))


def tell(app: Flask, number: int = 1) -> None:
    with app.app_context(), transaction():
        for report in range(number):
            outbox.publish(ReportRequested(report + 1))


def relay(app: Flask, broker: Broker, resend_after: timedelta = LATER) -> int:
    with app.app_context():
        return outbox.relay(broker, resend_after=resend_after)


def deliveries(app: Flask) -> list[OutboxDelivery]:
    with app.app_context():
        found = list(db.session.scalars(select(OutboxDelivery).order_by(OutboxDelivery.id)))
        db.session.expunge_all()
        return found


def set_all(app: Flask, **values: Any) -> None:
    with app.app_context(), transaction():
        db.session.execute(update(OutboxDelivery).values(**values))


class TestTheRelay:
    def test_hands_each_delivery_on_once_with_its_fields_and_the_request_it_came_from(
        self, app: Flask
    ) -> None:
        broker = Broker()
        tell(app, 3)
        assert relay(app, broker) == 3
        assert relay(app, broker) == 0
        assert [(task, fields) for task, fields, _ in broker.taken] == [
            ("reports.build", {"report_id": number}) for number in (1, 2, 3)
        ]
        assert {headers["request_id"] for _, _, headers in broker.taken} == {""}

    def test_sends_again_what_nobody_finished(self, app: Flask) -> None:
        broker = Broker()
        tell(app, 2)
        relay(app, broker)
        first, second = (headers["delivery"] for _, _, headers in broker.taken)
        with app.app_context():
            outbox.mark_done(first)
            outbox.mark_done(first)
        set_all(app, send_after=clock.now())
        assert relay(app, broker) == 1
        assert broker.taken[-1][2]["delivery"] == second

    def test_loses_nothing_while_the_broker_is_down_for_long(self, app: Flask) -> None:
        broker = Broker()
        broker.down_after = 1
        tell(app, 3)
        for _ in range(GIVE_UP_AFTER + 5):
            with pytest.raises(OSError):
                relay(app, broker)
        broker.down_after = None
        assert relay(app, broker) == 2
        assert len(broker.taken) == 3

    def test_gives_up_after_many_tries_and_keeps_the_dead_letter(self, app: Flask) -> None:
        broker = Broker()
        tell(app)
        for _ in range(GIVE_UP_AFTER + 3):
            relay(app, broker, timedelta())
        assert len(broker.taken) == GIVE_UP_AFTER
        dead = deliveries(app)[0]
        assert (dead.attempts, dead.done_at) == (GIVE_UP_AFTER, None)
        with app.app_context():
            assert outbox.forget_finished(clock.now() + timedelta(days=1)) == 0

    def test_tells_of_nothing_that_was_rolled_back(self, app: Flask) -> None:
        with app.app_context(), pytest.raises(KeyError), transaction():
            outbox.publish(ReportRequested(1))
            raise KeyError
        assert relay(app, Broker()) == 0

    def test_refuses_events_that_no_table_lists(self, app: Flask) -> None:
        class Unheard:
            pass

        with app.app_context(), pytest.raises(LookupError), transaction():
            outbox.publish(Unheard())

    def test_forgets_what_is_done_and_old(self, app: Flask) -> None:
        broker = Broker()
        tell(app, 2)
        relay(app, broker)
        with app.app_context():
            outbox.mark_done(broker.taken[0][2]["delivery"])
            later = clock.now() + timedelta(days=1)
            assert outbox.oldest_waiting(later) > timedelta(hours=23)
            assert outbox.forget_finished(clock.now() - timedelta(days=1)) == 0
            assert outbox.forget_finished(later) == 1
            assert len(db.session.scalars(select(OutboxEvent)).all()) == 1


@shared_task(name="reports.build_for_tests")
def _counted(report_id: int) -> None:
    _seen.append(report_id)
    if report_id == 13:
        raise ValueError("thirteen")
    if report_id == 14:
        with transaction():
            db.session.execute(
                text("INSERT INTO mail_message (key) VALUES (:words)"), {"words": "my secret"}
            )


_seen: list[int] = []


class TestATask:
    def run(self, app: Flask, report_id: int) -> OutboxDelivery:
        """Publish, relay over the embedded broker, take the message, run the task."""
        celery = make_celery(app)
        app.extensions["outbox"] = {ReportRequested: ("reports.build_for_tests",)}
        with app.app_context(), transaction():
            outbox.publish(ReportRequested(report_id))
        with app.app_context():
            assert relay_once(app, celery) == 1
        with celery.connection() as connection, connection.SimpleQueue("dialogue") as queue:
            message = queue.get(timeout=5)
            task = celery.tasks[message.headers["task"]]
            args, kwargs, _ = message.payload
            message.ack()
        task.push_request(headers={**message.headers})
        try:
            task(*args, **kwargs)
        finally:
            task.pop_request()
        return deliveries(app)[0]

    def test_that_ran_marks_its_delivery_as_done(self, app: Flask) -> None:
        _seen.clear()
        assert self.run(app, 7).done_at is not None
        assert _seen == [7]

    def test_that_failed_is_tried_again_later_and_says_why(self, app: Flask) -> None:
        with pytest.raises(ValueError, match="thirteen"):
            self.run(app, 13)
        failed = deliveries(app)[0]
        assert failed.done_at is None
        assert "ValueError" in failed.error
        assert failed.send_after > clock.now()

    def test_that_failed_in_the_database_says_nothing_of_what_people_wrote(
        self, app: Flask, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with pytest.raises(DBAPIError):
            self.run(app, 14)
        said = deliveries(app)[0].error + capsys.readouterr().err
        assert "IntegrityError" in said
        assert "my secret" not in said


class TestAFailure:
    def test_is_followed_by_longer_and_longer_waits(self, app: Flask) -> None:
        broker, waits = Broker(), []
        tell(app)
        for _ in range(12):
            set_all(app, send_after=clock.now())
            relay(app, broker)
            delivery = broker.taken[-1][2]["delivery"]
            with app.app_context():
                before = clock.now()
                outbox.mark_failed(delivery, "ValueError: no")
            waits.append(round((deliveries(app)[0].send_after - before).total_seconds()))
        assert waits[:3] == [10, 20, 40]
        assert waits == sorted(waits)
        assert waits[-1] == 3600


class TestHousekeeping:
    def test_publishes_mail_only_when_it_may_go_at_once(self, app: Flask) -> None:
        now = clock.now()
        with app.app_context(), transaction():
            mail.queue("a@b.example", "s", "t", key="now", now=now)
            mail.queue("a@b.example", "s", "t", key="later", now=now, due_at=now + LATER)
        assert len(deliveries(app)) == 1
