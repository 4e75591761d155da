"""What the public may read: the conditions that every public representation reads through."""

from __future__ import annotations

from functools import cache

from sqlalchemy import ColumnElement, and_, exists, or_
from sqlalchemy.orm import aliased

from dialogue.participation.lifecycle import READABLE_STATES, State
from dialogue.participation.models import Contribution, Revision


@cache
def is_listed() -> ColumnElement[bool]:
    """The condition on a contribution of a dialogue that the reader may see.

    `listed` is true exactly when there is a published revision and a visible state; the database
    refuses anything else. Which dialogues a reader may see, `dialogues.queries` says.
    """
    return Contribution.listed.is_(True)


@cache
def is_public() -> ColumnElement[bool]:
    """The same for the page of one idea and the place of one comment, by its address.

    What was set aside as off topic can be read there, and nowhere else: lists, counts, search,
    similar ideas, feeds, exports and reports read through `is_listed` and `is_readable`.
    """
    return and_(
        Contribution.published_revision_id.is_not(None),
        Contribution.state.in_(sorted(READABLE_STATES)),
    )


def may_be_read(contribution: Contribution) -> bool:
    """Tell of a contribution at hand what `is_public` asks the database."""
    return contribution.published_revision_id is not None and contribution.state in READABLE_STATES


def is_worded() -> ColumnElement[bool]:
    """The condition that a wording still has words."""
    return or_(Revision.source != "", Revision.title != "")


def has_words() -> ColumnElement[bool]:
    """The condition that words of a contribution are left, public or not."""
    return exists().where(Revision.contribution_id == Contribution.id, is_worded())


@cache
def is_readable() -> ColumnElement[bool]:
    """The condition for ideas and comments together, wherever they leave their page.

    A comment is read on the page of its idea, or of the idea that one was merged into. It stays
    listed while that idea is withdrawn, hidden or off topic, so that everything is back when the
    idea is; until then nobody meets it outside.
    """
    idea, survivor = aliased(Contribution), aliased(Contribution)
    on_listed_idea = exists().where(idea.id == Contribution.idea_id, idea.listed.is_(True))
    on_merged_idea = exists().where(
        idea.id == Contribution.idea_id,
        survivor.id == idea.merged_into_id,
        survivor.listed.is_(True),
    )
    return and_(is_listed(), or_(Contribution.idea_id.is_(None), on_listed_idea, on_merged_idea))


@cache
def is_still_shown() -> ColumnElement[bool]:
    """The condition for words that a published report quotes: readable, or of an idea that was
    merged and whose words stand on the page of the other one."""
    survivor = aliased(Contribution)
    shown_there = exists().where(
        survivor.id == Contribution.merged_into_id, survivor.listed.is_(True)
    )
    return or_(is_readable(), and_(Contribution.state == State.MERGED, shown_there))
