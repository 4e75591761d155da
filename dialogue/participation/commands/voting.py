"""Voting: one choice per person and idea, changed or taken back until the dialogue closes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import bindparam, delete, insert, select, update

from dialogue.accounts.models import User
from dialogue.dialogues.models import Dialogue
from dialogue.kernel.db import db, rows_changed
from dialogue.kernel.errors import Conflict, NotFound, TooMany
from dialogue.participation import eligibility, trust
from dialogue.participation.commands import joining, merging, restrictions
from dialogue.participation.models import Choice, Contribution, Kind, Vote
from dialogue.participation.queries import families
from dialogue.participation.restrictions import Right
from dialogue.participation.tally import Tally, agreement
from dialogue.participation.trust import Limited


@dataclass(frozen=True)
class VoteResult:
    """How things stand after a vote."""

    choice: Choice | None
    tally: Tally


def cast_vote(
    *, dialogue: Dialogue, idea_id: int, user: User, choice: Choice | None, now: datetime
) -> VoteResult:
    """Record the person's choice on an idea; None takes their vote back.

    The idea's row is locked first: the counts on it change in the same transaction and always
    equal a recount. A vote on an idea that was merged meanwhile counts where that one lives on;
    who takes a vote back takes it back in the whole family. Raises NotFound (no such public idea
    here), Conflict (closed, locked, a choice that this dialogue does not offer, or one's own idea
    that is not published).
    """
    idea = db.session.execute(_IDEA, {"idea": idea_id}).first()
    if idea is None or idea.dialogue_id != dialogue.id or idea.kind != Kind.IDEA:
        raise NotFound("")
    if idea.merged_into_id is not None:
        return cast_vote(
            dialogue=dialogue, idea_id=idea.merged_into_id, user=user, choice=choice, now=now
        )
    person = joining.participant_for(dialogue_id=dialogue.id, user=user, now=now)
    if choice is not None:
        restrictions.must_be_free(person.id, Right.VOTE, now)
    if not idea.listed:
        if idea.participant_id == person.id:
            raise Conflict(_("This idea is not published, so nobody can vote on it."))
        raise NotFound("")
    must_take(dialogue, choice, now)
    if idea.locked_at is not None:
        raise Conflict(_("A moderator has locked this idea. Your vote was not counted."))
    here = before = db.session.scalar(_CHOICE, {"idea": idea_id, "person": person.id})
    merged = families.as_ids(idea.members)
    if merged:
        before = families.choice_in([idea_id, *merged], person.id)
    counts = {Choice.AGREE: idea.agree, Choice.DISAGREE: idea.disagree, Choice.PASS: idea.passed}
    if before is None and choice is not None:
        _count_votes(user, person.id, now)
    if before != choice:
        _write(idea_id, person.id, here, choice, now)
        if merged and choice is None:
            _take_back(merged, person.id)
        if before is not None:
            counts[Choice(before)] -= 1
        if choice is not None:
            counts[choice] += 1
        tally = Tally(counts[Choice.AGREE], counts[Choice.DISAGREE], counts[Choice.PASS])
        db.session.execute(
            _COUNT,
            {
                "idea": idea_id,
                "agrees": tally.agree,
                "disagrees": tally.disagree,
                "passes": tally.passed,
                "share": agreement(tally.agree, tally.total),
            },
        )
        change = (choice is not None) - (before is not None)
        if change:
            db.session.execute(_COUNT_ALL, {"dialogue": dialogue.id, "change": change})
    return VoteResult(
        choice, Tally(counts[Choice.AGREE], counts[Choice.DISAGREE], counts[Choice.PASS])
    )


def must_take(dialogue: Dialogue, choice: Choice | None, now: datetime) -> None:
    """Raise Conflict, with a sentence that says why, unless this choice is taken here now."""
    standing = eligibility.of_voter(dialogue, now)
    if not standing.may:
        raise Conflict(str(eligibility.REFUSALS[standing.standing]))
    if choice is not None and choice not in eligibility.choices(dialogue):
        raise Conflict(_("In this dialogue people can only agree. Your vote was not counted."))


def _count_votes(user: User, participant_id: int, now: datetime) -> None:
    found = trust.allowance(user=user, participant_id=participant_id, limited=Limited.VOTE, now=now)
    if found.is_used_up:
        raise TooMany(
            _("You have voted on %(n)s ideas in an hour. Please wait a little.", n=found.used),
            retry_after=found.retry_after,
        )


def _write(
    idea_id: int, participant_id: int, before: str | None, choice: Choice | None, now: datetime
) -> None:
    mine = {"idea": idea_id, "person": participant_id}
    if choice is None:
        db.session.execute(_REMOVE, mine)
    elif before is None:
        vote = {"idea_id": idea_id, "participant_id": participant_id, "choice": choice, "at": now}
        db.session.execute(_ADD, vote)
    else:
        db.session.execute(_CHANGE, mine | {"chosen": choice, "now": now})


# Statements of every vote, made once: putting one together costs more than running it. Votes are
# rows of the table itself, no objects: nobody holds one.
_IDEA = (
    select(
        Contribution.dialogue_id,
        Contribution.kind,
        Contribution.listed,
        Contribution.participant_id,
        Contribution.merged_into_id,
        Contribution.locked_at,
        families.members().label("members"),
        Contribution.agree,
        Contribution.disagree,
        Contribution.passed,
    )
    .where(Contribution.id == bindparam("idea"))
    .with_for_update(key_share=True)
)
_VOTES = Vote.__table__
_MINE = (
    _VOTES.c.idea_id == bindparam("idea"),
    _VOTES.c.participant_id == bindparam("person"),
)
_CHOICE = select(_VOTES.c.choice).where(*_MINE)
_ADD = insert(_VOTES)
_CHANGE = update(_VOTES).where(*_MINE).values(choice=bindparam("chosen"), at=bindparam("now"))
_REMOVE = delete(_VOTES).where(*_MINE)
_COUNT = (
    update(Contribution)
    .where(Contribution.id == bindparam("idea"))
    .values(
        agree=bindparam("agrees"),
        disagree=bindparam("disagrees"),
        passed=bindparam("passes"),
        agreement=bindparam("share"),
    )
)
_COUNT_ALL = (
    update(Dialogue)
    .where(Dialogue.id == bindparam("dialogue"))
    .values(votes_cast=Dialogue.votes_cast + bindparam("change"))
)


def _take_back(idea_ids: list[int], participant_id: int) -> None:
    """Take a person's votes on merged ideas back, and out of the numbers of each."""
    for idea_id in idea_ids:
        mine = (Vote.idea_id == idea_id, Vote.participant_id == participant_id)
        if rows_changed(delete(Vote).where(*mine)):
            merging.recount(db.session.get_one(Contribution, idea_id, with_for_update=True))
