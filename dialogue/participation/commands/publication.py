"""What the public reads: publishing a revision, refusing one, and the exact undo of both.

Moderation decides; these commands carry it out. Each locks a comment first, its idea second and
the dialogue's counts third, so that two of them never wait for each other. The locks let rows in
that only refer to a locked one (`key_share`): a reply need not wait, nor make anybody wait.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select

from dialogue.kernel import ids, mail, text
from dialogue.kernel.db import db
from dialogue.kernel.errors import NotFound
from dialogue.kernel.outbox import publish
from dialogue.kernel.settings import setting
from dialogue.participation import lifecycle
from dialogue.participation.commands import counting, idea_words
from dialogue.participation.events import ContributionPublished, ContributionUnlisted
from dialogue.participation.lifecycle import State, Verb
from dialogue.participation.models import (
    Contribution,
    Kind,
    Revision,
    RevisionState,
)
from dialogue.participation.tally import mix_key
from dialogue.search import documents

EXCERPT = 320  # code points in a list row

# Statements of every publication, made once: putting one together costs more than running it.
_LOCKED = (
    select(Contribution)
    .where(Contribution.id == bindparam("contribution"))
    .with_for_update(key_share=True)
    .execution_options(populate_existing=True)
)


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
    row = db.session.scalars(_LOCKED, {"contribution": contribution_id}).first()
    if row is None:
        raise NotFound("")
    return row


def publish_revision(*, contribution_id: int, revision_id: int, now: datetime) -> None:
    """Make a waiting revision the public wording. Publishes ContributionPublished.

    The wording it replaces stays in the history. An author's own agreement is counted with the
    first publication of an idea, unless voting has closed. A wording that is public already stays
    as it is. Raises Conflict when the life cycle does not allow it.
    """
    contribution = locked(contribution_id)
    approve(contribution, _revision_of(contribution, revision_id), now)


def approve(contribution: Contribution, revision: Revision, now: datetime) -> None:
    """Do what `publish_revision` does with a contribution that the caller has locked, and a
    revision of it that was read since."""
    state = lifecycle.after(contribution.state, Verb.APPROVE)
    if contribution.listed and contribution.published_revision_id == revision.id:
        return
    make_public(contribution, revision, state, now)
    publish(ContributionPublished(contribution.id, revision.id))


def make_public(
    contribution: Contribution, revision: Revision, state: State, now: datetime
) -> None:
    """Give a locked contribution this public wording and a state in which it is shown."""
    if contribution.published_revision_id not in (None, revision.id):
        earlier = db.session.get_one(Revision, contribution.published_revision_id)
        earlier.state = RevisionState.SUPERSEDED
        contribution.edited_at = now
    revision.state = RevisionState.PUBLISHED
    revision.published_at = revision.published_at or now
    settle(contribution, state=state, revision=revision, now=now)


def reject(contribution: Contribution, revision: Revision, now: datetime) -> None:
    """Refuse a revision. While it waited, an earlier published wording stays public; what was
    public already (moderation afterwards) is hidden. Publishes ContributionUnlisted then.

    The caller has locked the contribution and read the revision since.
    """
    _refuse(contribution, revision, Verb.REJECT, RevisionState.REJECTED, now)


def send_back(contribution: Contribution, revision: Revision, now: datetime) -> None:
    """Ask the author to write a revision otherwise; apart from that as `reject`."""
    _refuse(contribution, revision, Verb.RETURN, RevisionState.RETURNED, now)


def _refuse(
    contribution: Contribution,
    revision: Revision,
    verb: Verb,
    becomes: RevisionState,
    now: datetime,
) -> None:
    if contribution.published_revision_id == revision.id:  # the public read it before anybody else
        state = lifecycle.after(contribution.state, Verb.HIDE)
        if verb == Verb.RETURN:
            state = State.RETURNED
    else:
        state = lifecycle.after(contribution.state, verb)
    revision.state = becomes
    settle(contribution, state=state, revision=_public_wording(contribution), now=now)


def take_out(*, contribution_id: int, verb: Verb, now: datetime) -> None:
    """Hide something or put it into the bin. Publishes ContributionUnlisted when it was listed.

    Raises Conflict when the life cycle does not allow it.
    """
    contribution = locked(contribution_id)
    state = lifecycle.after(contribution.state, verb)
    settle(contribution, state=state, revision=_public_wording(contribution), now=now)


def set_aside(contribution: Contribution, revision: Revision, now: datetime) -> None:
    """Make something readable at its address and nowhere else: it is off topic.

    What waited is readable from now on, with this revision. Publishes ContributionUnlisted when it
    was listed. Raises Conflict when the life cycle does not allow it. The caller has locked the
    contribution and read the revision since.
    """
    state = lifecycle.after(contribution.state, Verb.SET_ASIDE)
    public = _public_wording(contribution)
    if public is None:
        make_public(contribution, revision, state, now)
    else:
        settle(contribution, state=state, revision=public, now=now)


def restore(*, contribution_id: int, now: datetime) -> None:
    """Bring back what was hidden, set aside or binned: to the public what was public once, to the
    queue what was not. Publishes ContributionPublished then. Raises Conflict."""
    contribution = locked(contribution_id)
    revision = _public_wording(contribution)
    verb = Verb.PUT_BACK if revision is None else Verb.RESTORE
    settle(
        contribution,
        state=lifecycle.after(contribution.state, verb),
        revision=revision,
        now=now,
    )
    if revision is not None:
        revision.state = RevisionState.PUBLISHED
        publish(ContributionPublished(contribution.id, revision.id))


def stand_as(
    *,
    contribution_id: int,
    revision_id: int,
    before: Standing,
    revision_before: RevisionState | None = None,
    now: datetime,
) -> None:
    """Undo a decision about this revision: everything is as it was before it.

    `revision_before`: the revision's state, where it was neither public nor waiting. The caller
    has made sure that nothing else has happened to the contribution since.
    """
    contribution = locked(contribution_id)
    revision = _revision_of(contribution, revision_id)
    was_public = before.published_revision_id
    public = None if was_public is None else db.session.get_one(Revision, was_public)
    settle(contribution, state=State(before.state), revision=public, now=now)
    contribution.edited_at = before.edited_at
    if public is None:
        if contribution.kind == Kind.IDEA and contribution.published_at is not None:
            counting.forget_agree_of_author(contribution, now)
        contribution.published_at = None
        contribution.mix_key = 0
    else:
        public.state = RevisionState.PUBLISHED
    if revision is not public:
        revision.state = revision_before or RevisionState.WAITING
        revision.published_at = None


def unlist(contribution: Contribution, now: datetime) -> None:
    """Take a contribution out of the public's sight, with its words, counts and search row.

    Publishes ContributionUnlisted when it was listed, or its words stood on the page of the idea
    that it was merged into. The caller has locked it and sets its new state.
    """
    stood_elsewhere = contribution.state == State.MERGED
    _show(contribution, None)
    _list(contribution, False)
    if stood_elsewhere:
        mail.withhold(f"contribution:{contribution.id}")
        publish(ContributionUnlisted(contribution.id))


def settle(
    contribution: Contribution, *, state: State, revision: Revision | None, now: datetime
) -> None:
    """Make everything that follows from a state and a public wording agree with them.

    What is listed has its counts, its search row and its words for similar ideas; what is off
    topic or merged keeps its words on the row and nothing else; everything else has none. The
    caller has locked the contribution.
    """
    # The row is written once, when everything about it is settled: the questions in between are
    # about other rows.
    with db.session.no_autoflush:
        _settle(contribution, state, revision, now)
    db.session.flush()


def _settle(
    contribution: Contribution, state: State, revision: Revision | None, now: datetime
) -> None:
    contribution.state = state
    contribution.published_revision_id = revision.id if revision else None
    contribution.version += 1
    shown = revision if state in lifecycle.SHOWN_STATES else None
    _show(contribution, shown)
    is_new = shown is not None and contribution.published_at is None
    if is_new:
        contribution.published_at = now
        if contribution.kind == Kind.IDEA:
            counting.agree_of_author(contribution, now)
            contribution.mix_key = mix_key(
                contribution.id,
                contribution.agree + contribution.disagree + contribution.passed,
                0.0,
                now.date(),
                secret=setting("SECRET_KEY"),
            )
    _list(contribution, shown is not None and state in lifecycle.VISIBLE_STATES)
    if contribution.listed and shown is not None:
        _make_findable(contribution, shown, is_new=is_new)


def _public_wording(contribution: Contribution) -> Revision | None:
    found = contribution.published_revision_id
    return None if found is None else db.session.get_one(Revision, found)


def _revision_of(contribution: Contribution, revision_id: int) -> Revision:
    revision = db.session.get(Revision, revision_id, populate_existing=True)
    if revision is None or revision.contribution_id != contribution.id:
        raise NotFound("")
    return revision


def _show(contribution: Contribution, revision: Revision | None) -> None:
    """Put the words for readers on the row, or take them off."""
    contribution.title = revision.title if revision else ""
    contribution.slug = ids.slug(revision.title) if revision else ""
    contribution.excerpt = text.excerpt(revision.plain, EXCERPT) if revision else ""
    contribution.fragment = revision.html if revision else ""
    if revision:
        contribution.language = revision.language


def _list(contribution: Contribution, listed: bool) -> None:
    """Count and find it from now on, or not any more; readers' copies are old either way."""
    if contribution.listed == listed:
        counting.bump(contribution.dialogue_id)
        return
    contribution.listed = listed
    counting.count(contribution, 1 if listed else -1)
    if listed:
        return
    documents.remove(contribution.kind, contribution.id)
    mail.withhold(f"contribution:{contribution.id}")
    if contribution.kind == Kind.IDEA:
        idea_words.remove(idea_id=contribution.id)
    publish(ContributionUnlisted(contribution.id))


def _make_findable(contribution: Contribution, revision: Revision, *, is_new: bool) -> None:
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
            is_new=is_new,
        )
