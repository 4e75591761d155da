"""The measured installation: a database of one size, people signed in, requests ready to send."""

from __future__ import annotations

import itertools
import random
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlencode

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import select

from bench import load, seeding
from config import Config
from dialogue.app import create_app
from dialogue.kernel import clock, paging
from dialogue.kernel.db import db
from dialogue.moderation.models import QueueItem
from dialogue.participation.models import Contribution
from dialogue.participation.queries import ideas
from dialogue.participation.queries.ideas import Sort
from tests.parts.person import Person

ROOT = Path(__file__).resolve().parent.parent
D = f"/d/{seeding.SLUG}"


class World:
    """One size of data in a folder of its own."""

    def __init__(self, folder: Path, size: int) -> None:
        self.size = size
        self.instance = folder / f"{size}"
        self.app: Flask = create_app(Config(INSTANCE=self.instance))
        with self.app.app_context():
            upgrade(str(ROOT / "migrations"))
            self.seeded = seeding.plant(size, clock.now())

    def pages(self) -> dict[str, str]:
        """Name → address of everything that is read."""
        with self.app.app_context():
            busy = db.session.get_one(Contribution, self.seeded.busy_idea)
            slug = busy.slug
        return {
            "idea": f"{D}/ideas/{self.seeded.busy_idea}-{slug}",
            "list": D,
            "list, newest": f"{D}?sort=newest",
            "list, most discussed": f"{D}?sort=discussed",
            "list, most agreed": f"{D}?sort=agreed",
            "list, one topic": f"{D}?topic={self.seeded.topic}",
            "list, deepest": f"{D}?{urlencode({'after': self._near_the_end(Sort.MIX)})}",
            "list, newest, deepest": D
            + "?"
            + urlencode({"sort": "newest", "after": self._near_the_end(Sort.NEWEST)}),
            "search, common word": f"{D}?q=shelter",
            "search, phrase": D + "?" + urlencode({"q": '"hotline worker"'}),
            "search everywhere, common word": "/search?q=shelter",
            "search everywhere, phrase": "/search?" + urlencode({"q": '"hotline worker"'}),
            "search everywhere, without": "/search?" + urlencode({"q": "shelter visa -wage"}),
            "one by one": f"{D}/one-by-one",
        }

    def _near_the_end(self, sort: Sort) -> str:
        """The cursor that leads to the last whole page, found from the other end."""
        key = {Sort.MIX: Contribution.mix_key, Sort.NEWEST: Contribution.published_at}[sort]
        with self.app.app_context():
            row = db.session.execute(
                select(key, Contribution.id)
                .where(Contribution.listed, Contribution.kind == "idea")
                .order_by(key, Contribution.id)
                .offset(ideas.PAGE)
                .limit(1)
            ).one()
        value = row[0]
        micros = int(value.timestamp() * 1_000_000) if isinstance(value, datetime) else value
        return paging.encode(micros or 0, row[1])

    def waiting_items(self) -> list[int]:
        with self.app.app_context():
            return list(
                db.session.scalars(select(QueueItem.id).where(QueueItem.closed_at.is_(None)))
            )


@dataclass(frozen=True)
class SignedIn:
    """A session: what its requests carry."""

    cookie: str
    token: str


def sign_in(port: int, email: str, page_with_form: str) -> SignedIn:
    """Sign in over HTTP; `page_with_form` is one whose form carries the session's token."""
    with Person(f"http://127.0.0.1:{port}") as person:
        person.sign_in(email, seeding.PASSWORD)
        form = person.form(page_with_form, holding="csrf_token")
        cookie = "; ".join(f"{one.name}={one.value}" for one in person.client.cookies.jar)
    return SignedIn(cookie, form.fields["csrf_token"])


def votes(world: World, members: list[SignedIn]) -> Iterator[bytes]:
    """Votes without end: another member, another idea, a choice by chance."""
    dice = random.Random(4)
    for person in itertools.cycle(members):
        idea = dice.choice(world.seeded.ideas)
        fields = {"csrf_token": person.token, "choice": dice.choice(("agree", "disagree", "pass"))}
        yield load.post(f"{D}/ideas/{idea}/vote", urlencode(fields), carrying(person))


def comments(world: World, members: list[SignedIn]) -> Iterator[bytes]:
    """Comments without end, each from a form of its own."""
    dice = random.Random(5)
    for person in itertools.cycle(members):
        words = " ".join(dice.choices(seeding.WORDS, k=30))
        fields = {
            "csrf_token": person.token,
            "form_key": secrets.token_urlsafe(16),
            "step": "post",
            "body": f"{words}\n\nA **second** paragraph with a [link](https://example.org/).",
        }
        idea = dice.choice(world.seeded.ideas)
        yield load.post(f"{D}/ideas/{idea}/comments", urlencode(fields), carrying(person))


def decisions(world: World, moderator: SignedIn) -> Iterator[bytes]:
    """Approvals and rejections of what waits."""
    for place, item in enumerate(world.waiting_items()):
        fields: Mapping[str, str] = {
            "csrf_token": moderator.token,
            "version": "1",
            "outcome": "reject" if place % 5 == 4 else "approve",
            "reason": seeding.REASON,
        }
        yield load.post(f"/mod/items/{item}/decisions", urlencode(fields), carrying(moderator))


def carrying(person: SignedIn) -> dict[str, str]:
    return {"Cookie": person.cookie}
