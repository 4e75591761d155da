"""Keeps the words of public ideas beside them, in the transaction that shows or hides an idea."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import bindparam, delete, exists, insert, select

from dialogue.kernel.db import db, transaction
from dialogue.participation.models import Contribution, IdeaWord, Kind, Revision
from dialogue.participation.queries.visibility import is_listed
from dialogue.participation.similar import weighed

_BATCH = 200  # ideas a transaction: writers wait for no longer than one batch

# On the table itself: dozens of rows an idea that no session needs to know.
_REMOVE = delete(IdeaWord.__table__).where(IdeaWord.__table__.c.idea_id == bindparam("idea"))
_INSERT = insert(IdeaWord.__table__)


def put(*, dialogue_id: int, idea_id: int, title: str, body: str, is_new: bool = False) -> None:
    """Make an idea findable by its words, in place of those that it had (a new one has none)."""
    if not is_new:
        remove(idea_id=idea_id)
    _insert([(dialogue_id, idea_id, title, body)])


def remove(*, idea_id: int) -> None:
    """Forget the words of an idea."""
    db.session.execute(_REMOVE, {"idea": idea_id})


def add_missing(*, dialogue_id: int | None = None) -> int:
    """Add the words of public ideas that have none, of one dialogue or of all: of an import, or
    from before the words were kept. Returns how many ideas.

    In batches of its own transactions; safe to repeat and to interrupt.
    """
    added, last = 0, 0
    while True:
        missing = (
            select(Contribution.id)
            .where(
                Contribution.id > last,
                Contribution.kind == Kind.IDEA,
                is_listed(),
                ~exists().where(IdeaWord.idea_id == Contribution.id),
            )
            .order_by(Contribution.id)
            .limit(_BATCH)
        )
        if dialogue_id is not None:
            missing = missing.where(Contribution.dialogue_id == dialogue_id)
        found = db.session.scalars(missing).all()
        if not found:
            return added
        last = found[-1]
        with transaction():
            # Read again, and locked: an idea may have been hidden, or shown anew, in between.
            rows = db.session.execute(
                select(
                    Contribution.dialogue_id, Contribution.id, Contribution.title, Revision.plain
                )
                .join(Revision, Revision.id == Contribution.published_revision_id)
                .where(Contribution.id.in_(found), is_listed())
                .order_by(Contribution.id)
                .with_for_update(of=Contribution, key_share=True)
            ).all()
            db.session.execute(delete(IdeaWord).where(IdeaWord.idea_id.in_(found)))
            _insert([(row.dialogue_id, row.id, row.title, row.plain) for row in rows])
        added += len(rows)


def _insert(ideas: Iterable[tuple[int, int, str, str]]) -> None:
    rows = [
        {"dialogue_id": dialogue_id, "word": word, "idea_id": idea_id, "weight": weight}
        for dialogue_id, idea_id, title, body in ideas
        for word, weight in weighed(title, body).items()
    ]
    if rows:
        db.session.execute(_INSERT, rows)
