"""The cast, with what the tests of following and telling ask of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from dialogue.accounts.models import User
from dialogue.kernel import clock, mail
from dialogue.kernel.db import db, transaction
from dialogue.kernel.mail import MailMessage
from dialogue.notifications import tasks
from dialogue.notifications.commands import choosing, following, mailing
from dialogue.notifications.commands.following import Target
from dialogue.notifications.models import Notice
from dialogue.notifications.queries.choices import Choices
from tests.cast import Cast, assemble, newest_wording

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Telling:
    """What the worker and the morning do, at the moment that a test says."""

    cast: Cast

    @contextmanager
    def inside(self) -> Iterator[None]:
        with self.cast.app.app_context():
            yield

    def published(self, contribution: int) -> None:
        with self.inside():
            tasks.tell_published(contribution, revision_id=newest_wording(contribution).id)

    def decided(self, decision: int) -> None:
        with self.inside():
            tasks.tell_decision(decision)

    def post_comment(self, body: str, *, by: str = "ben", reply_to: int | None = None) -> int:
        """A comment that is public and told of."""
        comment = self.cast.post_comment(body, by=by, reply_to=reply_to)
        self.cast.approve(comment)
        self.published(comment)
        return comment

    def follow(self, name: str, **target: int) -> None:
        with self.cast.writing():
            following.follow(
                user_id=self.cast.people[name],
                target=Target(self.cast.dialogue, **target),
                now=clock.now(),
            )

    def choose(self, name: str, **wanted: Any) -> None:
        with self.cast.writing():
            choosing.set_choices(
                user_id=self.cast.people[name],
                wanted=Choices(**wanted),
                now=clock.now(),
            )

    def write(self, after: timedelta = 2 * DAY) -> int:
        """Let time pass and write what is due then; returns to how many people."""
        with self.inside():
            return mailing.write_due(now=clock.now() + after)

    def send(self, url: str, after: timedelta = 2 * DAY) -> int:
        now, sent = clock.now() + after, 0
        with self.inside():
            while found := mail.send_due(url, "no-reply@here.example", "Here", now):
                sent += found
        return sent

    def notices(self, name: str) -> list[Notice]:
        with self.inside():
            found = list(
                db.session.scalars(
                    select(Notice)
                    .where(Notice.user_id == self.cast.people[name])
                    .order_by(Notice.id)
                )
            )
            db.session.expunge_all()
            return found

    def mails(self, name: str = "") -> list[MailMessage]:
        query = select(MailMessage).order_by(MailMessage.id)
        if name:
            query = query.join(User, User.email == MailMessage.to).where(
                User.id == self.cast.people[name]
            )
        with self.inside():
            found = list(db.session.scalars(query))
            db.session.expunge_all()
            return found

    def change(self, name: str, **values: object) -> None:
        """Change an account."""
        with self.inside(), transaction():
            account = db.session.get_one(User, self.cast.people[name])
            for field, value in values.items():
                setattr(account, field, value)


@pytest.fixture
def cast(app: Flask) -> Cast:
    return assemble(app)


@pytest.fixture
def telling(cast: Cast) -> Telling:
    return Telling(cast)
