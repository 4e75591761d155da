"""Screening a stored wording, with every number that the site and its dialogue publish left out."""

from __future__ import annotations

from sqlalchemy import select

from dialogue.dialogues.contacts import public_numbers
from dialogue.dialogues.models import Dialogue
from dialogue.kernel.db import db
from dialogue.moderation.screening import Findings, look_at
from dialogue.participation.models import Contribution, Revision


def findings(revision_id: int) -> Findings | None:
    """Return what a revision shows; None when there is no such revision."""
    row = db.session.execute(
        select(Revision.title, Revision.html, Dialogue)
        .join(Contribution, Contribution.id == Revision.contribution_id)
        .join(Dialogue, Dialogue.id == Contribution.dialogue_id)
        .where(Revision.id == revision_id)
    ).first()
    if row is None:
        return None
    return look_at(row.title, row.html, public_numbers=public_numbers(row.Dialogue))
