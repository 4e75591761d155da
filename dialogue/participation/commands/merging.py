"""Merging ideas and taking merges back. No row of a vote or a comment moves, so an undo is exact.

An idea that is merged leads to another one, never to one that is merged itself. Of each person in
a family of ideas the newest vote counts, and the numbers stand on the idea that is read.
"""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select, update

from dialogue.dialogues.models import Dialogue
from dialogue.kernel.db import db
from dialogue.kernel.errors import Conflict, NotFound
from dialogue.kernel.outbox import publish
from dialogue.participation import lifecycle
from dialogue.participation.commands import publication
from dialogue.participation.events import IdeasMerged, IdeasUnmerged
from dialogue.participation.lifecycle import State, Verb
from dialogue.participation.models import (
    Contribution,
    Kind,
    Lineage,
    LineageKind,
    Revision,
)
from dialogue.participation.queries import families
from dialogue.participation.tally import agreement


def merge(*, idea_id: int, into_id: int, revision_id: int, now: datetime) -> int:
    """Let an idea live on in another one of its dialogue; return the root it lives on in.

    Merging into an idea that is merged itself means the one that it lives on in. What waited (with
    `revision_id`) is read on that one's page from now on, and its author counts as agreeing.
    Publishes IdeasMerged. Raises NotFound (no such idea here), Conflict (itself, a circle, one of
    the two is not public).
    """
    ideas = locked_family(idea_id, into_id)
    idea, named = ideas.get(idea_id), ideas.get(into_id)
    if idea is None or named is None or idea.dialogue_id != named.dialogue_id:
        raise NotFound(_("There is no such idea in this dialogue."))
    root = ideas[named.merged_into_id] if named.merged_into_id else named
    if idea is named:
        raise Conflict(_("An idea cannot be merged into itself."))
    if root is idea:
        raise Conflict(_("Idea %(id)s is merged into this one already.", id=named.id))
    if not root.listed:
        raise Conflict(
            _("Idea %(id)s is not public, so nothing can be merged into it.", id=root.id)
        )
    state = lifecycle.after(idea.state, Verb.MERGE)
    if idea.published_revision_id is None:
        revision = db.session.get_one(Revision, revision_id)
        publication.make_public(idea, revision, state, now)
    else:
        public = db.session.get_one(Revision, idea.published_revision_id)
        publication.settle(idea, state=state, revision=public, now=now)
    db.session.add(Lineage(kind=LineageKind.MERGE, from_id=idea.id, to_id=root.id, at=now))
    db.session.execute(
        update(Contribution)
        .where((Contribution.id == idea.id) | (Contribution.merged_into_id == idea.id))
        .values(merged_into_id=root.id)
        .execution_options(synchronize_session="fetch")
    )
    db.session.flush()
    recount(idea)
    recount(root)
    publish(IdeasMerged(idea.id, root.id))
    return root.id


def unmerge(*, idea_id: int, now: datetime) -> int:
    """Let a merged idea, and what had been merged into it, stand for itself again.

    Returns the root it is taken out of. Votes that were cast on the root meanwhile stay there.
    Publishes IdeasUnmerged. Raises Conflict when the idea is not merged.
    """
    known = db.session.scalar(select(Contribution.merged_into_id).where(Contribution.id == idea_id))
    ideas = locked_family(idea_id, known or idea_id)
    idea = ideas.get(idea_id)
    if idea is None:
        raise NotFound("")
    if idea.merged_into_id is None:
        lifecycle.after(idea.state, Verb.SPLIT_OFF)
        raise Conflict(_("This idea is not merged."))
    root = ideas[idea.merged_into_id]
    db.session.execute(
        update(Lineage)
        .where(
            Lineage.kind == LineageKind.MERGE,
            Lineage.from_id == idea.id,
            Lineage.ended_at.is_(None),
        )
        .values(ended_at=now)
    )
    below = _descendants(idea.id)
    db.session.execute(
        update(Contribution)
        .where(Contribution.id.in_(below))
        .values(merged_into_id=idea.id)
        .execution_options(synchronize_session="fetch")
    )
    idea.merged_into_id = None
    db.session.flush()
    if idea.state == State.MERGED:  # its author may have withdrawn it meanwhile
        public = db.session.get_one(Revision, idea.published_revision_id)
        recount(idea)
        publication.settle(
            idea,
            state=lifecycle.after(idea.state, Verb.SPLIT_OFF),
            revision=public,
            now=now,
        )
    else:
        recount(idea)
    recount(root)
    publish(IdeasUnmerged(idea.id, root.id))
    return root.id


def release(*, root: Contribution, now: datetime) -> None:
    """Take every idea out of one that its author withdraws: the others wrote theirs themselves.

    The caller has locked the root.
    """
    merged = select(Lineage.from_id).where(
        Lineage.kind == LineageKind.MERGE, Lineage.to_id == root.id, Lineage.ended_at.is_(None)
    )
    for idea_id in db.session.scalars(merged.order_by(Lineage.from_id)).all():
        unmerge(idea_id=idea_id, now=now)


def recount(idea: Contribution) -> None:
    """Write the numbers of an idea anew: of its family when it is read, else of itself alone."""
    ids = families.family(idea.id) if idea.merged_into_id is None else [idea.id]
    tally = families.tally_of(ids)
    change = tally.total - (idea.agree + idea.disagree + idea.passed)
    idea.agree, idea.disagree, idea.passed = tally.agree, tally.disagree, tally.passed
    idea.agreement = agreement(tally.agree, tally.total)
    idea.comments = families.comments_of(ids)
    idea.version += 1
    counted = change if idea.listed else 0
    db.session.execute(
        update(Dialogue)
        .where(Dialogue.id == idea.dialogue_id)
        # Readers' copies are old, also where no number changed: other comments stand there.
        .values(votes_cast=Dialogue.votes_cast + counted, version=Dialogue.version + 1)
    )
    db.session.flush()


def locked_family(idea_id: int, other_id: int) -> dict[int, Contribution]:
    """Lock two ideas with their families, in the order of their numbers, and return them by id."""
    roots = select(Contribution.merged_into_id).where(
        Contribution.id.in_((idea_id, other_id)), Contribution.merged_into_id.is_not(None)
    )
    rows = db.session.scalars(
        select(Contribution)
        .where(
            Contribution.kind == Kind.IDEA,
            Contribution.id.in_((idea_id, other_id))
            | Contribution.merged_into_id.in_((idea_id, other_id))
            | Contribution.id.in_(roots),
        )
        .order_by(Contribution.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return {row.id: row for row in rows}


def _descendants(idea_id: int) -> list[int]:
    """Return the ideas that live on in this one by merges that stand, however many steps away."""
    found: list[int] = []
    step = [idea_id]
    while step:
        step = list(
            db.session.scalars(
                select(Lineage.from_id).where(
                    Lineage.kind == LineageKind.MERGE,
                    Lineage.to_id.in_(step),
                    Lineage.ended_at.is_(None),
                )
            )
        )
        found += step
    return found
