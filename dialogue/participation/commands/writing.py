"""Writing: a new idea, a new comment, an edit, a withdrawal."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import bindparam, func, or_, select, update
from sqlalchemy.orm import aliased

from dialogue.accounts.models import User
from dialogue.dialogues import schedule
from dialogue.dialogues.models import Act, Dialogue
from dialogue.kernel import ids, templating
from dialogue.kernel.db import db
from dialogue.kernel.errors import Conflict, Forbidden, NotFound, TooMany
from dialogue.kernel.outbox import publish
from dialogue.kernel.settings import setting
from dialogue.participation import lifecycle, policies, schemas, trust
from dialogue.participation.commands import (
    disowning,
    drafts,
    intake,
    joining,
    merging,
    publication,
    restrictions,
)
from dialogue.participation.events import RevisionSubmitted, WordsTakenBack
from dialogue.participation.fingerprints import fingerprint
from dialogue.participation.lifecycle import State, Verb
from dialogue.participation.models import (
    Channel,
    Contribution,
    Kind,
    Participant,
    Revision,
    RevisionState,
)
from dialogue.participation.queries.answers import is_answered
from dialogue.participation.queries.resending import may_resend
from dialogue.participation.queries.threads import is_closed_around
from dialogue.participation.restrictions import Right
from dialogue.participation.schemas import CommentInput, IdeaInput
from dialogue.participation.trust import Limited


def post_idea(
    *,
    dialogue: Dialogue,
    user: User,
    idea: IdeaInput,
    now: datetime,
    opened_at: datetime | None,
    name: str = "",
) -> Contribution:
    """Post an idea; it waits for a moderator, or is public at once where the dialogue lets it
    (see `intake`). `name`: see joining.participant_for. Publishes RevisionSubmitted.

    Raises Conflict (closed), TooMany, FieldErrors (the name is taken).
    """
    must_be_open(dialogue, Kind.IDEA, now, opened_at)
    person = joining.participant_for(dialogue_id=dialogue.id, user=user, now=now, name=name)
    restrictions.must_be_free(person.id, Right.WRITE, now)
    _count_ideas(user, person, now)
    contribution = Contribution(
        dialogue_id=dialogue.id,
        kind=Kind.IDEA,
        participant_id=person.id,
        topic_id=idea.topic_id,
        tracking=ids.tracking_number(),
        channel=Channel.WEB,
        language=dialogue.language,
        created_at=now,
    )
    return _submit(dialogue, contribution, idea.title, idea.body, now)


def post_comment(
    *,
    dialogue: Dialogue,
    user: User,
    idea_id: int,
    reply_to_id: int | None,
    comment: CommentInput,
    now: datetime,
    opened_at: datetime | None,
    name: str = "",
) -> Contribution:
    """Post a comment on an idea or a reply to a comment; deeper replies stay at the second level.

    `name`: see joining.participant_for. Publishes RevisionSubmitted. Raises NotFound (idea or
    comment not public here), Conflict (closed), TooMany, FieldErrors (the name is taken).
    """
    must_be_open(dialogue, Kind.COMMENT, now, opened_at)
    idea_id, root_id = _thread_of(dialogue.id, idea_id, reply_to_id)
    person = joining.participant_for(dialogue_id=dialogue.id, user=user, now=now, name=name)
    restrictions.must_be_free(person.id, Right.WRITE, now)
    _count_comments(user, person, now)
    contribution = Contribution(
        dialogue_id=dialogue.id,
        kind=Kind.COMMENT,
        idea_id=idea_id,
        root_id=root_id,
        reply_to_id=reply_to_id,
        participant_id=person.id,
        tracking=ids.tracking_number(),
        channel=Channel.WEB,
        language=dialogue.language,
        created_at=now,
    )
    return _submit(dialogue, contribution, "", comment.body, now)


def edit(
    *,
    dialogue: Dialogue,
    contribution_id: int,
    participant_id: int | None,
    title: str,
    body: str,
    topic_id: int | None,
    now: datetime,
    opened_at: datetime | None = None,
) -> Contribution:
    """Change one's own text: while it waits, the new wording takes the old one's place in the
    queue; after publication it waits while the earlier wording stays public. After a rejection it
    waits again, once.

    Publishes RevisionSubmitted. Raises NotFound (not the author's), Conflict (life cycle, sent
    again before), Forbidden (muted or suspended).
    """
    contribution = publication.locked(contribution_id)
    if not policies.is_author(participant_id, contribution):
        raise NotFound("")
    if contribution.dialogue_id != dialogue.id:
        raise NotFound("")
    is_resent = contribution.state == State.REJECTED
    verb = Verb.RESEND if is_resent else Verb.EDIT
    if not policies.may_edit(
        participant_id, contribution, dialogue, now, opened_at=opened_at, grace=_grace()
    ):
        lifecycle.after(contribution.state, verb)
        raise Conflict(_closed(dialogue, Kind(contribution.kind), now))
    if contribution.kind == Kind.COMMENT and is_closed_around(contribution.id):
        raise Conflict(_("A moderator has closed the comments of this idea. Nothing was sent."))
    restrictions.must_be_free(contribution.participant_id, Right.WRITE, now)
    if is_resent and not may_resend([contribution.id]):
        raise Conflict(_("You have edited this and sent it again once already."))
    contribution.state = lifecycle.after(contribution.state, verb)
    contribution.version += 1
    if not contribution.listed:
        contribution.topic_id = topic_id
    db.session.execute(
        update(Revision)
        .where(
            Revision.contribution_id == contribution.id,
            Revision.state == RevisionState.WAITING,
        )
        .values(state=RevisionState.SUPERSEDED)
    )
    revision = add_revision(contribution, title, body, now)
    publish(RevisionSubmitted(contribution.id, revision.id))
    if not is_resent:  # a moderator has refused it before: a person reads it first, everywhere
        intake.show_if_it_may(dialogue, contribution, revision, now)
    return contribution


def withdraw(
    *, dialogue: Dialogue, contribution_id: int, participant_id: int | None, now: datetime
) -> Contribution:
    """Take back one's own idea or comment: out of the public's sight from now on.

    Other people's votes and comments stay. What nobody has answered goes altogether: only its
    number, its dates and that it was withdrawn remain (publishes WordsTakenBack then); unless a
    moderator had hidden it, since a decision stands on its words. Ideas that were merged into it
    stand for themselves again. Raises NotFound, Forbidden, Conflict (life cycle).
    """
    contribution = publication.locked(contribution_id)
    if contribution.dialogue_id != dialogue.id:
        raise NotFound("")
    if not policies.is_author(participant_id, contribution):
        raise (
            NotFound("")
            if not contribution.listed
            else Forbidden(_("Only its author can withdraw this."))
        )
    state = lifecycle.after(contribution.state, Verb.WITHDRAW)
    merging.release(root=contribution, now=now)
    goes = contribution.state != State.HIDDEN and not is_answered(contribution)
    publication.unlist(contribution, now)
    contribution.state = state
    contribution.version += 1
    db.session.execute(
        update(Revision)
        .where(
            Revision.contribution_id == contribution.id,
            Revision.state == RevisionState.WAITING,
        )
        .values(state=RevisionState.SUPERSEDED)
    )
    if goes:
        _forget_words(contribution.id)
        publish(WordsTakenBack(contribution.id))
    return contribution


def must_be_open(dialogue: Dialogue, kind: Kind, now: datetime, opened_at: datetime | None) -> None:
    """Raise Conflict unless the dialogue takes this now, or did when the form was opened."""
    if not policies.may_write(dialogue, kind, now, opened_at=opened_at, grace=_grace()):
        raise Conflict(_closed(dialogue, kind, now))


def _submit(
    dialogue: Dialogue, contribution: Contribution, title: str, body: str, now: datetime
) -> Contribution:
    db.session.add(contribution)
    db.session.flush()
    if contribution.kind == Kind.COMMENT and contribution.root_id is None:
        contribution.root_id = contribution.id
    revision = _add(contribution, 1, title, body, now)
    publish(RevisionSubmitted(contribution.id, revision.id))
    intake.show_if_it_may(dialogue, contribution, revision, now)
    return contribution


def add_revision(contribution: Contribution, title: str, body: str, now: datetime) -> Revision:
    """Add the next wording of a contribution, waiting, rendered and with its fingerprint.

    Raises Conflict while the owner of the mail address says that they did not write it.
    """
    if disowning.is_frozen(contribution.id):
        raise Conflict(
            _(
                "The owner of the mail address says that they did not write this."
                " It cannot be changed until a moderator has looked."
            )
        )
    last = db.session.scalar(
        select(func.max(Revision.number)).where(Revision.contribution_id == contribution.id)
    )
    return _add(contribution, (last or 0) + 1, title, body, now)


def _add(contribution: Contribution, number: int, title: str, body: str, now: datetime) -> Revision:
    rendered = schemas.rendered(body)
    revision = Revision(
        contribution_id=contribution.id,
        number=number,
        title=title,
        source=body,
        html=rendered.html,
        plain=rendered.plain,
        language=contribution.language,
        sanitizer_version=rendered.sanitizer_version,
        sha256=fingerprint(title, body),
        created_at=now,
    )
    db.session.add(revision)
    db.session.flush()
    return revision


def _forget_words(contribution_id: int) -> None:
    """Take the words out of every wording and every draft of a change."""
    drafts.forget_edits(contribution_id=contribution_id)
    db.session.execute(
        update(Revision)
        .where(Revision.contribution_id == contribution_id)
        .values(title="", source="", html="", plain="", sha256=fingerprint("", ""))
    )


def _grace() -> timedelta:
    return timedelta(minutes=setting("GRACE_MINUTES"))


def _closed(dialogue: Dialogue, kind: Kind, now: datetime) -> str:
    closes = schedule.closes_at(dialogue, Act.IDEA if kind == Kind.IDEA else Act.COMMENT)
    if closes is not None and closes <= now:
        moment = templating.day_time(closes)
        return _("The dialogue closed on %(moment)s. Nothing was sent.", moment=moment)
    return _("This dialogue does not take this now: it is not open. Nothing was sent.")


def _thread_of(dialogue_id: int, idea_id: int, reply_to_id: int | None) -> tuple[int, int | None]:
    """Return the idea of a new comment and the first-level comment it belongs under; checks that
    all of it is public and takes comments.

    What answers a comment of an idea that was merged into this one stays with that comment. Locks
    the idea, before a participant is made: votes take the two in this order, too.
    """
    idea = db.session.execute(_IDEA, {"idea": idea_id, "dialogue": dialogue_id}).first()
    if idea is not None and idea.merged_into_id is not None:
        return _thread_of(dialogue_id, idea.merged_into_id, reply_to_id)
    if idea is None or not idea.listed:
        raise NotFound("")
    if idea.comments_closed_at is not None or idea.locked_at is not None:
        raise Conflict(_("A moderator has closed the comments of this idea. Nothing was sent."))
    if reply_to_id is None:
        return idea_id, None
    answered = aliased(Contribution)  # the idea of the comment that is answered
    found = db.session.execute(
        select(Contribution.idea_id, Contribution.root_id)
        .join(answered, answered.id == Contribution.idea_id)
        .where(
            Contribution.id == reply_to_id,
            Contribution.listed.is_(True),
            or_(answered.id == idea_id, answered.merged_into_id == idea_id),
        )
    ).first()
    if found is None or found.idea_id is None:
        raise NotFound("")
    return found.idea_id, found.root_id


_ROWS = Contribution.__table__.c
_IDEA = (
    select(_ROWS.merged_into_id, _ROWS.listed, _ROWS.comments_closed_at, _ROWS.locked_at)
    .where(
        _ROWS.id == bindparam("idea"),
        _ROWS.dialogue_id == bindparam("dialogue"),
        _ROWS.kind == Kind.IDEA,
    )
    .with_for_update(key_share=True)
)


def _count_ideas(user: User, person: Participant, now: datetime) -> None:
    trust.in_turn(person.id, Limited.IDEA)
    found = trust.allowance(user=user, participant_id=person.id, limited=Limited.IDEA, now=now)
    if found.is_used_up:
        raise TooMany(trust.ideas_used_up(found), retry_after=found.retry_after)


def _count_comments(user: User, person: Participant, now: datetime) -> None:
    trust.in_turn(person.id, Limited.COMMENT)
    found = trust.allowance(user=user, participant_id=person.id, limited=Limited.COMMENT, now=now)
    if found.is_used_up:
        raise TooMany(
            _("You have posted %(n)s comments in an hour. Please wait a little.", n=found.used),
            retry_after=found.retry_after,
        )
