"""Every SELECT on dialogues."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Engine, Select, and_, bindparam, exists, or_, select, true
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import joinedload

from dialogue.accounts.models import Role
from dialogue.accounts.queries import dialogue_ids_with_role
from dialogue.dialogues import schedule
from dialogue.dialogues.models import (
    Act,
    Dialogue,
    DialogueText,
    DialogueTopic,
    Extension,
    ModerationPolicy,
    ModerationReason,
    Pause,
    Phase,
)
from dialogue.dialogues.readiness import ReasonWords
from dialogue.kernel.db import DatabaseBusy, db
from dialogue.kernel.errors import NotFound

STAFF = frozenset({Role.MODERATOR, Role.OFFICER, Role.ANALYST})


def dialogue_by_slug(slug: str) -> Dialogue | None:
    """Return a dialogue, whoever may see it: for commands and staff pages."""
    return db.session.scalars(_by_slug(), {"slug": slug}).unique().first()


@cache
def _by_slug() -> Select[Dialogue]:
    """Return the statement of nearly every page, made once: putting it together costs more than
    running it. Texts and dates come along: they are few, and every page needs them."""
    return (
        select(Dialogue)
        .where(Dialogue.slug == bindparam("slug"))
        .options(
            joinedload(Dialogue.texts), joinedload(Dialogue.phases), joinedload(Dialogue.pauses)
        )
    )


def version_reader(engine: Engine) -> Callable[[int], int | None]:
    """Return a question for outside a request: which version of a dialogue is the present one?

    It answers None for a dialogue that is not there, and when the database does not answer.
    """
    statement = select(Dialogue.version).where(Dialogue.id == bindparam("dialogue_id"))

    def version(dialogue_id: int) -> int | None:
        try:
            with engine.connect() as connection:
                return connection.scalar(statement, {"dialogue_id": dialogue_id})
        except (SQLAlchemyError, DatabaseBusy):
            return None

    return version


def dialogue_by_id(dialogue_id: int) -> Dialogue:
    """Return a dialogue that exists."""
    return db.session.get_one(Dialogue, dialogue_id)


def dialogue_for(slug: str, viewer: Any, now: datetime) -> Dialogue:
    """Return the dialogue as this person may see it; raises NotFound, also for a hidden one."""
    dialogue = dialogue_by_slug(slug)
    if dialogue is None or not (
        schedule.is_public(dialogue, now) or is_staff_of(viewer, dialogue, now)
    ):
        raise NotFound("")
    return dialogue


def is_staff_of(viewer: Any, dialogue: Dialogue, now: datetime) -> bool:
    """Tell whether a person works on this dialogue."""
    allowed = dialogue_ids_with_role(viewer, STAFF, now)
    return allowed is None or dialogue.id in allowed


def public_dialogues(now: datetime) -> Sequence[Dialogue]:
    """Return what everybody may read, the last announced first."""
    announced = and_(Phase.dialogue_id == Dialogue.id, Phase.act == Act.ANNOUNCE)
    return db.session.scalars(
        select(Dialogue)
        .join(Phase, announced)
        .where(Phase.opens_at <= now, Dialogue.private.is_(False))
        .order_by(Phase.opens_at.desc(), Dialogue.id.desc())
        .limit(200)
    ).all()


@dataclass(frozen=True)
class Readable:
    """A dialogue that a person may read, as lists of choices need it."""

    id: int
    slug: str
    name: str
    time_zone: str
    is_open: bool  # for ideas, comments or votes


def readable_dialogues(viewer: Any, now: datetime) -> Sequence[Readable]:
    """Return every dialogue that this person may read, by name, in one statement."""
    announced = exists().where(
        Phase.dialogue_id == Dialogue.id, Phase.act == Act.ANNOUNCE, Phase.opens_at <= now
    )
    open_window = exists().where(
        Phase.dialogue_id == Dialogue.id,
        Phase.act.in_(schedule.WINDOWS),
        Phase.opens_at <= now,
        or_(Phase.closes_at.is_(None), Phase.closes_at > now),
    )
    paused = exists().where(
        Pause.dialogue_id == Dialogue.id,
        Pause.from_at <= now,
        or_(Pause.until_at.is_(None), Pause.until_at > now),
    )
    is_open = and_(open_window, ~paused, Dialogue.archived_at.is_(None))
    everybody = and_(Dialogue.private.is_(False), announced)
    own = dialogue_ids_with_role(viewer, STAFF, now)
    readable = true() if own is None else or_(everybody, Dialogue.id.in_(own))
    rows = db.session.execute(
        select(
            Dialogue.id,
            Dialogue.slug,
            DialogueText.short_name,
            Dialogue.time_zone,
            is_open.label("is_open"),
        )
        .join(
            DialogueText,
            and_(
                DialogueText.dialogue_id == Dialogue.id,
                DialogueText.language == Dialogue.language,
            ),
        )
        .where(readable)
        .order_by(DialogueText.short_name, Dialogue.id)
    )
    return [Readable(*row) for row in rows]


def topics_of(dialogue_id: int) -> Sequence[DialogueTopic]:
    """Return the topics of a dialogue in their order."""
    return db.session.scalars(
        select(DialogueTopic)
        .where(DialogueTopic.dialogue_id == dialogue_id)
        .order_by(DialogueTopic.position)
    ).all()


def dialogues_of(viewer: Any, roles: Sequence[Role], now: datetime) -> Sequence[Dialogue]:
    """Return the dialogues in which a person holds one of `roles`, the newest first."""
    allowed = dialogue_ids_with_role(viewer, roles, now)
    query = select(Dialogue).order_by(Dialogue.id.desc())
    if allowed is not None:
        query = query.where(Dialogue.id.in_(allowed))
    return db.session.scalars(query.limit(200)).all()


def policy_of(dialogue_id: int) -> ModerationPolicy | None:
    """Return the moderation policy in force; None when none was published."""
    return db.session.scalars(
        select(ModerationPolicy)
        .where(ModerationPolicy.dialogue_id == dialogue_id)
        .order_by(ModerationPolicy.number.desc())
        .limit(1)
    ).first()


def policy_texts(dialogue_id: int) -> dict[str, str]:
    """Return the policy in force by language, as it was typed; empty when there is none."""
    policy = policy_of(dialogue_id)
    return dict(policy.texts) if policy else {}


def reasons_in_use(dialogue_id: int) -> list[ReasonWords]:
    """Return the words of the reasons that may be given, in their order."""
    rows = db.session.scalars(
        select(ModerationReason.texts)
        .where(ModerationReason.dialogue_id == dialogue_id, ModerationReason.retired_at.is_(None))
        .order_by(ModerationReason.position)
    )
    return [
        ReasonWords(
            {code: str(words["label"]) for code, words in texts.items()},
            {code: str(words["sentence"]) for code, words in texts.items()},
        )
        for texts in rows
    ]


def extensions_of(dialogue_id: int) -> Sequence[Extension]:
    """Return the changes of the closing date, oldest first."""
    return db.session.scalars(
        select(Extension).where(Extension.dialogue_id == dialogue_id).order_by(Extension.id)
    ).all()
