"""What the public may read: the one condition that every public representation reads through."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, exists, or_
from sqlalchemy.orm import aliased

from dialogue.participation.models import Contribution


def is_listed() -> ColumnElement[bool]:
    """The condition on a contribution of a dialogue that the reader may see.

    `listed` is true exactly when there is a published revision and a visible state; the database
    refuses anything else. Which dialogues a reader may see, `dialogues.queries` says.
    """
    return Contribution.listed.is_(True)


def is_readable() -> ColumnElement[bool]:
    """The same for ideas and comments together, wherever they leave their page.

    A comment is read on the page of its idea. It stays listed while the idea is withdrawn or
    hidden, so that everything is back when the idea is; until then nobody can read it.
    """
    idea = aliased(Contribution)
    on_public_idea = exists().where(idea.id == Contribution.idea_id, idea.listed.is_(True))
    return and_(is_listed(), or_(Contribution.idea_id.is_(None), on_public_idea))
