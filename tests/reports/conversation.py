"""Dialogues for the tests of reports, written down as who voted what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from sqlalchemy import insert, select, update

from dialogue.accounts import addresses
from dialogue.accounts.commands import accounts
from dialogue.accounts.models import Agency, Role, User
from dialogue.dialogues.models import (
    Act,
    Dialogue,
    DialogueText,
    DialogueTopic,
    ModerationReason,
    Phase,
)
from dialogue.kernel.db import db, transaction
from dialogue.participation.models import Contribution, Participant, Revision, Vote

START = datetime(2024, 11, 5, 14, tzinfo=UTC)
CHOICES = {"a": "agree", "d": "disagree", "p": "pass"}
COUNTERS = {"a": "agree", "d": "disagree", "p": "passed"}


def _of_one_mind(number: int, view: str, seed: int) -> list[str]:
    """People who mostly say `view`, each with a slip here and there; the same every time."""
    chance = Random(seed)
    return [
        "".join(chance.choice("adp") if chance.random() < 0.2 else letter for letter in view)
        for _ in range(number)
    ]


# Two groups that no method can miss (36 and 24 people, eight ideas); three who voted too little.
TWO_VIEWS = [
    *_of_one_mind(36, "aaaadddd", seed=1),
    *_of_one_mind(24, "ddddaaaa", seed=2),
    *["a-------", "-d------", "--p-----"],
]
IDEAS = [
    "Put a text line number on every pay stub",
    "Pay interpreters for Indigenous languages",
    "Give clinics a one-page card to hand out",
    "Print notices where pay is seen",
    "Fine employers who keep passports",
    "Check recruiters before they hire",
    "Close crews that break the rules twice",
    "Send inspectors without warning",
]
IDEAS_IN_SPANISH = [
    "Poner un número para mensajes en cada recibo de pago",
    "Pagar intérpretes de lenguas indígenas",
    "Dar a las clínicas una tarjeta de una página",
    "Colgar avisos donde se cobra",
    "Multar a quien retiene pasaportes",
    "Revisar a los reclutadores antes de contratar",
    "Cerrar las cuadrillas que incumplen dos veces",
    "Enviar inspectores sin previo aviso",
]


@dataclass(frozen=True)
class Words:
    """What the agency says about a dialogue, in one language."""

    question: str
    name: str
    topics: tuple[str, str]
    reason: str


WORDS = {
    "en": Words("How can pay be fair?", "Fair pay", ("Notices", "Rules"), "Off topic"),
    "es": Words(
        "¿Cómo puede ser justo el pago?", "Pago justo", ("Avisos", "Reglas"), "Ajeno al tema"
    ),
}


def hold(
    slug: str = "pay",
    people: Sequence[str] = tuple(TWO_VIEWS),
    ideas: Sequence[str] = tuple(IDEAS),
    *,
    comments: Sequence[tuple[int, int, str]] = (),
    rejected: Sequence[int] = (),
    open_until: datetime | None = None,
    backwards: bool = False,
    language: str = "en",
) -> Dialogue:
    """Store a dialogue: `people[n][i]` is what person n says to idea i (a, d, p; - is nothing).

    Person 0 wrote every idea. `comments`: (idea, person, text). `rejected`: ideas that moderators
    took out, with their votes. `backwards` stores people and votes in the opposite order.
    `language`: of the dialogue and of all that is written in it; one of WORDS.
    """
    words = WORDS[language]
    with transaction():
        agency = db.session.scalars(select(Agency).order_by(Agency.id)).first()
        if agency is None:
            agency = Agency(slug="office", name="Office")
            db.session.add(agency)
            db.session.flush()
        dialogue = Dialogue(
            agency_id=agency.id, slug=slug, time_zone="UTC", created_at=START, language=language
        )
        dialogue.texts = [
            DialogueText(language=language, question=words.question, short_name=words.name)
        ]
        dialogue.topics = [
            DialogueTopic(slug=topic, position=position, names={language: name})
            for position, (topic, name) in enumerate(
                zip(("notices", "rules"), words.topics, strict=True), start=1
            )
        ]
        dialogue.reasons = [
            ModerationReason(
                code="off_topic",
                position=1,
                texts={language: {"label": words.reason, "sentence": words.reason}},
            )
        ]
        dialogue.phases = [
            Phase(act=Act.ANNOUNCE, opens_at=START - timedelta(days=1)),
            Phase(act=Act.VOTE, opens_at=START, closes_at=open_until or START + timedelta(days=20)),
        ]
        db.session.add(dialogue)
        db.session.flush()
        persons = _people(dialogue, len(people), backwards)
        numbers = _ideas(dialogue, persons, ideas, rejected)
        for place, (idea, person, text) in enumerate(comments):
            _comment(dialogue, numbers[idea], persons[person], text, place)
        _vote(numbers, persons, people, backwards)
    return dialogue


def officer(email: str = "officer@example.gov", password: str | None = None) -> User:
    """Make an officer of every dialogue."""
    with transaction():
        return accounts.add_by_staff(
            email=addresses.parse(email),
            role=Role.OFFICER,
            dialogue_id=None,
            password=password,
            actor_id=None,
            now=START,
        )


def _people(dialogue: Dialogue, number: int, backwards: bool) -> list[Participant]:
    order = range(number - 1, -1, -1) if backwards else range(number)
    made = {}
    for n in order:
        made[n] = Participant(
            dialogue_id=dialogue.id, public_name=f"n{n}", name_folded=f"n{n}", created_at=START
        )
        db.session.add(made[n])
        db.session.flush()
    return [made[n] for n in range(number)]


def _ideas(
    dialogue: Dialogue, persons: list[Participant], ideas: Sequence[str], rejected: Sequence[int]
) -> list[int]:
    numbers = []
    topics = dialogue.topics
    for n, title in enumerate(ideas):
        idea = Contribution(
            dialogue_id=dialogue.id,
            kind="idea",
            participant_id=persons[0].id,
            topic_id=topics[0 if n < len(ideas) / 2 else 1].id,
            tracking=f"{dialogue.slug}-{n}",
            created_at=START + timedelta(minutes=n),
            state="rejected" if n in rejected else "pending",
        )
        _publish(idea, title, "", published=n not in rejected)
        numbers.append(idea.id)
    return numbers


def _comment(dialogue: Dialogue, idea: int, person: Participant, text: str, place: int) -> None:
    comment = Contribution(
        dialogue_id=dialogue.id,
        kind="comment",
        idea_id=idea,
        participant_id=person.id,
        tracking=f"{dialogue.slug}-c{place}",
        created_at=START + timedelta(days=1, minutes=place),
    )
    _publish(comment, "", text, published=True)


def _publish(contribution: Contribution, title: str, plain: str, *, published: bool) -> None:
    contribution.language = db.session.get_one(Dialogue, contribution.dialogue_id).language
    db.session.add(contribution)
    db.session.flush()
    revision = Revision(
        contribution_id=contribution.id,
        number=1,
        state="published" if published else "rejected",
        language=contribution.language,
        title=title,
        source=plain,
        html="",
        plain=plain,
        sanitizer_version="1",
        sha256="0",
        created_at=contribution.created_at,
    )
    db.session.add(revision)
    db.session.flush()
    if published:
        contribution.published_revision_id = revision.id
        contribution.published_at = contribution.created_at
        contribution.state = "published"
        contribution.title = title
        contribution.slug = "an-idea"
        contribution.listed = True
        db.session.flush()


def _vote(
    ideas: list[int], persons: list[Participant], people: Sequence[str], backwards: bool
) -> None:
    rows = [
        {
            "idea_id": ideas[i],
            "participant_id": persons[n].id,
            "choice": CHOICES[letter],
            "at": START + timedelta(days=n % 5, minutes=i, microseconds=n),
        }
        for n, said in enumerate(people)
        for i, letter in enumerate(said)
        if letter != "-"
    ]
    if rows:
        db.session.execute(insert(Vote), rows[::-1] if backwards else rows)
    for i, idea in enumerate(ideas):
        said = [person[i] for person in people]
        db.session.execute(
            update(Contribution)
            .where(Contribution.id == idea)
            .values({name: said.count(letter) for letter, name in COUNTERS.items()})
        )
