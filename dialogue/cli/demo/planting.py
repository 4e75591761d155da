"""Plants the demonstration: a dialogue in mid-course, as if people had been at it for weeks.

What people did goes through the same commands as theirs would; only the votes are written in
bulk. Dates are relative to the day of planting; the seed of the simulated votes is fixed.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update

from dialogue.accounts import names
from dialogue.accounts.models import User
from dialogue.cli.demo.words import Person, Words
from dialogue.dialogues.commands import editing
from dialogue.dialogues.models import Dialogue, DialogueTopic, Moderation, Results
from dialogue.dialogues.schemas import DialogueInput
from dialogue.kernel import ids
from dialogue.kernel.db import db
from dialogue.kernel.outbox import publish
from dialogue.moderation import screening
from dialogue.moderation.commands import decisions, queue
from dialogue.moderation.models import Outcome
from dialogue.participation.commands import publication, writing
from dialogue.participation.events import RevisionSubmitted
from dialogue.participation.models import (
    Channel,
    Choice,
    Contribution,
    Kind,
    Participant,
    Revision,
    Vote,
)
from dialogue.participation.tally import agreement

SEED = 20261122


def plant_dialogue(words: Words, *, actor_id: int, now: datetime) -> Dialogue:
    """Create the dialogue with texts, dates, topics and helplines."""
    text_of, days = words.dialogue, words.dialogue["dates"]

    def day(name: str, hour: int) -> datetime:
        moment = now + timedelta(days=days[name])
        return moment.astimezone(UTC).replace(hour=hour, minute=59 if hour == 4 else 0, second=0)

    dialogue = editing.create_dialogue(
        checked=DialogueInput(
            slug=text_of["slug"],
            texts={
                "question": text_of["question"],
                "short_name": text_of["short_name"],
                "lede": text_of["lede"],
                "why": text_of["why"].strip(),
                "why_take_part": text_of["why_take_part"].strip(),
                "changes": text_of["changes"].strip(),
                "who": text_of["who"].strip(),
                "how": "\n".join(f"1. {step}" for step in text_of["how"]),
                "next_steps": text_of["next"].strip(),
            },
            contact={f"contact_{name}": text_of["contact"][name] for name in _CONTACT},
            time_zone="America/New_York",
            announce_at=day("announced", 13),
            opens_at=day("opens", 13),
            closes_at=day("closes", 4),
            report_by=day("report_by", 4),
            reply_by=day("reply_by", 4),
            close_reason="",
            moderation=Moderation.BEFORE,
            results=Results.AFTER_VOTE,
            sensitive=text_of["sensitive"],
            target_hours=24,
            topics=tuple((None, topic["name"]) for topic in text_of["topics"]),
        ),
        actor_id=actor_id,
        now=day("announced", 12),
    )
    dialogue.helplines = text_of["helplines"]
    spanish = {topic["name"]: topic["name_es"] for topic in text_of["topics"]}
    for topic in dialogue.topics:
        topic.names = {"en": topic.names["en"], "es": spanish[topic.names["en"]]}
    db.session.flush()
    return dialogue


_CONTACT = ("mail", "phone", "hours")


class Planting:
    """What people said and how they voted, in one dialogue."""

    def __init__(self, words: Words, dialogue: Dialogue, moderator: User, now: datetime):
        self._words, self._dialogue = words, dialogue
        self._moderator, self._now = moderator, now
        self._random = random.Random(SEED)  # noqa: S311  (a simulation, not a secret)
        self._people: dict[str, Participant] = {}
        self._ideas: dict[str, Contribution] = {}
        self._comments: dict[str, Contribution] = {}

    def plant(self, participant: User) -> None:
        """Write everything; `participant` is the account that visitors may sign in with, and
        becomes the author of what was not published, so that they can see that page too."""
        rejected = next(row for row in self._words.ideas if row["state"] == "rejected")
        participant.display_name = rejected["author"]
        participant.name_folded = names.skeleton(rejected["author"])
        self._plant_people({rejected["author"]: participant.id})
        for row in sorted(self._words.ideas, key=lambda row: -row["day"]):
            self._plant_idea(row)
        for row in sorted(self._words.comments, key=lambda row: -row["day"]):
            self._plant_comment(row)
        self._plant_votes()

    def _plant_people(self, accounts: dict[str, int]) -> None:
        opened = self._now + timedelta(days=self._words.dialogue["dates"]["opens"])
        for person in self._words.people:
            row = Participant(
                dialogue_id=self._dialogue.id,
                user_id=accounts.get(person.name),
                public_name=person.name,
                name_folded=names.skeleton(person.name),
                created_at=opened,
            )
            db.session.add(row)
            self._people[person.name] = row
        db.session.flush()
        self._dialogue.people_active = len(self._people)
        db.session.flush()

    def _plant_idea(self, row: dict[str, Any]) -> None:
        slugs = dict(
            zip(
                (topic["key"] for topic in self._words.dialogue["topics"]),
                self._dialogue.topics,
                strict=True,
            )
        )
        topic: DialogueTopic | None = slugs.get(row["topic"])
        idea = self._new(row, Kind.IDEA, topic_id=topic.id if topic else None)
        self._ideas[row["key"]] = idea
        self._settle(idea, row, row["title"])

    def _plant_comment(self, row: dict[str, Any]) -> None:
        idea = self._ideas[row["idea"]]
        answered = self._comments.get(row.get("reply_to", ""))
        comment = self._new(
            row,
            Kind.COMMENT,
            idea_id=idea.id,
            reply_to_id=answered.id if answered else None,
            root_id=answered.root_id if answered else None,
        )
        comment.root_id = comment.root_id or comment.id
        if "key" in row:
            self._comments[row["key"]] = comment
        self._settle(comment, row, "")

    def _new(self, row: dict[str, Any], kind: Kind, **fields: Any) -> Contribution:
        contribution = Contribution(
            dialogue_id=self._dialogue.id,
            kind=kind,
            participant_id=self._people[row["author"]].id,
            tracking=ids.tracking_number(),
            channel=Channel.SEED,
            language=row.get("language", "en"),
            created_at=self._now - timedelta(days=row["day"]),
            **fields,
        )
        db.session.add(contribution)
        db.session.flush()
        return contribution

    def _settle(self, contribution: Contribution, row: dict[str, Any], title: str) -> None:
        """Publish it some hours after it came, reject it, or leave it in the queue."""
        sent = contribution.created_at
        revision = writing.add_revision(contribution, title, row["body"].strip(), sent)
        read = min(sent + timedelta(hours=self._random.uniform(0.3, 9)), self._now)
        if row["state"] == "published":
            publication.publish_revision(
                contribution_id=contribution.id, revision_id=revision.id, now=read
            )
            return
        publish(RevisionSubmitted(contribution.id, revision.id))
        self._screen(contribution, revision)
        if row["state"] == "rejected":
            item = queue.open_item(contribution_id=contribution.id, revision_id=revision.id)
            if item is None:
                raise LookupError("A waiting contribution has no queue item.")
            decisions.decide(
                item_id=item.id,
                version=item.version,
                outcome=Outcome.REJECTED,
                reason_code=row["reason"],
                note="",
                moderator=self._moderator,
                scope=None,
                now=read,
            )

    def _screen(self, contribution: Contribution, revision: Revision) -> None:
        lines = {line["phone"] for line in self._dialogue.helplines}
        findings = screening.look_at(revision.title, revision.html, public_numbers=lines)
        queue.record_findings(
            contribution_id=contribution.id,
            revision_id=revision.id,
            findings=findings,
            now=self._now,
        )

    def _plant_votes(self) -> None:
        """Let everybody vote by their view: a tendency, some noise, and more or less zeal."""
        stances = {row["key"]: row for row in self._words.ideas if row["state"] == "published"}
        published = {self._ideas[key].id: stances[key] for key in stances}
        moments = {
            row.id: row.published_at
            for row in db.session.execute(
                select(Contribution.id, Contribution.published_at).where(
                    Contribution.id.in_(published)
                )
            )
        }
        given = {
            (vote.idea_id, vote.participant_id)
            for vote in db.session.execute(select(Vote.idea_id, Vote.participant_id))
        }
        rows = []
        for person in self._words.people:
            zeal = self._random.betavariate(2, 2)
            for idea_id, row in published.items():
                choice = self._choice(person, row, zeal)
                key = (idea_id, self._people[person.name].id)
                if choice is None or key in given:
                    continue
                since = moments[idea_id] or self._now
                at = since + (self._now - since) * self._random.random() ** 1.5
                rows.append(
                    {"idea_id": key[0], "participant_id": key[1], "choice": choice, "at": at}
                )
        db.session.execute(insert(Vote), rows)
        self._recount(list(published))

    def _choice(self, person: Person, row: dict[str, Any], zeal: float) -> Choice | None:
        if self._random.random() >= row["pull"] * (0.35 + 0.75 * zeal):
            return None
        leaning = row["stance"][person.view] + self._random.gauss(0, 0.42)
        if leaning > 0.12:
            return Choice.AGREE
        return Choice.DISAGREE if leaning < -0.12 else Choice.PASS

    def _recount(self, idea_ids: list[int]) -> None:
        counts = {idea_id: dict.fromkeys(Choice, 0) for idea_id in idea_ids}
        for vote in db.session.execute(
            select(Vote.idea_id, Vote.choice).where(Vote.idea_id.in_(idea_ids))
        ):
            counts[vote.idea_id][Choice(vote.choice)] += 1
        for idea_id, by_choice in counts.items():
            db.session.execute(
                update(Contribution)
                .where(Contribution.id == idea_id)
                .values(
                    agree=by_choice[Choice.AGREE],
                    disagree=by_choice[Choice.DISAGREE],
                    passed=by_choice[Choice.PASS],
                    agreement=agreement(by_choice[Choice.AGREE], sum(by_choice.values())),
                )
            )
        db.session.execute(
            update(Dialogue)
            .where(Dialogue.id == self._dialogue.id)
            .values(votes_cast=sum(sum(row.values()) for row in counts.values()))
        )
