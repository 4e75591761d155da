"""The stored counts of what is public, kept in the transaction that shows or hides something; they
always equal a recount. Statements are made once: putting one together costs more than running it.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Integer,
    String,
    bindparam,
    delete,
    exists,
    insert,
    select,
    update,
)

from dialogue.dialogues.models import Act, Dialogue, DialogueTopic, Phase, VoteKind
from dialogue.kernel.db import db, rows_changed
from dialogue.participation.models import (
    Choice,
    Contribution,
    Kind,
    Participant,
    ParticipantKind,
    Vote,
)
from dialogue.participation.tally import agreement

_ROWS = Contribution.__table__
_DIALOGUES = Dialogue.__table__
_VOTES = Vote.__table__
_PEOPLE = Participant.__table__


def _voting_is_over(dialogue_id: ColumnElement[int]) -> ColumnElement[bool]:
    phases = Phase.__table__.c
    return exists().where(
        phases.dialogue_id == dialogue_id,
        phases.act == Act.VOTE,
        phases.closes_at <= bindparam("now"),
    )


_AGREE = (
    insert(_VOTES)
    .from_select(
        ("idea_id", "participant_id", "choice", "at"),
        select(
            bindparam("idea", type_=Integer),
            _PEOPLE.c.id,
            bindparam("choice", type_=String),
            bindparam("now", type_=_VOTES.c.at.type),
        )
        .join(_DIALOGUES, _DIALOGUES.c.id == _PEOPLE.c.dialogue_id)
        .where(
            _PEOPLE.c.id == bindparam("participant"),
            _PEOPLE.c.kind == ParticipantKind.PERSON,
            _DIALOGUES.c.vote_kind != VoteKind.NONE,
            ~_voting_is_over(_DIALOGUES.c.id),
            ~exists().where(
                _VOTES.c.idea_id == bindparam("idea"), _VOTES.c.participant_id == _PEOPLE.c.id
            ),
        ),
    )
    .returning(_VOTES.c.participant_id)
)
_FORGET_AGREE = delete(_VOTES).where(
    _VOTES.c.idea_id == bindparam("idea"),
    _VOTES.c.participant_id == bindparam("participant"),
    _VOTES.c.choice == bindparam("choice"),
    _VOTES.c.at == bindparam("given_at"),
    ~_voting_is_over(bindparam("dialogue", type_=Integer)),
)
_HERE = _DIALOGUES.c.id == bindparam("dialogue")
_NEXT_VERSION = {"version": _DIALOGUES.c.version + 1}
_BUMP = update(_DIALOGUES).where(_HERE).values(_NEXT_VERSION)
_COUNT_IDEA = (
    update(_DIALOGUES)
    .where(_HERE)
    .values(
        _NEXT_VERSION
        | {
            "ideas_published": _DIALOGUES.c.ideas_published + bindparam("sign"),
            "votes_cast": _DIALOGUES.c.votes_cast + bindparam("votes"),
        }
    )
)
_COUNT_COMMENT = (
    update(_DIALOGUES)
    .where(_HERE)
    .values(
        _NEXT_VERSION | {"comments_published": _DIALOGUES.c.comments_published + bindparam("sign")}
    )
)
_COUNT_IN_TOPIC = (
    update(DialogueTopic.__table__)
    .where(DialogueTopic.__table__.c.id == bindparam("topic"))
    .values(ideas_published=DialogueTopic.__table__.c.ideas_published + bindparam("sign"))
)
_LIVES_ON_IN = select(_ROWS.c.merged_into_id).where(_ROWS.c.id == bindparam("idea"))
# Of objects that the session holds, their numbers change, too.
_COUNT_UNDER = (
    update(Contribution)
    .where(Contribution.id.in_(bindparam("ideas", expanding=True)))
    .values(comments=Contribution.comments + bindparam("sign"))
)


def agree_of_author(idea: Contribution, now: datetime) -> None:
    """Count the author as agreeing, unless they voted already, the idea was imported or the
    dialogue takes no votes (any more): once voting has closed, no vote comes and none goes."""
    values = {
        "idea": idea.id,
        "participant": idea.participant_id,
        "choice": Choice.AGREE,
        "now": now,
    }
    if db.session.execute(_AGREE, values).first() is not None:
        _add_agree(idea, 1)


def forget_agree_of_author(idea: Contribution, now: datetime) -> None:
    """Take that back, unless the author has voted otherwise since, or voting has closed."""
    removed = rows_changed(
        _FORGET_AGREE,
        {
            "idea": idea.id,
            "participant": idea.participant_id,
            "choice": Choice.AGREE,
            "given_at": idea.published_at,
            "dialogue": idea.dialogue_id,
            "now": now,
        },
    )
    if removed:
        _add_agree(idea, -1)


def _add_agree(idea: Contribution, number: int) -> None:
    idea.agree += number
    idea.agreement = agreement(idea.agree, idea.agree + idea.disagree + idea.passed)


def count(contribution: Contribution, sign: int) -> None:
    """Add a contribution to the stored counts of its idea, topic and dialogue, or take it out."""
    here = {"dialogue": contribution.dialogue_id, "sign": sign}
    if contribution.kind == Kind.IDEA:
        if contribution.topic_id is not None:
            db.session.execute(_COUNT_IN_TOPIC, {"topic": contribution.topic_id, "sign": sign})
        votes = contribution.agree + contribution.disagree + contribution.passed
        db.session.execute(_COUNT_IDEA, here | {"votes": sign * votes})
    else:
        ideas = _ideas_that_count(contribution)
        db.session.execute(_COUNT_UNDER, {"ideas": ideas, "sign": sign})
        db.session.execute(_COUNT_COMMENT, here)


def _ideas_that_count(comment: Contribution) -> list[int]:
    """Return the idea of a comment and, where that one is merged, the idea it lives on in; locked
    in the order in which merges lock them."""
    idea_id = comment.idea_id or 0
    into = db.session.scalar(_LIVES_ON_IN, {"idea": idea_id})
    if into is None:
        return [idea_id]
    both = sorted((idea_id, into))
    db.session.execute(
        select(Contribution.id)
        .where(Contribution.id.in_(both))
        .order_by(Contribution.id)
        .with_for_update(key_share=True)
    ).all()
    return both


def bump(dialogue_id: int) -> None:
    """Say that what the public sees of a dialogue is another than before."""
    db.session.execute(_BUMP, {"dialogue": dialogue_id})
