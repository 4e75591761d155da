"""What the public reads: publishing a revision, refusing one, and the exact undo of both.

Moderation decides; these commands carry it out. Each locks a comment first, its idea second and
the dialogue's counts third, so that two of them never wait for each other. The locks let rows in
that only refer to a locked one (`key_share`): a reply need not wait, nor make anybody wait.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update

from dialogue.dialogues.models import Dialogue, DialogueTopic
from dialogue.kernel import ids, mail, text
from dialogue.kernel.db import db, rows_changed
from dialogue.kernel.errors import NotFound
from dialogue.kernel.outbox import publish
from dialogue.participation import eligibility, lifecycle
from dialogue.participation.commands import idea_words
from dialogue.participation.events import ContributionPublished, ContributionUnlisted
from dialogue.participation.lifecycle import Verb
from dialogue.participation.models import (
    Choice,
    Contribution,
    Kind,
    Participant,
    ParticipantKind,
    Revision,
    RevisionState,
    Vote,
)
from dialogue.participation.tally import agreement, mix_key
from dialogue.search import documents

EXCERPT = 320  # code points in a list row


@dataclass(frozen=True)
class Standing:
    """How a contribution stood before a decision: what the undo of the decision restores."""

    state: str
    published_revision_id: int | None
    edited_at: datetime | None


def standing(contribution: Contribution) -> Standing:
    """Return how a contribution stands now."""
    return Standing(contribution.state, contribution.published_revision_id, contribution.edited_at)


def locked(contribution_id: int) -> Contribution:
    """Return the contribution, locked until the transaction ends; raises NotFound."""
    row = db.session.scalars(
        select(Contribution)
        .where(Contribution.id == contribution_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).first()
    if row is None:
        raise NotFound("")
    return row


def publish_revision(*, contribution_id: int, revision_id: int, now: datetime) -> None:
    """Make a waiting revision the public wording. Publishes ContributionPublished.

    The wording it replaces stays in the history. An author's own agreement is counted with the
    first publication of an idea. A wording that is public already stays as it is. Raises Conflict
    when the life cycle does not allow it.
    """
    contribution = locked(contribution_id)
    revision = _revision_of(contribution, revision_id)
    state = lifecycle.after(contribution.state, Verb.APPROVE)
    if contribution.published_revision_id == revision.id:
        return
    if contribution.published_revision_id is not None:
        earlier = db.session.get_one(Revision, contribution.published_revision_id)
        earlier.state = RevisionState.SUPERSEDED
        contribution.edited_at = now
    contribution.state = state
    revision.state = RevisionState.PUBLISHED
    revision.published_at = now
    _show(contribution, revision, now)
    publish(ContributionPublished(contribution.id, revision.id))


def reject_revision(*, contribution_id: int, revision_id: int, now: datetime) -> None:
    """Refuse a revision. While it waited, an earlier published wording stays public; what was
    public already (moderation afterwards) is hidden. Publishes ContributionUnlisted then."""
    contribution = locked(contribution_id)
    revision = _revision_of(contribution, revision_id)
    if contribution.published_revision_id == revision.id:
        state = lifecycle.after(contribution.state, Verb.HIDE)
        unlist(contribution, now)
        contribution.state = state
    else:
        contribution.state = lifecycle.after(contribution.state, Verb.REJECT)
    contribution.version += 1
    revision.state = RevisionState.REJECTED


def return_to_queue(
    *, contribution_id: int, revision_id: int, before: Standing, now: datetime
) -> None:
    """Undo a publication or refusal of this revision: everything is as it was before it.

    Raises Conflict when something else has happened to the contribution since.
    """
    contribution = locked(contribution_id)
    revision = _revision_of(contribution, revision_id)
    if before.published_revision_id == revision.id:  # it was public before anybody read it
        if contribution.state != before.state:
            contribution.state = lifecycle.after(contribution.state, Verb.RESTORE)
            revision.state = RevisionState.PUBLISHED
            _show(contribution, revision, now)
    else:
        state = before.state
        if contribution.state != state:
            state = lifecycle.after(contribution.state, Verb.RETURN_TO_QUEUE)
        if revision.state == RevisionState.PUBLISHED:
            _take_back(contribution, before, now)
        contribution.state = state
        revision.state = RevisionState.WAITING
        revision.published_at = None
    contribution.version += 1


def unlist(contribution: Contribution, now: datetime) -> None:
    """Take a listed contribution out of the public's sight, with its counts and search row.

    Publishes ContributionUnlisted. The caller has locked it and sets its new state.
    """
    contribution.title = contribution.slug = contribution.excerpt = contribution.fragment = ""
    if not contribution.listed:
        return
    contribution.listed = False
    _count(contribution, -1)
    documents.remove(contribution.kind, contribution.id)
    mail.withhold(f"contribution:{contribution.id}")
    if contribution.kind == Kind.IDEA:
        idea_words.remove(idea_id=contribution.id)
    publish(ContributionUnlisted(contribution.id))


def _revision_of(contribution: Contribution, revision_id: int) -> Revision:
    revision = db.session.get(Revision, revision_id, populate_existing=True)
    if revision is None or revision.contribution_id != contribution.id:
        raise NotFound("")
    return revision


def _show(contribution: Contribution, revision: Revision, now: datetime) -> None:
    first_time = contribution.published_at is None
    was_listed = contribution.listed
    contribution.published_revision_id = revision.id
    contribution.published_at = contribution.published_at or now
    contribution.title = revision.title
    contribution.slug = ids.slug(revision.title)
    contribution.excerpt = text.excerpt(revision.plain, EXCERPT)
    contribution.fragment = revision.html
    contribution.language = revision.language
    contribution.version += 1
    contribution.listed = True
    if contribution.kind == Kind.IDEA and first_time:
        _agree_of_author(contribution, now)
        contribution.mix_key = mix_key(
            contribution.id,
            contribution.agree + contribution.disagree + contribution.passed,
            0.0,
            now.date(),
        )
    if not was_listed:
        _count(contribution, 1)
    else:
        _bump(contribution.dialogue_id)
    documents.put(
        contribution.kind,
        contribution.id,
        contribution.dialogue_id,
        contribution.language,
        f"{revision.title}\n{revision.plain}",
    )
    if contribution.kind == Kind.IDEA:
        idea_words.put(
            dialogue_id=contribution.dialogue_id,
            idea_id=contribution.id,
            title=revision.title,
            body=revision.plain,
        )


def _take_back(contribution: Contribution, before: Standing, now: datetime) -> None:
    """Put the wording that was public before back, or none when there was none."""
    if before.published_revision_id is not None:
        earlier = db.session.get_one(Revision, before.published_revision_id)
        earlier.state = RevisionState.PUBLISHED
        _show(contribution, earlier, now)
        contribution.edited_at = before.edited_at
        return
    unlist(contribution, now)
    if contribution.kind == Kind.IDEA:
        _forget_agree_of_author(contribution)
    contribution.published_revision_id = None
    contribution.published_at = None
    contribution.mix_key = 0


def _agree_of_author(idea: Contribution, now: datetime) -> None:
    """Count the author as agreeing, unless they voted already, the idea was imported or the
    dialogue takes no votes."""
    if not eligibility.choices(db.session.get_one(Dialogue, idea.dialogue_id)):
        return
    author = db.session.get_one(Participant, idea.participant_id)
    if author.kind != ParticipantKind.PERSON or db.session.get(Vote, (idea.id, author.id)):
        return
    db.session.add(Vote(idea_id=idea.id, participant_id=author.id, choice=Choice.AGREE, at=now))
    idea.agree += 1
    idea.agreement = agreement(idea.agree, idea.agree + idea.disagree + idea.passed)


def _forget_agree_of_author(idea: Contribution) -> None:
    removed = rows_changed(
        delete(Vote).where(
            Vote.idea_id == idea.id,
            Vote.participant_id == idea.participant_id,
            Vote.choice == Choice.AGREE,
            Vote.at == idea.published_at,
        )
    )
    if removed:
        idea.agree -= 1
        idea.agreement = agreement(idea.agree, idea.agree + idea.disagree + idea.passed)


def _count(contribution: Contribution, sign: int) -> None:
    """Add a contribution to the stored counts of its idea, topic and dialogue, or take it out."""
    changes: dict[object, object] = {Dialogue.version: Dialogue.version + 1}
    if contribution.kind == Kind.IDEA:
        votes = contribution.agree + contribution.disagree + contribution.passed
        changes[Dialogue.ideas_published] = Dialogue.ideas_published + sign
        changes[Dialogue.votes_cast] = Dialogue.votes_cast + sign * votes
        if contribution.topic_id is not None:
            db.session.execute(
                update(DialogueTopic)
                .where(DialogueTopic.id == contribution.topic_id)
                .values(ideas_published=DialogueTopic.ideas_published + sign)
            )
    else:
        changes[Dialogue.comments_published] = Dialogue.comments_published + sign
        db.session.execute(
            update(Contribution)
            .where(Contribution.id == contribution.idea_id)
            .values(comments=Contribution.comments + sign)
        )
    db.session.execute(
        update(Dialogue).where(Dialogue.id == contribution.dialogue_id).values(changes)
    )


def _bump(dialogue_id: int) -> None:
    db.session.execute(
        update(Dialogue).where(Dialogue.id == dialogue_id).values(version=Dialogue.version + 1)
    )
