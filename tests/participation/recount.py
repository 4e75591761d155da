"""Counts again what the product stores as counts: the two must always agree."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import Select, func, select, text

from dialogue.dialogues.models import Dialogue, DialogueTopic
from dialogue.kernel.db import db
from dialogue.participation.lifecycle import SHOWN_STATES, VISIBLE_STATES
from dialogue.participation.models import (
    Choice,
    Contribution,
    Helpful,
    Kind,
    Participant,
    Revision,
    RevisionState,
    Vote,
)
from dialogue.participation.tally import agreement


def problems() -> list[str]:
    """What does not agree in the database of the present session; empty when all does."""
    db.session.expire_all()
    found: list[str] = []
    for one in db.session.scalars(select(Contribution)):
        found += _of_contribution(one)
    for dialogue in db.session.scalars(select(Dialogue)):
        found += _of_dialogue(dialogue)
    for topic in db.session.scalars(select(DialogueTopic)):
        listed = _number(
            select(Contribution).where(
                Contribution.topic_id == topic.id,
                Contribution.listed,
                Contribution.kind == Kind.IDEA,
            )
        )
        if topic.ideas_published != listed:
            found.append(f"topic {topic.id} says {topic.ideas_published} ideas, not {listed}")
    indexed = sorted(
        tuple(row)
        for row in db.session.execute(text("SELECT kind, object_id FROM search_document"))
    )
    listed_rows = sorted(
        tuple(row)
        for row in db.session.execute(
            select(Contribution.kind, Contribution.id).where(Contribution.listed)
        )
    )
    if indexed != listed_rows:
        found.append(f"search finds {indexed}, listed are {listed_rows}")
    return found


def _of_contribution(one: Contribution) -> list[str]:
    name, found = f"{one.kind} {one.id}", []
    revisions = list(
        db.session.scalars(
            select(Revision).where(Revision.contribution_id == one.id).order_by(Revision.number)
        )
    )
    if [revision.number for revision in revisions] != list(range(1, len(revisions) + 1)):
        found.append(f"{name} has a gap in its wordings")
    public = [r for r in revisions if r.id == one.published_revision_id]
    states = [r.state for r in revisions]
    is_visible = one.state in VISIBLE_STATES and bool(public)
    if one.listed != is_visible:
        found.append(f"{name} is {one.state}, listed {one.listed}, with {len(public)} public")
    if states.count(RevisionState.WAITING) > 1:
        found.append(f"{name} has two wordings that wait")
    if one.listed:
        shown = public[0]
        if shown.state != RevisionState.PUBLISHED or states.count(RevisionState.PUBLISHED) != 1:
            found.append(f"{name} is listed with wordings {states}")
        if (one.title, one.fragment) != (shown.title, shown.html):
            found.append(f"{name} shows other words than its published wording")
    elif one.state in SHOWN_STATES:
        if (one.title, one.fragment) != (public[0].title, public[0].html):
            found.append(f"{name} shows other words than its published wording")
    elif one.title or one.fragment or one.excerpt or one.slug:
        found.append(f"{name} is not listed and still holds words for lists")
    marks = _number(select(Helpful).where(Helpful.comment_id == one.id))
    if one.helpful != marks:
        found.append(f"{name} says that it helped {one.helpful} people, not {marks}")
    if one.kind == Kind.IDEA:
        found += _of_idea(one, name)
    return found


def _of_idea(idea: Contribution, name: str) -> list[str]:
    family = [idea.id]
    if idea.merged_into_id is None:
        family += db.session.scalars(
            select(Contribution.id).where(Contribution.merged_into_id == idea.id)
        )
    newest = {
        vote.participant_id: vote.choice
        for vote in sorted(
            db.session.scalars(select(Vote).where(Vote.idea_id.in_(family))),
            key=lambda vote: (vote.at, vote.idea_id == idea.id),
        )
    }
    votes = Counter(newest.values())
    counted = tuple(votes.get(choice, 0) for choice in (Choice.AGREE, Choice.DISAGREE, Choice.PASS))
    found = []
    if (idea.agree, idea.disagree, idea.passed) != counted:
        found.append(f"{name} says {(idea.agree, idea.disagree, idea.passed)}, not {counted}")
    if idea.agreement != agreement(counted[0], sum(counted)):
        found.append(f"{name} has an agreement that its votes do not give")
    comments = _number(
        select(Contribution).where(Contribution.idea_id.in_(family), Contribution.listed)
    )
    if idea.comments != comments:
        found.append(f"{name} says {idea.comments} comments, not {comments}")
    return found


def _of_dialogue(dialogue: Dialogue) -> list[str]:
    here = select(Contribution).where(Contribution.dialogue_id == dialogue.id, Contribution.listed)
    ideas = list(db.session.scalars(here.where(Contribution.kind == Kind.IDEA)))
    counted = {
        "ideas_published": _number(here.where(Contribution.kind == Kind.IDEA)),
        "comments_published": _number(here.where(Contribution.kind == Kind.COMMENT)),
        "votes_cast": sum(idea.agree + idea.disagree + idea.passed for idea in ideas),
        "people_active": _number(select(Participant).where(Participant.dialogue_id == dialogue.id)),
    }
    return [
        f"dialogue {dialogue.slug} says {getattr(dialogue, name)} {name}, not {number}"
        for name, number in counted.items()
        if getattr(dialogue, name) != number
    ]


def _number(rows: Select[tuple[object]]) -> int:
    return db.session.scalar(select(func.count()).select_from(rows.subquery())) or 0
