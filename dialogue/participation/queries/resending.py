"""Whether something that was rejected can still be edited and sent again: it can be once."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import func, select

from dialogue.kernel.db import db
from dialogue.participation.lifecycle import State
from dialogue.participation.models import Contribution, Revision, RevisionState


def may_resend(contribution_ids: Collection[int]) -> frozenset[int]:
    """Return which of these are rejected, and were so only once. One statement."""
    if not contribution_ids:
        return frozenset()
    rows = db.session.scalars(
        select(Contribution.id)
        .join(Revision, Revision.contribution_id == Contribution.id)
        .where(
            Contribution.id.in_(contribution_ids),
            Contribution.state == State.REJECTED,
            Revision.state == RevisionState.REJECTED,
        )
        .group_by(Contribution.id)
        .having(func.count() == 1)
    )
    return frozenset(rows)
