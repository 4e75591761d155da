"""Fills a database with a dialogue of a given number of ideas, from a fixed seed, in bulk.

The rows are what the commands would have written: published revisions, stored counts, search
documents. One idea has fifty-five comments (its page shows fifty), the others have two.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import insert, update

from dialogue.accounts.commands import accounts
from dialogue.accounts.models import Agency
from dialogue.dialogues.models import (
    Act,
    Dialogue,
    DialogueText,
    DialogueTopic,
    ModerationReason,
    Phase,
    Results,
)
from dialogue.kernel import ids, text
from dialogue.kernel.db import db, transaction
from dialogue.moderation.models import Lane, QueueItem
from dialogue.participation import schemas
from dialogue.participation.models import (
    Choice,
    Contribution,
    Kind,
    Participant,
    Revision,
    RevisionState,
    Vote,
)
from dialogue.participation.tally import agreement, mix_key
from dialogue.search import documents

SLUG = "bench"
PASSWORD = "correct horse battery bench"  # noqa: S105 - of the accounts made here
MEMBERS = 8
PEOPLE = 400
TOPICS = 6
COMMENTS_OF_THE_BUSY_IDEA = 55
WAITING = 1000
REASON = "off_topic"
WORDS = (  # noqa: SIM905 - a list of words is easier to read so
    "shelter worker recruiter wage contract visa hotline language passport employer farm hotel"
    " factory training outreach trust church clinic school bus fee debt lawyer union phone"
    " interpreter inspector restaurant nail salon construction fishing domestic evidence"
    " survivor housing rule permit agency leaflet poster radio meeting garden laundry crew"
).split()


@dataclass(frozen=True)
class Seeded:
    """What the measurements need to know."""

    dialogue_id: int
    busy_idea: int
    ideas: list[int]
    topic: str


def plant(size: int, now: datetime) -> Seeded:
    """Write everything in one transaction; `size` ideas."""
    dice = random.Random(1)
    with transaction():
        dialogue = _dialogue(now)
        people = _people(dialogue, now)
        revisions = _Revisions(dice, now)
        ideas = _contributions(dialogue, people, revisions, size, now)
        _waiting(dialogue, people, revisions, now)
        _votes(ideas, people, dice, now)
        return Seeded(dialogue.id, ideas[0], ideas, dialogue.topics[0].slug)


def member(number: int) -> str:
    return f"member-{number}@bench.example.org"


MODERATOR = "moderator@bench.example.org"


def _dialogue(now: datetime) -> Dialogue:
    agency = Agency(slug="bench", name="An agency")
    db.session.add(agency)
    db.session.flush()
    opens, closes = now - timedelta(days=30), now + timedelta(days=30)
    acts = (Act.IDEA, Act.COMMENT, Act.VOTE)
    dialogue = Dialogue(
        agency_id=agency.id,
        slug=SLUG,
        results=Results.ALWAYS,
        created_at=opens,
        texts=[
            DialogueText(
                language="en",
                question="How can outreach reach workers first?",
                short_name="Outreach",
                lede="Tell us what would have helped you, or what you have seen work.",
            )
        ],
        phases=[
            Phase(act=Act.ANNOUNCE, opens_at=opens),
            *(Phase(act=act, opens_at=opens, closes_at=closes) for act in acts),
        ],
        reasons=[
            ModerationReason(
                code=REASON,
                position=1,
                texts={"en": {"label": "Off topic", "sentence": "It is about something else."}},
            )
        ],
        topics=[
            DialogueTopic(slug=f"topic-{number}", position=number, names={"en": f"Topic {number}"})
            for number in range(TOPICS)
        ],
    )
    db.session.add(dialogue)
    db.session.flush()
    return dialogue


def _people(dialogue: Dialogue, now: datetime) -> list[int]:
    """Eight members who can sign in, and the crowd."""
    made = []
    for number in range(MEMBERS):
        user = accounts.add_by_staff(
            email=member(number),
            role="participant",
            dialogue_id=None,
            password=PASSWORD,
            actor_id=None,
            now=now,
        )
        made.append(user.id)
    accounts.add_by_staff(
        email=MODERATOR,
        role="moderator",
        dialogue_id=None,
        password=PASSWORD,
        actor_id=None,
        now=now,
    )
    rows = [
        {
            "dialogue_id": dialogue.id,
            "user_id": made[number] if number < len(made) else None,
            "public_name": f"river_{number}",
            "name_folded": f"river_{number}",
            "created_at": now,
        }
        for number in range(PEOPLE)
    ]
    return list(db.session.scalars(insert(Participant).returning(Participant.id), rows))


class _Revisions:
    """Made-up wordings: a few hundred, rendered once and used again and again."""

    def __init__(self, dice: random.Random, now: datetime) -> None:
        self._dice = dice
        self._now = now
        self._bodies = [self._body() for _each in range(300)]

    def title(self) -> str:
        return " ".join(self._dice.choices(WORDS, k=9)).capitalize()

    def row(self, contribution_id: int, title: str, state: RevisionState) -> dict[str, Any]:
        source, rendered = self._dice.choice(self._bodies)
        return {
            "contribution_id": contribution_id,
            "number": 1,
            "state": state,
            "title": title,
            "source": source,
            "html": rendered.html,
            "plain": rendered.plain,
            "language": "en",
            "sanitizer_version": rendered.sanitizer_version,
            "sha256": ids.digest(f"{title}\n{source}"),
            "created_at": self._now,
        }

    def _body(self) -> tuple[str, text.Rendered]:
        sentences = [
            " ".join(self._dice.choices(WORDS, k=self._dice.randint(8, 14))).capitalize() + "."
            for _each in range(self._dice.randint(2, 5))
        ]
        source = " ".join(sentences[:2]) + "\n\n" + " ".join(sentences[2:])
        return source.strip(), schemas.preview(source.strip())


def _contributions(
    dialogue: Dialogue, people: Sequence[int], revisions: _Revisions, size: int, now: datetime
) -> list[int]:
    """Ideas first, then their comments, then their published revisions and search documents."""
    dice = random.Random(2)
    topics = [topic.id for topic in dialogue.topics]
    ideas: list[int] = []
    for part in _parts(range(size)):
        rows = [
            _row(dialogue, people, dice, now, kind=Kind.IDEA, topic_id=dice.choice(topics))
            for _number in part
        ]
        ideas += _insert(rows)
    _publish(ideas, dialogue, revisions, now, Kind.IDEA)
    comments: list[int] = []
    counts = dict.fromkeys(ideas, 2) | {ideas[0]: COMMENTS_OF_THE_BUSY_IDEA}
    pairs = ((idea, number) for idea, count in counts.items() for number in range(count))
    for part in _parts(pairs):
        rows = [
            _row(dialogue, people, dice, now, kind=Kind.COMMENT, idea_id=idea)
            for idea, _number in part
        ]
        comments += _insert(rows)
    db.session.execute(
        update(Contribution)
        .where(Contribution.kind == Kind.COMMENT)
        .values(root_id=Contribution.id)
    )
    _publish(comments, dialogue, revisions, now, Kind.COMMENT)
    for chunk in _parts(counts.items()):
        db.session.execute(
            update(Contribution),
            [{"id": idea, "comments": count} for idea, count in chunk],
        )
    dialogue.ideas_published, dialogue.comments_published = len(ideas), len(comments)
    dialogue.people_active = len(people)
    return ideas


def _row(
    dialogue: Dialogue, people: Sequence[int], dice: random.Random, now: datetime, **more: Any
) -> dict[str, Any]:
    at = now - timedelta(seconds=dice.randint(60, 25 * 86_400))
    blank = {"idea_id": None, "topic_id": None}
    return blank | {
        "dialogue_id": dialogue.id,
        "participant_id": dice.choice(people[MEMBERS:]),
        "state": "pending",
        "tracking": ids.tracking_number(),
        "created_at": at,
        "published_at": at,
        **more,
    }


def _insert(rows: list[dict[str, Any]]) -> list[int]:
    return list(
        db.session.scalars(
            insert(Contribution).returning(Contribution.id, sort_by_parameter_order=True), rows
        )
    )


def _publish(
    contributions: Sequence[int],
    dialogue: Dialogue,
    revisions: _Revisions,
    now: datetime,
    kind: Kind,
) -> None:
    for part in _parts(contributions):
        titles = {number: revisions.title() if kind == Kind.IDEA else "" for number in part}
        rows = [revisions.row(number, titles[number], RevisionState.PUBLISHED) for number in part]
        made = db.session.scalars(
            insert(Revision).returning(Revision.id, sort_by_parameter_order=True), rows
        )
        db.session.execute(
            update(Contribution),
            [
                {
                    "id": number,
                    "state": "published",
                    "listed": True,
                    "published_revision_id": revision,
                    "title": titles[number],
                    "slug": ids.slug(titles[number]),
                    "excerpt": text.excerpt(row["plain"], 320),
                    "fragment": row["html"],
                    "mix_key": mix_key(number, 0, 10.0, now.date(), secret=SLUG)
                    if kind == Kind.IDEA
                    else 0,
                }
                for number, row, revision in zip(part, rows, made, strict=True)
            ],
        )
        documents.put_many(
            documents.Document(kind, number, dialogue.id, "en", f"{titles[number]}\n{row['plain']}")
            for number, row in zip(part, rows, strict=True)
        )


def _waiting(
    dialogue: Dialogue, people: Sequence[int], revisions: _Revisions, now: datetime
) -> None:
    """A thousand ideas in front of the moderators."""
    dice = random.Random(3)
    rows = [
        _row(dialogue, people, dice, now, kind=Kind.IDEA) | {"published_at": None}
        for _number in range(WAITING)
    ]
    made = _insert(rows)
    wordings = [revisions.row(number, revisions.title(), RevisionState.WAITING) for number in made]
    numbers = db.session.scalars(
        insert(Revision).returning(Revision.id, sort_by_parameter_order=True), wordings
    )
    db.session.execute(
        insert(QueueItem),
        [
            {
                "dialogue_id": dialogue.id,
                "contribution_id": contribution,
                "revision_id": revision,
                "lane": Lane.NEW,
                "since": now,
                "screened_at": now,
            }
            for contribution, revision in zip(made, numbers, strict=True)
        ],
    )


def _votes(ideas: Sequence[int], people: Sequence[int], dice: random.Random, now: datetime) -> None:
    """Six votes on each idea; the stored counts follow from them."""
    for part in _parts(ideas):
        rows, counts = [], []
        for idea in part:
            chosen = dice.choices((Choice.AGREE, Choice.DISAGREE, Choice.PASS), (5, 2, 1), k=6)
            voters = dice.sample(people[MEMBERS:], 6)
            rows += [
                {"idea_id": idea, "participant_id": voter, "choice": choice, "at": now}
                for voter, choice in zip(voters, chosen, strict=True)
            ]
            agree = chosen.count(Choice.AGREE)
            counts.append(
                {
                    "id": idea,
                    "agree": agree,
                    "disagree": chosen.count(Choice.DISAGREE),
                    "passed": chosen.count(Choice.PASS),
                    "agreement": agreement(agree, 6),
                }
            )
        db.session.execute(insert(Vote), rows)
        db.session.execute(update(Contribution), counts)
    db.session.execute(update(Dialogue).values(votes_cast=6 * len(ideas)))


def _parts(items: Any) -> Iterator[list[Any]]:
    """At most a thousand at a time."""
    source = iter(items)
    while part := list(islice(source, 1000)):
        yield part
