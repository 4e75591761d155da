"""What the public may read: the one condition that every public representation reads through."""

from __future__ import annotations

from sqlalchemy import ColumnElement

from dialogue.participation.models import Contribution


def is_listed() -> ColumnElement[bool]:
    """The condition on a contribution of a dialogue that the reader may see.

    `listed` is true exactly when there is a published revision and a visible state; the database
    refuses anything else. Which dialogues a reader may see, `dialogues.queries` says.
    """
    return Contribution.listed.is_(True)
