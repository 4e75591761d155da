"""One open dialogue with its people, for the tests of moderation and of what authors are told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from dialogue.accounts import sessions
from dialogue.accounts.models import Agency, Grant, Role, User
from dialogue.dialogues.models import (
    Act,
    Dialogue,
    DialogueText,
    DialogueTopic,
    Moderation,
    ModerationReason,
    Phase,
)
from dialogue.kernel import clock
from dialogue.kernel.db import db, transaction
from dialogue.moderation.commands import decisions, queue
from dialogue.moderation.commands.deeds import Wish
from dialogue.moderation.models import ModerationDecision, Outcome, QueueItem
from dialogue.moderation.tasks import screen
from dialogue.participation.commands import writing
from dialogue.participation.models import Contribution, Kind, Participant, Revision
from dialogue.participation.schemas import CommentInput, IdeaInput
from tests.parts.person import Form, choose, forms

WINDOW = timedelta(minutes=10)
REASONS = (
    ("personal", "Personal details we cannot hide", False),
    ("claim", "A crime claim about a named person", False),
    ("abuse", "Threats or abuse", False),
    ("elsewhere", "Nothing to do with this dialogue", False),
    ("spam", "Advertising or spam", False),
    ("other", "Another reason (write it)", True),
)


@dataclass(frozen=True)
class World:
    """Ids only: a test reads what it needs in its own session."""

    app: Flask
    dialogue: int
    topic: int
    ana: int  # an author
    ben: int  # another one
    lee: int  # a moderator of the dialogue
    mo: int  # another one

    @contextmanager
    def context(self) -> Iterator[None]:
        with self.app.app_context():
            yield

    def submit(
        self,
        title: str = "Check recruiters before the visa",
        body: str = "A list that workers can read *before* they pay anyone.",
        *,
        author: int | None = None,
        now: datetime | None = None,
        screened: bool = True,
    ) -> tuple[int, int]:
        """Post an idea as its author; return (contribution, revision)."""
        now = now or clock.now()
        with self.context():
            with transaction():
                idea = writing.post_idea(
                    dialogue=db.session.get_one(Dialogue, self.dialogue),
                    user=db.session.get_one(User, author or self.ana),
                    idea=IdeaInput(title, body, self.topic),
                    now=now,
                    opened_at=None,
                )
                ids = idea.id, self._newest(idea.id)
            if screened:
                screen(*ids)
        return ids

    def comment(self, idea: int, body: str, *, author: int | None = None) -> tuple[int, int]:
        with self.context():
            with transaction():
                comment = writing.post_comment(
                    dialogue=db.session.get_one(Dialogue, self.dialogue),
                    user=db.session.get_one(User, author or self.ben),
                    idea_id=idea,
                    reply_to_id=None,
                    comment=CommentInput(body),
                    now=clock.now(),
                    opened_at=None,
                )
                ids = comment.id, self._newest(comment.id)
            screen(*ids)
        return ids

    def edit(self, contribution: int, title: str, body: str, *, screened: bool = True) -> int:
        """Change the wording as its author; return the new revision."""
        with self.context():
            with transaction():
                found = db.session.get_one(Contribution, contribution)
                writing.edit(
                    dialogue=db.session.get_one(Dialogue, self.dialogue),
                    contribution_id=contribution,
                    participant_id=found.participant_id,
                    title=title,
                    body=body,
                    topic_id=found.topic_id,
                    now=clock.now(),
                )
                revision = self._newest(contribution)
            if screened:
                screen(contribution, revision)
        return revision

    def withdraw(self, contribution: int) -> None:
        with self.context(), transaction():
            writing.withdraw(
                dialogue=db.session.get_one(Dialogue, self.dialogue),
                contribution_id=contribution,
                participant_id=db.session.get_one(Contribution, contribution).participant_id,
                now=clock.now(),
            )

    def item(self, contribution: int) -> QueueItem:
        """The item of a contribution that waits, or its latest, read afresh, for use after the
        session has ended."""
        with self.context():
            found = db.session.scalars(
                select(QueueItem)
                .where(QueueItem.contribution_id == contribution)
                .order_by(QueueItem.closed_at.is_(None).desc(), QueueItem.id.desc())
            ).first()
            assert found is not None, "there is no item"
            db.session.expunge(found)
            return found

    def decide(
        self,
        contribution: int,
        outcome: Outcome = Outcome.APPROVED,
        *,
        reason: str = "",
        note: str = "",
        by: int | None = None,
        version: int | None = None,
        now: datetime | None = None,
    ) -> int:
        """Decide on what waits; return the decision."""
        item = self.item(contribution)
        with self.context(), transaction():
            return decisions.decide(
                item_id=item.id,
                version=version or item.version,
                outcome=outcome,
                reason_code=reason,
                note=note,
                moderator=db.session.get_one(User, by or self.lee),
                scope=frozenset({self.dialogue}),
                now=now or clock.now(),
            ).id

    def decide_with(
        self,
        contribution: int,
        outcome: Outcome,
        *,
        reason: str = "",
        note: str = "",
        **wish: Any,
    ) -> int:
        """Decide on what waits with what some kinds of decisions need; return the decision."""
        item = self.item(contribution)
        with self.context(), transaction():
            return decisions.decide(
                item_id=item.id,
                version=item.version,
                outcome=outcome,
                reason_code=reason,
                note=note,
                moderator=db.session.get_one(User, self.lee),
                scope=frozenset({self.dialogue}),
                now=clock.now(),
                wish=Wish(**wish),
            ).id

    def undo(self, decision: int, *, by: int | None = None, now: datetime | None = None) -> int:
        with self.context(), transaction():
            return decisions.undo(
                decision_id=decision,
                moderator=db.session.get_one(User, by or self.lee),
                scope=frozenset({self.dialogue}),
                window=WINDOW,
                now=now or clock.now(),
            ).id

    def decisions_on(self, contribution: int) -> list[ModerationDecision]:
        with self.context():
            return list(
                db.session.scalars(
                    select(ModerationDecision)
                    .where(ModerationDecision.contribution_id == contribution)
                    .order_by(ModerationDecision.id)
                )
            )

    def set(self, **values: object) -> None:
        """Change settings of the dialogue."""
        with self.context(), transaction():
            dialogue = db.session.get_one(Dialogue, self.dialogue)
            for name, value in values.items():
                setattr(dialogue, name, value)

    def client(self, user: int) -> FlaskClient:
        """A browser in which this person is signed in."""
        with self.context(), transaction():
            token = sessions.start(db.session.get_one(User, user), now=clock.now())
        client = self.app.test_client()
        with client.session_transaction() as session:
            session["_user_id"] = token
            session["_fresh"] = True
        return client

    @staticmethod
    def _newest(contribution: int) -> int:
        newest = db.session.scalar(
            select(Revision.id)
            .where(Revision.contribution_id == contribution)
            .order_by(Revision.number.desc())
            .limit(1)
        )
        assert newest is not None
        return newest


def build(app: Flask) -> World:
    """Make the dialogue and its people."""
    now = clock.now()
    with app.app_context(), transaction():
        people = {}
        for name in ("ana", "ben", "lee", "mo"):
            person = make_person(name, now)
            people[name] = person.id
        dialogue = make_dialogue("outreach", now)
        for name in ("lee", "mo"):
            give(people[name], Role.MODERATOR, dialogue_id=dialogue.id, now=now)
        topic = dialogue.topics[0].id
        return World(app=app, dialogue=dialogue.id, topic=topic, **people)


def make_person(name: str, now: datetime) -> User:
    person = User(
        email=f"{name}@people.example",
        email_folded=f"{name}@people.example",
        display_name=name.capitalize(),
        name_folded=name,
        created_at=now - timedelta(days=30),
        confirmed_at=now,
        policy_version="2026-11",
        policy_accepted_at=now,
    )
    db.session.add(person)
    db.session.flush()
    return person


def give(
    user: int,
    role: Role,
    *,
    now: datetime,
    dialogue_id: int | None = None,
    agency_id: int | None = None,
) -> None:
    db.session.add(
        Grant(user_id=user, role=role, dialogue_id=dialogue_id, agency_id=agency_id, from_at=now)
    )
    db.session.flush()


def make_agency(slug: str) -> int:
    agency = Agency(slug=f"office-of-{slug}", name=f"Office of {slug}")
    db.session.add(agency)
    db.session.flush()
    return agency.id


def make_dialogue(slug: str, now: datetime, *, agency_id: int | None = None) -> Dialogue:
    dialogue = Dialogue(
        agency_id=agency_id or make_agency(slug),
        slug=slug,
        moderation=Moderation.BEFORE,
        sensitive=False,
        contact_phone="(202) 555-0143",
        created_at=now,
    )
    dialogue.texts = [
        DialogueText(language="en", question="How can we reach workers?", short_name="Outreach")
    ]
    opened, closes = now - timedelta(days=30), now + timedelta(days=30)
    dialogue.phases = [
        Phase(act=Act.ANNOUNCE, opens_at=opened),
        *(
            Phase(act=act, opens_at=opened, closes_at=closes)
            for act in (Act.IDEA, Act.COMMENT, Act.VOTE)
        ),
    ]
    dialogue.topics = [DialogueTopic(slug="training", position=1, names={"en": "Training"})]
    dialogue.reasons = [
        ModerationReason(
            code=code,
            position=position,
            needs_note=needs_note,
            texts={"en": {"label": label, "sentence": f"Our rule about this: {label}."}},
        )
        for position, (code, label, needs_note) in enumerate(REASONS, start=1)
    ]
    db.session.add(dialogue)
    db.session.flush()
    return dialogue


def waiting_directly(world: World, number: int, *, items: bool = False) -> None:
    """Many ideas that wait, as an import leaves them: rows without events, without items."""
    begun = datetime(2026, 11, 1, tzinfo=UTC)
    with world.context(), transaction():
        person = db.session.scalar(select(Participant.id).limit(1))
        if person is None:
            participant = Participant(
                dialogue_id=world.dialogue, public_name="Many", name_folded="many", created_at=begun
            )
            db.session.add(participant)
            db.session.flush()
            person = participant.id
        ideas = [
            Contribution(
                dialogue_id=world.dialogue,
                kind=Kind.IDEA,
                participant_id=person,
                topic_id=world.topic,
                tracking=f"MANY-{index}",
                created_at=begun + timedelta(seconds=index),
            )
            for index in range(number)
        ]
        db.session.add_all(ideas)
        db.session.flush()
        db.session.add_all(
            Revision(
                contribution_id=idea.id,
                number=1,
                title=f"Idea {idea.id}",
                source="Words",
                html="<p>Words</p>",
                plain="Words",
                sanitizer_version="1",
                sha256="-",
                created_at=idea.created_at,
            )
            for idea in ideas
        )
        if items:
            queue.ensure_items(scope=None)


def form_of(page: str, path: str, *, action: str, holding: str = "") -> Form:
    return choose(forms(page, path), holding=holding, action=action)
