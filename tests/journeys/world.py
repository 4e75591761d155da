"""One installation with the demonstration in it, and the people who visit it.

It is planted once in a run and copied for each test worker; its web server and its worker run until
the end. People sign in without a browser and hand it their cookies: an account has few tries.
"""

from __future__ import annotations

import itertools
import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import func, select

from config import Config
from dialogue.accounts.commands import accounts, addresses, leaving
from dialogue.accounts.models import User
from dialogue.app import create_app
from dialogue.dialogues import schemas
from dialogue.dialogues.commands import editing
from dialogue.dialogues.models import Dialogue
from dialogue.kernel import clock
from dialogue.kernel.db import db, transaction
from dialogue.kernel.mail import MailMessage
from dialogue.moderation.commands import batches, decisions, queue
from dialogue.moderation.commands.deeds import Wish
from dialogue.moderation.models import Lane, Outcome, QueueItem
from dialogue.moderation.queries.batches import chosen
from dialogue.participation.drafts import Draft
from dialogue.participation.lifecycle import State
from dialogue.participation.models import Contribution, Kind, Participant, Revision, Vote
from dialogue.participation.redaction import HiddenKind
from dialogue.reports import job, showing
from dialogue.reports.commands import hand as by_hand
from dialogue.reports.commands import making
from dialogue.reports.models import EditKind, Report
from tests.cast import dialogue_form
from tests.parts import run, tables
from tests.parts.person import Person
from tests.parts.reactions import react
from tests.parts.site import Site

SLUG = "labor-trafficking-outreach"
HOME = f"/d/{SLUG}"
PASSWORD = "correct horse battery journey"  # of every account that a journey makes
ROLES = ("visitor", "participant", "moderator", "officer", "admin")


class World:
    """The running installation, and an application of our own beside it that looks inside."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.app: Flask = create_app(Config.from_environment(site.environment))
        rows = json.loads((site.instance / "demo-sign-ins.json").read_text())
        self.sign_ins = {row["role"]: (row["email"], row["password"]) for row in rows}
        self._numbers = itertools.count(1)
        self._states: dict[str, dict[str, Any]] = {}

    @property
    def url(self) -> str:
        return self.site.url

    def new_address(self, name: str = "person") -> str:
        """A mail address that nobody has used."""
        return f"{name}-{next(self._numbers)}@journey.example.org"

    def new_title(self, words: str) -> str:
        """A title that no other idea has."""
        return f"{words}, round {next(self._numbers)}"

    def new_account(self, role: str = "participant") -> str:
        """Makes an account with PASSWORD; returns its address."""
        email = self.new_address(role)
        words = ["user", "add", email, "--role", role, "--password", PASSWORD]
        done = self.app.test_cli_runner().invoke(args=words)
        assert done.exit_code == 0, done.output
        return email

    def draft_report(self) -> int:
        """Makes a report that is not public, with a group, a foreword and a quotation changed by
        hand; returns its number."""
        with self.app.app_context():
            dialogue = db.session.scalars(select(Dialogue).where(Dialogue.slug == SLUG)).one()
            officer = accounts.by_email(self.sign_ins["officer"][0])
            assert officer is not None
            now = clock.now()
            with transaction():
                asked = making.request_report(dialogue=dialogue, actor_id=officer.id, now=now)
            job.run(asked.id)
            report = db.session.get_one(Report, asked.id, populate_existing=True)
            document = showing.document_of(report)
            changes = [
                (EditKind.FOREWORD, "", {"text": "Thank you.\nWe read every idea."}),
                (EditKind.NAME, "topic:languages", {"name": "Words that everybody reads"}),
            ]
            if document["groups"]["list"]:
                changes.append((EditKind.NAME, "group:A", {"name": "Reach workers directly"}))
            for kind, target, value in changes:
                with transaction():
                    by_hand.change(
                        report=report,
                        document=document,
                        kind=kind,
                        target=target,
                        value=value,
                        actor=officer,
                        now=now,
                    )
            return report.number

    def name_of(self, email: str) -> str:
        """The name under which an account writes."""
        with self.app.app_context():
            user = accounts.by_email(email)
            assert user is not None
            return user.display_name

    def cookies(self, role_or_email: str) -> dict[str, Any]:
        """What a browser holds of somebody who has signed in; nothing for a visitor."""
        if role_or_email == "visitor":
            return {"cookies": [], "origins": []}
        if role_or_email not in self._states:
            email, password = self.sign_ins.get(role_or_email, (role_or_email, PASSWORD))
            self._states[role_or_email] = signed_in_cookies(self.url, email, password)
        return self._states[role_or_email]

    def mail_to(self, email: str, after: int = 0) -> EmailMessage:
        """The newest mail to an address, once there are more than `after` of them."""
        mails = self.site.mails
        log = self.site.log("worker")
        run.wait_until(lambda: len(mails(email)) > after, 60, f"A mail to {email}", log)
        return mails(email)[-1]

    def code_for(self, email: str, after: int = 0) -> str:
        """The six digits of the newest mail to an address."""
        text = text_of(self.mail_to(email, after))
        found = re.search(r"\b\d{6}\b", text)
        assert found, text
        return found[0]

    def link_for(self, email: str, after: int = 0) -> str:
        """The path of the first link in the newest mail to an address."""
        text = text_of(self.mail_to(email, after))
        found = re.search(r"https?://[^/\s]+(\S+)", text)
        assert found, text
        return found[1]

    def post_idea(self, who: str, title: str, body: str = "") -> int:
        """Sends an idea as its author would, without a browser; returns its number."""
        with self.person(who) as person:
            form = person.form(f"{HOME}/ideas/new", holding="title")
            sent = {"title": title, "body": body, "topic": "none"}
            answer = person.send(form, button=("step", "post"), **sent)
            assert answer.status_code == 303, answer.text
        (number,) = self.contributions(title=title)
        return number

    def save_draft(self, who: str, title: str) -> int:
        """Saves an idea for later as its author would; returns the draft's number."""
        with self.person(who) as person:
            form = person.form(f"{HOME}/ideas/new", holding="title")
            answer = person.send(form, button=("step", "save"), title=title)
            assert answer.status_code == 303, answer.text
        with self.app.app_context():
            found = db.session.scalar(select(Draft.id).where(Draft.title == title))
            assert found is not None
            return found

    def post_comment(self, who: str, idea: Contribution, words: str) -> int:
        """Sends a comment as its author would, without a browser; returns its number."""
        with self.person(who) as person:
            path = f"{HOME}/ideas/{idea.id}-{idea.slug}"
            answer = person.send(person.form(path, holding="body"), body=words)
            assert answer.status_code == 303, answer.text
        (number,) = self.contributions(text=words)
        return number

    def announced_dialogue(self) -> str:
        """A dialogue that opens in three days; returns its slug."""
        now = clock.now()
        form = dialogue_form(f"soon-{next(self._numbers)}", "What should we ask next?", now)
        form.open_on = (now + timedelta(days=3)).date().isoformat()
        with self.app.app_context(), transaction():
            checked = schemas.dialogue_input(form)
            editing.create_dialogue(checked=checked, actor_id=None, now=now)
        return form.slug

    def hide_words(self, number: int, words: str) -> int:
        """Hides words of something that waits, as its moderator would; returns its number."""
        email, _password = self.sign_ins["moderator"]
        with self.app.app_context(), transaction():
            found = db.session.get_one(Contribution, number)
            newest = found.revisions[-1].id
            item = queue.open_item(contribution_id=number, revision_id=newest)
            moderator = accounts.by_email(email)
            assert item is not None and moderator is not None
            decisions.decide(
                item_id=item.id,
                version=item.version,
                outcome=Outcome.REDACTED,
                reason_code="",
                note="",
                moderator=moderator,
                scope=None,
                now=clock.now(),
                wish=Wish(words=((words, HiddenKind.PHONE),)),
            )
        return number

    def mailed_link(self) -> str:
        """The link of a mail that confirms an address, not used yet."""
        email = self.new_address("invited")
        with Person(self.url) as person:
            form = person.form("/account/create", holding="email")
            answer = person.send(form, email=email, accept_policy="yes")
            assert answer.status_code == 303, answer.text
        return self.link_for(email)

    def disown_link(self, number: int, email: str) -> str:
        """The link of a mail in which the owner of an address disowns something, not used yet."""
        before = len(self.site.mails(email))

        def links() -> list[str]:
            texts = "\n".join(map(text_of, self.site.mails(email)[before:]))
            return re.findall(r"https?://[^/\s]+(/disown/\S+)", texts)

        with Person(self.url) as person:
            form = person.form("/disown", holding="number")
            answer = person.send(form, number=f"/ideas/{number}", email=email)
            assert answer.status_code == 303, answer.text
        log = self.site.log("worker")
        run.wait_until(lambda: bool(links()), 60, f"A link mailed to {email}", log)
        return links()[-1]

    def address_links(self) -> tuple[str, str]:
        """The links in mails about another address: one confirms it, one undoes the change."""
        found = []
        for is_done in (False, True):
            old, new = self.new_account(), self.new_address("moved")
            with self.app.app_context(), transaction():
                user = accounts.by_email(old)
                assert user is not None
                asked = addresses.ask(user=user, email=new, network="", now=clock.now())
                if is_done:
                    addresses.finish(change_id=asked.change_id, now=clock.now())
            found.append(self.link_for(old if is_done else new))
        return found[0], found[1]

    def batch(self, idea_id: int) -> int:
        """An idea that waits is decided together with nothing else, and that is taken back."""
        with self.app.app_context():
            with transaction():
                item = db.session.scalars(
                    select(QueueItem).where(QueueItem.contribution_id == idea_id)
                ).first() or queue.raise_item(
                    contribution_id=idea_id, lane=Lane.NEW, risk=0, now=clock.now()
                )
                assert item is not None
                moderator = accounts.by_email(self.sign_ins["moderator"][0])
                assert moderator is not None
                made = batches.begin(
                    outcome=Outcome.APPROVED,
                    reason_code="",
                    asked=1,
                    moderator=moderator,
                    now=clock.now(),
                )
                batches.decide_part(
                    batch_id=made.id,
                    items=chosen([item.id], None, moderator_id=moderator.id),
                    moderator=moderator,
                    scope=None,
                    now=clock.now(),
                )
                batches.end(batch_id=made.id, now=clock.now())
                batch_id = made.id
            with transaction():
                batches.undo_part(
                    batch_id=batch_id,
                    moderator=moderator,
                    scope=None,
                    window=timedelta(minutes=10),
                    now=clock.now(),
                )
            return batch_id

    def departure(self) -> str:
        """The number of a certificate that somebody has deleted their account."""
        email = self.new_account()
        with self.app.app_context(), transaction():
            user = accounts.by_email(email)
            assert user is not None
            return leaving.begin(user=user, words_go=True, now=clock.now()).reference

    def person(self, who: str) -> Person:
        """Somebody who has signed in and uses no browser."""
        person = Person(self.url)
        for cookie in self.cookies(who)["cookies"]:
            person.client.cookies.set(cookie["name"], cookie["value"], domain=cookie["domain"])
        return person

    def let_undo_windows_pass(self, email: str) -> None:
        """As time does: what waits to be told to somebody is due at once."""
        mine = MailMessage.to == email

        def waits() -> bool:
            with self.app.app_context():
                return bool(db.session.scalar(select(func.count()).where(mine)))

        run.wait_until(waits, 20, f"A mail to {email} was queued")
        with self.app.app_context(), transaction():
            for mail in db.session.scalars(select(MailMessage).where(mine)):
                mail.due_at -= timedelta(hours=1)

    def ideas(self) -> list[Contribution]:
        """The public ideas of the demonstration, in the order of their ids."""
        listed = select(Contribution).where(Contribution.listed, Contribution.kind == Kind.IDEA)
        with self.app.app_context():
            return list(db.session.scalars(listed.order_by(Contribution.id)))

    def contribution(self, number: int) -> Contribution:
        """A contribution as it stands in the database now."""
        with self.app.app_context():
            found = db.session.get(Contribution, number)
            assert found is not None
            return found

    def contributions(self, *, title: str = "", text: str = "") -> list[int]:
        """The ids of the ideas with a title, or of the comments with a wording."""
        wanted = select(Revision.contribution_id).distinct()
        wanted = (
            wanted.where(Revision.title == title)
            if title
            else wanted.where(Revision.source == text)
        )
        with self.app.app_context():
            return list(db.session.scalars(wanted))

    def votes(self, idea_id: int, email: str) -> list[str]:
        """The choices that a person's votes on an idea have: one, or none."""
        mine = (
            select(Vote.choice)
            .join(Participant, Participant.id == Vote.participant_id)
            .join(User, User.id == Participant.user_id)
            .where(Vote.idea_id == idea_id, User.email == email)
        )
        with self.app.app_context():
            return list(db.session.scalars(mine))

    def one_in_state(self, state: State, kind: Kind = Kind.IDEA) -> Contribution:
        """A contribution of the demonstration in a state."""
        wanted = select(Contribution).where(Contribution.state == state, Contribution.kind == kind)
        with self.app.app_context():
            found = db.session.scalars(wanted.order_by(Contribution.id).limit(1)).first()
            assert found is not None, f"the demonstration has no {kind} that is {state}"
            return found


def signed_in_cookies(url: str, email: str, password: str) -> dict[str, Any]:
    """Signs somebody in at a site; returns the cookies as a browser takes them."""
    with Person(url) as person:
        person.sign_in(email, password)
        person.client.get("/me")  # the greeting is read
        jar = [
            {"name": cookie.name, "value": cookie.value, "domain": "127.0.0.1", "path": "/"}
            | {"expires": -1, "httpOnly": True, "secure": False, "sameSite": "Lax"}
            for cookie in person.client.cookies.jar
        ]
    return {"cookies": jar, "origins": []}


def text_of(mail: EmailMessage) -> str:
    """The text part of a mail."""
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


@contextmanager
def planted(folder: Path, **settings: str) -> Iterator[World]:
    """A world of its own in `folder`, its web server and worker running until the block ends."""
    shutil.copytree(run.once("planted-for-journeys", _plant)["folder"], folder)
    site = Site(folder, settings)
    try:
        site.start_web()
        site.start_worker()
        world = World(site)
        try:
            yield world
        finally:
            tables.let_go(world.app)
    finally:
        site.stop()


def _plant() -> dict[str, str]:
    folder = run.folder() / "planted-for-journeys"
    site = Site(folder)
    tables.sqlite(folder / "dialogue.sqlite3")
    site.flask("seed", "demo")
    app = create_app(Config.from_environment(site.environment))
    react(app)  # once here; the worker of each copy would have a thousand small things to do
    tables.let_go(app)
    return {"folder": str(folder)}
