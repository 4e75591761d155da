"""Splitting an idea that says several things: each becomes an idea of its own, of the same author.

The original stays to be read, with its votes and comments, and takes no new ones: it leads to its
parts. A part holds words of the original and no others; a moderator chooses, and writes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select, update

from dialogue.kernel import ids
from dialogue.kernel.db import db
from dialogue.kernel.errors import Conflict, FieldErrors
from dialogue.kernel.outbox import publish
from dialogue.participation.commands import arranging, publication, writing
from dialogue.participation.events import ContributionPublished, IdeaSplit
from dialogue.participation.lifecycle import STATE_NAMES, State, Verb
from dialogue.participation.models import (
    Contribution,
    Lineage,
    LineageKind,
    Revision,
)

LONGEST_TITLE = 120  # code points, as of any idea
FEWEST, MOST = 2, 4


@dataclass(frozen=True)
class Part:
    """One thing that an idea says: its sentence, its details, its topic (None: the original's)."""

    title: str
    body: str = ""
    topic_id: int | None = None


def split(*, idea_id: int, parts: Sequence[Part], now: datetime) -> list[int]:
    """Make ideas of the parts of a public idea and lock the original; return their ids.

    Publishes IdeaSplit, and ContributionPublished for each part. Raises Conflict (not public, or
    split before), FieldErrors (`part-1-title` … : words that are not the author's).
    """
    idea = publication.locked(idea_id)
    if not idea.listed:
        raise Conflict(
            _(
                "This is now “%(state)s”, so that cannot be done any more.",
                state=STATE_NAMES[State(idea.state)],
            )
        )
    if idea.locked_at is not None:
        raise Conflict(_("This idea is locked. Unlock it before you split it."))
    original = db.session.get_one(Revision, idea.published_revision_id)
    _must_be_the_authors(parts, original)
    made = [_make(idea, part, now) for part in parts]
    for part in made:
        db.session.add(Lineage(kind=LineageKind.SPLIT, from_id=idea.id, to_id=part.id, at=now))
    arranging.close(idea_id=idea.id, what="idea", closed=True, now=now)
    publish(IdeaSplit(idea.id, tuple(part.id for part in made)))
    return [part.id for part in made]


def unsplit(*, idea_id: int, part_ids: Sequence[int], now: datetime) -> None:
    """Take a split back: the parts go into the bin, the original takes votes and comments again.

    A part that its author has withdrawn meanwhile stays withdrawn.
    """
    db.session.execute(
        update(Lineage)
        .where(Lineage.kind == LineageKind.SPLIT, Lineage.to_id.in_(part_ids))
        .values(ended_at=now)
    )
    for part_id in sorted(part_ids):
        part = publication.locked(part_id)
        if part.state in (State.PUBLISHED, State.OFF_TOPIC, State.HIDDEN):
            publication.take_out(contribution_id=part_id, verb=Verb.BIN, now=now)
    arranging.close(idea_id=idea_id, what="idea", closed=False, now=now)


def is_split(idea_id: int) -> bool:
    """Tell whether an idea has parts that stand."""
    found = select(Lineage.id).where(
        Lineage.kind == LineageKind.SPLIT, Lineage.from_id == idea_id, Lineage.ended_at.is_(None)
    )
    return db.session.scalar(found.limit(1)) is not None


def _must_be_the_authors(parts: Sequence[Part], original: Revision) -> None:
    errors = {}
    if not FEWEST <= len(parts) <= MOST:
        errors["part-1-title"] = _("Make at least two ideas of it, and at most four.")
    whole = _as_read(f"{original.title}\n{original.source}\n{original.plain}")
    for number, part in enumerate(parts, start=1):
        title = part.title.strip()
        if not title:
            errors[f"part-{number}-title"] = _("Copy the sentence of this idea from the text.")
        elif len(title) > LONGEST_TITLE:
            errors[f"part-{number}-title"] = _("Shorten this to %(n)s characters.", n=LONGEST_TITLE)
        elif _as_read(title) not in whole:
            errors[f"part-{number}-title"] = _(
                "These are not the author’s words. Copy a sentence from the text."
            )
        for line in part.body.split("\n"):
            if line.strip() and _as_read(line) not in whole:
                errors[f"part-{number}-body"] = _(
                    "These are not the author’s words. Copy them from the text."
                )
    if errors:
        raise FieldErrors(errors)


def _as_read(words: str) -> str:
    return " ".join(words.split()).casefold().rstrip(".!?")


def _make(idea: Contribution, part: Part, now: datetime) -> Contribution:
    made = Contribution(
        dialogue_id=idea.dialogue_id,
        kind=idea.kind,
        participant_id=idea.participant_id,
        topic_id=idea.topic_id if part.topic_id is None else part.topic_id,
        tracking=ids.tracking_number(),
        channel=idea.channel,
        language=idea.language,
        created_at=now,
    )
    db.session.add(made)
    db.session.flush()
    revision = writing.add_revision(made, part.title.strip(), part.body.strip(), now)
    publication.make_public(made, revision, State.PUBLISHED, now)
    publish(ContributionPublished(made.id, revision.id))
    return made
