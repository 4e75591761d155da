"""Screening a stored wording: with what the site and its dialogue publish left out, and compared
with what else is there."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from sqlalchemy import select

from dialogue.accounts import hints
from dialogue.analysis import likeness, spam_learning
from dialogue.dialogues.contacts import public_numbers
from dialogue.dialogues.models import Dialogue
from dialogue.kernel import marks
from dialogue.kernel.db import db
from dialogue.moderation.queries import screening as known
from dialogue.moderation.screening import Alike, Findings, alike, look_at, whole
from dialogue.participation.models import Contribution, Participant, Revision


@dataclass(frozen=True)
class Looked:
    """What a revision shows, and its prints for the index of like texts."""

    findings: Findings
    prints: frozenset[int]


def look(revision_id: int) -> Looked | None:
    """Return what a revision shows; None when there is no such revision."""
    row = db.session.execute(
        select(
            Revision.title,
            Revision.html,
            Dialogue,
            Contribution.id,
            Contribution.kind,
            Participant.user_id,
        )
        .join(Contribution, Contribution.id == Revision.contribution_id)
        .join(Participant, Participant.id == Contribution.participant_id)
        .join(Dialogue, Dialogue.id == Contribution.dialogue_id)
        .where(Revision.id == revision_id)
    ).first()
    if row is None:
        return None
    links = known.stored_link_ids(link.href for link in marks.links(row.html))
    findings = look_at(
        row.title,
        row.html,
        public_numbers=public_numbers(row.Dialogue),
        watch_list=known.watch_list(row.Dialogue.id),
        targets=known.targets_of(links),
        model=known.spam_model(),
    )
    words = whole(row.title, marks.reading_text(row.html))
    prints = likeness.prints(words)
    found = _alike(row.Dialogue.id, row.id, row.title, words, prints)
    doubts = tuple(str(hint) for hint in hints.of(row.user_id))
    return Looked(dataclasses.replace(findings, alike=found, doubts=doubts), prints)


def prints_of(revision_id: int) -> frozenset[int]:
    """Return the prints of a stored wording."""
    row = db.session.execute(
        select(Revision.title, Revision.html).where(Revision.id == revision_id)
    ).one()
    return likeness.prints(whole(row.title, marks.reading_text(row.html)))


def learn() -> tuple[spam_learning.SpamModel, int] | None:
    """Return what all decisions teach, with the newest of them; None when nothing is new."""
    newest = known.newest_decision()
    if newest == known.last_lesson():
        return None
    return spam_learning.train(known.taught()), newest


def _alike(
    dialogue_id: int, contribution_id: int, title: str, words: str, prints: frozenset[int]
) -> Alike | None:
    """Return the earliest contribution that is very like this one."""
    candidates, number = known.like_texts(dialogue_id, contribution_id, prints)
    for other in candidates:
        compared = likeness.compare(words, whole(other.title, marks.reading_text(other.html)))
        if compared.is_very_like:
            return alike(
                other.contribution_id,
                other.kind,
                others=number - 1,
                likeness=compared,
                title=title,
            )
    return None
