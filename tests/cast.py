"""A small named world that every test may use, built through the commands of the product.

One agency with an open dialogue and another dialogue beside it. Ana and Ben take part; Lee
moderates the dialogue, Mo the other one; Ola is its officer, Oz the other one's; Ada administers.
Ana has a published idea with a comment of Ben's, and an idea that waits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from flask import Flask
from sqlalchemy import delete, select, update

from dialogue.accounts.commands import accounts
from dialogue.accounts.models import User
from dialogue.dialogues import schemas
from dialogue.dialogues.commands import editing
from dialogue.dialogues.models import Act, Dialogue, Phase
from dialogue.kernel import clock
from dialogue.kernel.db import db, transaction
from dialogue.moderation.commands import decisions, queue
from dialogue.moderation.commands.deeds import Wish
from dialogue.moderation.models import ModerationDecision, Outcome
from dialogue.participation.commands import voting, writing
from dialogue.participation.models import Choice, Contribution, Participant, Revision
from dialogue.participation.schemas import CommentInput, IdeaInput
from dialogue.search import documents

Found = TypeVar("Found")

SLUG, OTHER_SLUG = "outreach", "housing"
PEOPLE = ("ana", "ben", "lee", "mo", "ola", "oz", "ada")
TITLE = "Check recruiters before the visa"
BODY = "A list that workers can read *before* they pay anyone."
WAITING_TITLE = "Print the number of the hotline on pay slips"


def address(name: str) -> str:
    return f"{name}@people.example"


@dataclass(frozen=True)
class Cast:
    """Ids only: a test reads what it needs in a session of its own."""

    app: Flask
    people: dict[str, int]
    dialogue: int
    other: int
    topic: int
    idea: int = 0
    waiting: int = 0
    comment: int = 0

    @contextmanager
    def writing(self) -> Iterator[None]:
        with self.app.app_context(), transaction():
            yield

    def read(self, question: Callable[[], Found]) -> Found:
        """The answer to a question put in a session that sees the database as it is now."""
        with self.app.app_context():
            return question()

    def contribution(self, contribution_id: int) -> Contribution:
        """A contribution as it stands, for use after its session has ended."""
        with self.app.app_context():
            found = db.session.get_one(Contribution, contribution_id)
            db.session.expunge(found)
            return found

    def post_idea(
        self, title: str = TITLE, body: str = BODY, *, by: str = "ana", slug: str = SLUG
    ) -> int:
        with self.writing():
            return writing.post_idea(
                dialogue=_dialogue(slug),
                user=self._user(by),
                idea=IdeaInput(title, body, self.topic if slug == SLUG else None),
                now=clock.now(),
                opened_at=None,
            ).id

    def post_comment(
        self, body: str, *, on: int | None = None, by: str = "ben", reply_to: int | None = None
    ) -> int:
        with self.writing():
            return writing.post_comment(
                dialogue=_dialogue(SLUG),
                user=self._user(by),
                idea_id=on or self.idea,
                reply_to_id=reply_to,
                comment=CommentInput(body),
                now=clock.now(),
                opened_at=None,
            ).id

    def edit(self, contribution_id: int, title: str, body: str) -> None:
        with self.writing():
            found = db.session.get_one(Contribution, contribution_id)
            writing.edit(
                dialogue=db.session.get_one(Dialogue, found.dialogue_id),
                contribution_id=found.id,
                participant_id=found.participant_id,
                title=title,
                body=body,
                topic_id=found.topic_id,
                now=clock.now(),
            )

    def withdraw(self, contribution_id: int) -> None:
        with self.writing():
            found = db.session.get_one(Contribution, contribution_id)
            writing.withdraw(
                dialogue=db.session.get_one(Dialogue, found.dialogue_id),
                contribution_id=found.id,
                participant_id=found.participant_id,
                now=clock.now(),
            )

    def approve(self, contribution_id: int, *, by: str = "lee") -> int:
        return self.decide_waiting(Outcome.APPROVED, contribution_id, by=by)

    def reject(self, contribution_id: int, *, by: str = "lee") -> int:
        return self.decide_waiting(Outcome.REJECTED, contribution_id, reason="crime_claim", by=by)

    def decide(
        self,
        outcome: Outcome,
        on: int | None = None,
        *,
        by: str = "lee",
        reason: str = "",
        note: str = "",
        version: int | None = None,
        **wish: Any,
    ) -> int:
        """Decide about something that was public before; the wish as `Wish` takes it."""
        with self.writing():
            found = db.session.get_one(Contribution, on or self.idea)
            return decisions.decide_in_place(
                contribution_id=found.id,
                version=found.version if version is None else version,
                outcome=outcome,
                reason_code=reason,
                note=note,
                moderator=self._user(by),
                scope=None,
                now=clock.now(),
                wish=Wish(**wish),
            ).id

    def undo(self, decision_id: int, *, by: str = "lee") -> None:
        with self.writing():
            decisions.undo(
                decision_id=decision_id,
                moderator=self._user(by),
                scope=None,
                window=timedelta(minutes=10),
                now=clock.now(),
            )

    def vote(self, choice: Choice | str | None, *, by: str = "ben", on: int | None = None) -> None:
        with self.writing():
            voting.cast_vote(
                dialogue=_dialogue(SLUG),
                idea_id=on or self.idea,
                user=self._user(by),
                choice=None if choice is None else Choice(choice),
                now=clock.now(),
            )

    def change(self, slug: str = SLUG, **values: object) -> None:
        """Change settings of a dialogue."""
        with self.writing():
            found = _dialogue(slug)
            for name, value in values.items():
                setattr(found, name, value)

    def close(self, *, ago: timedelta = timedelta(hours=1), slug: str = SLUG) -> datetime:
        """Let the dialogue have closed a while ago; returns when."""
        closed = clock.now() - ago
        with self.writing():
            db.session.execute(
                update(Phase)
                .where(
                    Phase.dialogue_id == _dialogue(slug).id,
                    Phase.act.in_((Act.IDEA, Act.COMMENT, Act.VOTE)),
                )
                .values(closes_at=closed)
            )
        return closed

    def unannounce(self, slug: str = SLUG) -> None:
        """Make a draft of a dialogue."""
        with self.writing():
            db.session.execute(
                delete(Phase).where(
                    Phase.dialogue_id == _dialogue(slug).id, Phase.act == Act.ANNOUNCE
                )
            )

    def participant(self, name: str, dialogue_id: int | None = None) -> int:
        """The id under which a person takes part in the dialogue."""
        with self.app.app_context():
            found = db.session.scalar(
                select(Participant.id).where(
                    Participant.user_id == self.people[name],
                    Participant.dialogue_id == (dialogue_id or self.dialogue),
                )
            )
            assert found is not None, f"{name} takes no part"
            return found

    def decide_waiting(
        self,
        outcome: Outcome,
        contribution_id: int,
        *,
        reason: str = "",
        note: str = "",
        by: str = "lee",
        **wish: Any,
    ) -> int:
        """Decide about what waits; the wish as `Wish` takes it."""
        with self.writing():
            item = queue.open_item(
                contribution_id=contribution_id, revision_id=newest_wording(contribution_id).id
            )
            if item is None:
                raise LookupError("nothing waits")
            made: ModerationDecision = decisions.decide(
                item_id=item.id,
                version=item.version,
                outcome=outcome,
                reason_code=reason,
                note=note,
                moderator=self._user(by),
                scope=None,
                now=clock.now(),
                wish=Wish(**wish),
            )
            return made.id

    def _user(self, name: str) -> User:
        return db.session.get_one(User, self.people[name])


def assemble(app: Flask) -> Cast:
    """Build the world in a database without rows."""
    now = clock.now()
    with app.app_context(), transaction():
        dialogue = _make_dialogue(SLUG, "How can outreach reach workers first?", now)
        other = _make_dialogue(OTHER_SLUG, "Where should the new shelters stand?", now)
        roles: dict[str, tuple[str, int | None]] = {
            "lee": ("moderator", dialogue.id),
            "mo": ("moderator", other.id),
            "ola": ("officer", dialogue.id),
            "oz": ("officer", other.id),
            "ada": ("admin", None),
        }
        people = {
            name: _add_person(name, *roles.get(name, ("participant", None)), now) for name in PEOPLE
        }
        topic = dialogue.topics[0].id
        cast = Cast(app, people, dialogue.id, other.id, topic)
    idea = cast.post_idea()
    cast.approve(idea)
    waiting = cast.post_idea(WAITING_TITLE, "In every language of the crew.")
    comment = cast.post_comment("Our union keeps such a list.", on=idea)
    cast.approve(comment)
    return Cast(app, people, cast.dialogue, cast.other, topic, idea, waiting, comment)


def empty(app: Flask) -> None:
    """Remove every row, so that the world can be built again."""
    with app.app_context(), transaction():
        connection = db.session.connection()
        rows = connection.exec_driver_sql("SELECT kind, object_id FROM search_document").all()
        for kind, number in rows:
            documents.remove(kind, number)
        tables = [table.name for table in db.metadata.sorted_tables]
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"TRUNCATE {', '.join(tables)} CASCADE")
            return
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        for table in tables:
            connection.exec_driver_sql(f"DELETE FROM {table}")


def newest_wording(contribution_id: int) -> Revision:
    return db.session.scalars(
        select(Revision)
        .where(Revision.contribution_id == contribution_id)
        .order_by(Revision.number.desc())
        .limit(1)
    ).one()


def dialogue_form(slug: str, question: str, now: datetime) -> schemas.Form:
    """What an officer enters about a dialogue that opened a week ago and closes in a month."""
    opened, closes = now - timedelta(days=7), now + timedelta(days=30)
    return schemas.Form(
        question=question,
        short_name=slug.capitalize(),
        slug=slug,
        lede="Tell us what would help.",
        why="Workers hear of their rights too late.\n\nWe want to change that.",
        contact_mail="team@agency.example",
        contact_phone="(202) 555-0143",
        time_zone="UTC",
        announce_on=opened.date().isoformat(),
        open_on=opened.date().isoformat(),
        open_time="00:00",
        close_on=closes.date().isoformat(),
        sensitive="",
        topics=[("", "Training"), ("", "Transport")],
    )


def _make_dialogue(slug: str, question: str, now: datetime) -> Dialogue:
    checked = schemas.dialogue_input(dialogue_form(slug, question, now))
    return editing.create_dialogue(checked=checked, actor_id=None, now=now)


def _add_person(name: str, role: str, dialogue_id: int | None, now: datetime) -> int:
    user = accounts.add_by_staff(
        email=address(name),
        role=role,
        dialogue_id=dialogue_id,
        password=None,
        actor_id=None,
        now=now,
    )
    user.display_name, user.name_folded = name.capitalize(), name
    user.created_at = now - timedelta(days=30)  # no newcomer: limits as in earnest
    return user.id


def _dialogue(slug: str) -> Dialogue:
    return db.session.scalars(select(Dialogue).where(Dialogue.slug == slug)).one()
