"""Loads a conversation as a closed dialogue: all of it in one transaction, or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import func, insert, select

from dialogue.accounts.queries import default_agency
from dialogue.dialogues.models import Act, Dialogue, DialogueText, Phase, Results
from dialogue.kernel import audit
from dialogue.kernel.db import db
from dialogue.kernel.errors import Conflict
from dialogue.kernel.outbox import publish
from dialogue.kernel.text import BadText, clean_source, excerpt, fold
from dialogue.participation import schemas
from dialogue.participation.events import ConversationImported
from dialogue.participation.models import (
    Choice,
    Contribution,
    Kind,
    Participant,
    ParticipantKind,
    PolisOrigin,
    Vote,
)
from dialogue.participation.polis import moments
from dialogue.participation.polis.batches import Progress, batches, insert_rows
from dialogue.participation.polis.files import Conversation
from dialogue.participation.polis.ideas import write_ideas
from dialogue.participation.polis.wording import likely_language

CHANNEL = "polis"

_CHOICES = {1: Choice.AGREE, -1: Choice.DISAGREE, 0: Choice.PASS}
_LONGEST_NAME = 60  # code points of a dialogue's short name
_LEDE = 300


@dataclass(frozen=True)
class Loaded:
    """What the dialogue holds now; `changed` is False when the same files were loaded before."""

    dialogue_id: int
    changed: bool
    people: int
    ideas: int
    published: int
    votes: int


def load(
    conversation: Conversation,
    *,
    slug: str,
    language: str | None,
    progress: Progress,
    now: datetime,
) -> Loaded:
    """Make a dialogue of a conversation, or find that these files are loaded under this slug.

    To be called inside `transaction()`; publishes ConversationImported. `language` None: told
    from the letters. Raises Conflict when the slug belongs to something else, BadFiles when a
    text cannot be rendered.
    """
    known = _loaded_before(conversation, slug)
    if known is not None:
        return known
    dialogue = _dialogue(conversation, slug, language, now)
    people = _people(conversation, dialogue, progress)
    ideas = write_ideas(conversation, dialogue, people, progress, now)
    _votes(conversation, people, ideas, progress)
    listed = {s.id for s in conversation.statements.values() if s.moderated != -1}
    dialogue.ideas_published = len(listed)
    dialogue.votes_cast = sum(statement in listed for statement, _person in conversation.votes)
    dialogue.people_active = len(people)
    _remember(conversation, dialogue, now)
    loaded = Loaded(
        dialogue.id, True, len(people), len(ideas), len(listed), len(conversation.votes)
    )
    codes: dict[str, str | int] = {
        "people": loaded.people,
        "ideas": loaded.ideas,
        "votes": loaded.votes,
        "files": conversation.sha256,
    }
    audit.record(None, audit.Act.DIALOGUE_IMPORTED, f"dialogue:{dialogue.id}", codes, now=now)
    publish(ConversationImported(dialogue.id))
    return loaded


def rows_of(conversation: Conversation) -> int:
    """Return how many rows `progress` will have been told of at the end."""
    return len(_everybody(conversation)) + len(conversation.statements) + len(conversation.votes)


def _loaded_before(conversation: Conversation, slug: str) -> Loaded | None:
    dialogue = db.session.scalars(select(Dialogue).where(Dialogue.slug == slug)).first()
    if dialogue is None:
        return None
    origin = db.session.get(PolisOrigin, dialogue.id)
    if origin is None:
        raise Conflict(_("“%(slug)s” is a dialogue made here. Choose another slug.", slug=slug))
    if origin.sha256 != conversation.sha256:
        raise Conflict(
            _("“%(slug)s” was imported from other files. Choose another slug.", slug=slug)
        )
    ideas = (Contribution.dialogue_id == dialogue.id, Contribution.kind == Kind.IDEA)
    votes = (
        select(func.count()).select_from(Vote).join(Contribution, Vote.idea_id == Contribution.id)
    )
    return Loaded(
        dialogue.id,
        False,
        dialogue.people_active,
        db.session.scalar(select(func.count()).select_from(Contribution).where(*ideas)) or 0,
        dialogue.ideas_published,
        db.session.scalar(votes.where(*ideas)) or 0,
    )


def _dialogue(
    conversation: Conversation, slug: str, language: str | None, now: datetime
) -> Dialogue:
    question = _line(conversation.about("topic")) or slug
    about = clean_source(conversation.about("conversation-description"))
    try:
        lede = excerpt(schemas.preview(about).plain.split("\n")[0], _LEDE)
    except BadText:  # too long or too deep to be shown as a text of the dialogue
        about = lede = ""
    times = [s.milliseconds for s in conversation.statements.values()]
    times += [milliseconds for milliseconds, _choice in conversation.votes.values()]
    opens, closes = moments.at(min(times)), moments.at(max(times) + 1)
    language = language or likely_language(
        (s.text for s in conversation.statements.values()), otherwise="en"
    )
    dialogue = Dialogue(
        agency_id=default_agency().id,
        slug=slug,
        time_zone="UTC",
        language=language,
        sensitive=False,
        results=Results.ALWAYS,
        channel=CHANNEL,
        created_at=now,
        texts=[
            DialogueText(
                language=language,
                question=question,
                short_name=excerpt(question, _LONGEST_NAME),
                lede=lede,
                why=about,
            )
        ],
        phases=[
            Phase(act=Act.ANNOUNCE, opens_at=opens),
            Phase(act=Act.IDEA, opens_at=opens, closes_at=closes),
            Phase(act=Act.VOTE, opens_at=opens, closes_at=closes),
        ],
    )
    db.session.add(dialogue)
    db.session.flush()
    return dialogue


def _people(conversation: Conversation, dialogue: Dialogue, progress: Progress) -> dict[int, int]:
    """Write the participants; return original id → participant id."""
    first: dict[int, int] = {}
    for (_statement, person), (milliseconds, _choice) in conversation.votes.items():
        first[person] = min(milliseconds, first.get(person, milliseconds))
    for statement in conversation.statements.values():
        milliseconds = statement.milliseconds
        first[statement.author] = min(milliseconds, first.get(statement.author, milliseconds))
    began = min(first.values())
    people: dict[int, int] = {}
    for part in batches(sorted(_everybody(conversation))):
        rows = [
            {
                "dialogue_id": dialogue.id,
                "public_name": f"participant-{person}",
                "name_folded": fold(f"participant-{person}"),
                "kind": ParticipantKind.IMPORTED,
                "original_id": str(person),
                "created_at": moments.at(first.get(person, began)),
            }
            for person in part
        ]
        people.update(zip(part, insert_rows(Participant, rows), strict=True))
        progress(len(part))
    return people


def _votes(
    conversation: Conversation, people: dict[int, int], ideas: dict[int, int], progress: Progress
) -> None:
    statement_of_insert = insert(Vote)
    for part in batches(sorted(conversation.votes.items())):
        db.session.execute(
            statement_of_insert,
            [
                {
                    "idea_id": ideas[statement],
                    "participant_id": people[person],
                    "choice": _CHOICES[vote],
                    "at": moments.at(milliseconds),
                }
                for (statement, person), (milliseconds, vote) in part
            ],
        )
        progress(len(part))


def _everybody(conversation: Conversation) -> set[int]:
    return (
        set(conversation.people)
        | {statement.author for statement in conversation.statements.values()}
        | {person for _statement, person in conversation.votes}
    )


def _remember(conversation: Conversation, dialogue: Dialogue, now: datetime) -> None:
    unlisted = sorted(_everybody(conversation) - set(conversation.people))
    groups = [*conversation.people.items(), *((person, "") for person in unlisted)]
    db.session.add(
        PolisOrigin(
            dialogue_id=dialogue.id,
            sha256=conversation.sha256,
            summary=conversation.summary,
            statements=list(conversation.statements),
            people=[[person, group] for person, group in groups],
            zones=moments.changes(conversation.zones),
            imported_at=now,
        )
    )


def _line(text: str) -> str:
    return " ".join(clean_source(text).split())
