"""Telling people what happened to what they wrote and follow. Each may be repeated: a key holds
one notice, or one mail, and no more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, delete, func, select

from dialogue.accounts.models import User
from dialogue.dialogues.models import Dialogue, ModerationReason
from dialogue.kernel import mail
from dialogue.kernel.db import db
from dialogue.kernel.settings import setting
from dialogue.moderation.models import ModerationDecision, Outcome
from dialogue.moderation.queries.decisions import undo_of
from dialogue.notifications import letters, timing
from dialogue.notifications.commands import choosing, following, noticing
from dialogue.notifications.commands.following import Target
from dialogue.notifications.commands.noticing import Happening, Recipient
from dialogue.notifications.models import Event, Kind, Notice, Subscription, When
from dialogue.notifications.queries.following import follow_a_new_idea
from dialogue.participation.models import Contribution, Flag, Participant, Revision
from dialogue.reports.models import Report

LETTERS_A_DAY = 20  # about what one person wrote in one dialogue; the rest comes in the summary


def tell_decision(*, decision_id: int, now: datetime) -> None:
    """Tell an author what was decided: on the site, and by a letter that waits until the undo
    window has passed.

    Nothing is told of a decision that was taken back meanwhile or that authors are not told of,
    of imported texts, and to accounts that are closed.
    """
    known = db.session.get(ModerationDecision, decision_id)
    if known is None or known.outcome not in letters.DECISIONS:
        return
    # Shared with readers, closed to whoever is about to hide it: the letter holds its words.
    contribution = db.session.scalars(
        select(Contribution)
        .where(Contribution.id == known.contribution_id)
        .with_for_update(read=True)
        .execution_options(populate_existing=True)
    ).one()
    # The undo locks the same rows, in this order: it comes before us and is seen, or after us and
    # deletes.
    decision = db.session.scalars(
        select(ModerationDecision).where(ModerationDecision.id == decision_id).with_for_update()
    ).one()
    if undo_of(decision_id):
        return
    dialogue = db.session.get_one(Dialogue, decision.dialogue_id)
    if decision.outcome == Outcome.MERGED:
        _tell_the_other_author(decision, contribution, dialogue)
    found = noticing.recipients(Participant.id == contribution.participant_id, joined=Participant)
    if not found:
        return
    author = found[0]
    happening = Happening(
        key=f"{decision.notice_key}author",
        kind=Kind.DECISION,
        event=Event.DECIDED,
        dialogue=dialogue,
        at=decision.at,
        idea_id=contribution.idea_id or contribution.id,
        contribution_id=contribution.id,
        detail={"decision": decision.id, "outcome": decision.outcome},
    )
    noticing.lock(author.user_id)
    if author.choices.when(Kind.DECISION) is not When.AT_ONCE or not _is_letter(author, happening):
        noticing.notify(happening, [author])
        return
    if noticing.notify_one(happening, author, at_once=True):
        _write_letter(decision, contribution, dialogue, author, now)


def take_back(*, decision_id: int) -> None:
    """Delete what was told of a decision that was taken back, and letters that still wait."""
    decision = db.session.get(ModerationDecision, decision_id)
    if decision is not None and undo_of(decision_id):
        mail.take_back(decision.notice_key)
        told = Notice.key.startswith(decision.notice_key, autoescape=True)
        db.session.execute(delete(Notice).where(told))


def tell_published(*, contribution_id: int, now: datetime, after: int = 0) -> int:
    """Tell followers of something new that the public can read, and whoever it answers. Tells some
    hundred people; returns whom to go on `after`, 0 when everybody is told.

    A person is told once, as the one who is answered before as a follower, and never of their own
    words; another wording of the same text is nothing new.
    """
    row = db.session.execute(
        select(
            Contribution.kind,
            Contribution.dialogue_id,
            Contribution.idea_id,
            Contribution.topic_id,
            Contribution.reply_to_id,
            Participant.user_id,
        )
        .join(Participant, Participant.id == Contribution.participant_id)
        .where(Contribution.id == contribution_id, Contribution.listed.is_(True))
    ).first()
    if row is None:
        return 0
    is_comment = row.idea_id is not None
    happening = Happening(
        key=f"{row.kind}:{contribution_id}",
        kind=Kind.NEWS,
        event=Event.COMMENT_POSTED if is_comment else Event.IDEA_POSTED,
        dialogue=db.session.get_one(Dialogue, row.dialogue_id),
        at=now,
        idea_id=row.idea_id or contribution_id,
        contribution_id=contribution_id,
    )
    told = {row.user_id}
    if row.reply_to_id is not None:
        told |= _tell_the_answered(happening, row.reply_to_id, except_for=row.user_id)
    wanted = (
        Subscription.idea_id == row.idea_id
        if is_comment
        else follow_a_new_idea(row.dialogue_id, row.topic_id)
    )
    followers = noticing.recipients(
        and_(wanted, Subscription.ended_at.is_(None)),
        joined=Subscription,
        after=after,
        limit=noticing.BATCH,
    )
    noticing.notify(happening, [person for person in followers if person.user_id not in told])
    return followers[-1].user_id if len(followers) == noticing.BATCH else 0


def tell_merged(*, idea_id: int, into_id: int, now: datetime) -> None:
    """Let who follows an idea that lives on in another one follow that, and say so once. The author
    of the merged idea has a letter about it."""
    root = db.session.get(Contribution, into_id)
    if root is None:
        return
    author = (
        select(Participant.user_id)
        .join(Contribution, Contribution.participant_id == Participant.id)
        .where(Contribution.id == idea_id)
    )
    followers = noticing.recipients(
        Subscription.idea_id == idea_id, Subscription.ended_at.is_(None), joined=Subscription
    )
    following.carry_over(idea_id=idea_id, target=Target(root.dialogue_id, into_id), now=now)
    own = db.session.scalar(author)
    happening = Happening(
        key=f"merged:{idea_id}:{into_id}",
        kind=Kind.NEWS,
        event=Event.MERGED,
        dialogue=db.session.get_one(Dialogue, root.dialogue_id),
        at=now,
        idea_id=into_id,
        contribution_id=into_id,
        detail={"merged": idea_id},
    )
    noticing.notify(happening, [person for person in followers if person.user_id != own])


def forget_merge(*, idea_id: int, from_id: int) -> None:
    """Take back what nobody was mailed of a merge that was undone."""
    told = (Notice.key == f"merged:{idea_id}:{from_id}", Notice.mailed_at.is_(None))
    db.session.execute(delete(Notice).where(*told))


def tell_flaggers(*, contribution_id: int, flag_ids: Sequence[int], now: datetime) -> None:
    """Tell who reported something that a moderator has looked: on the site and in a summary.

    Nothing is told of flags that wait again because the decision was taken back meanwhile.
    """
    contribution = db.session.get_one(Contribution, contribution_id)
    dialogue = db.session.get_one(Dialogue, contribution.dialogue_id)
    answered = db.session.execute(
        select(Flag.id, Flag.participant_id, Flag.outcome)
        .where(Flag.id.in_(flag_ids), Flag.decided_at.is_not(None), Flag.withdrawn_at.is_(None))
        .order_by(Flag.id)
    ).all()
    for flag in answered:
        happening = Happening(
            key=f"flag:{flag.id}:",
            kind=Kind.DECISION,
            event=Event.FLAG_ANSWERED,
            dialogue=dialogue,
            at=now,
            idea_id=contribution.idea_id or contribution.id,
            contribution_id=contribution.id,
            detail={"outcome": flag.outcome},
        )
        people = noticing.recipients(Participant.id == flag.participant_id, joined=Participant)
        noticing.notify(happening, people)


def forget_answers(*, flag_ids: Sequence[int]) -> None:
    """Take back what nobody was mailed of an answer to flags that was undone."""
    keys = [f"flag:{flag_id}:" for flag_id in flag_ids]
    db.session.execute(delete(Notice).where(Notice.key.in_(keys), Notice.mailed_at.is_(None)))


def tell_report(*, report_id: int, now: datetime) -> None:
    """Queue the mail to the officer who asked for a report that has ended."""
    report = db.session.get(Report, report_id)
    if report is None or not report.ended or report.requested_by_id is None:
        return
    officer = db.session.get_one(User, report.requested_by_id)
    if officer.disabled_at is not None:
        return
    dialogue = db.session.get_one(Dialogue, report.dialogue_id)
    letter = letters.report(report, dialogue=dialogue, language=officer.language)
    mail.queue(officer.email, letter.subject, letter.text, key=f"report:{report_id}:", now=now)


def _tell_the_answered(
    happening: Happening, reply_to_id: int, *, except_for: int | None
) -> set[int]:
    found = noticing.recipients(
        Participant.id
        == select(Contribution.participant_id)
        .where(Contribution.id == reply_to_id)
        .scalar_subquery(),
        User.id != (except_for or 0),
        joined=Participant,
    )
    reply = Happening(
        key=happening.key,
        kind=Kind.REPLY,
        event=Event.REPLY_POSTED,
        dialogue=happening.dialogue,
        at=happening.at,
        idea_id=happening.idea_id,
        contribution_id=happening.contribution_id,
    )
    for person in found:
        noticing.notify_at_once(reply, person)
    return {person.user_id for person in found}


def _tell_the_other_author(
    decision: ModerationDecision, merged: Contribution, dialogue: Dialogue
) -> None:
    """Tell the author of the idea that stays that another one counts there, too."""
    stays = db.session.get_one(Contribution, decision.facts["into"])
    happening = Happening(
        key=f"{decision.notice_key}other",
        kind=Kind.DECISION,
        event=Event.IDEA_JOINED,
        dialogue=dialogue,
        at=decision.at,
        idea_id=stays.id,
        contribution_id=stays.id,
        detail={"decision": decision.id, "merged": merged.id},
    )
    its_author = Participant.id == stays.participant_id
    not_the_same = Participant.id != merged.participant_id
    for person in noticing.recipients(its_author, not_the_same, joined=Participant):
        noticing.notify_at_once(happening, person)


def _is_letter(author: Recipient, happening: Happening) -> bool:
    """Tell whether a decision gets a letter of its own: of a person's comments on one idea the
    first approval of a day, of all else as long as these are few."""
    on_comment = happening.contribution_id != happening.idea_id
    if on_comment and happening.detail["outcome"] == Outcome.APPROVED:
        about, most = Notice.idea_id == happening.idea_id, 1
    else:
        about = and_(Notice.kind == Kind.DECISION, Notice.dialogue_id == happening.dialogue.id)
        most = LETTERS_A_DAY
    count = select(func.count()).where(
        Notice.user_id == author.user_id,
        Notice.at_once.is_(True),
        Notice.at > happening.at - noticing.A_DAY,
        Notice.key != happening.key,
        about,
    )
    return (db.session.scalar(count) or 0) < most


def _write_letter(
    decision: ModerationDecision,
    contribution: Contribution,
    dialogue: Dialogue,
    author: Recipient,
    now: datetime,
) -> None:
    """Queue the letter, and note that the notice needs no further mail."""
    account = db.session.get_one(User, author.user_id)
    token = choosing.token_of(account.id)
    letter = letters.decision(
        decision,
        contribution=contribution,
        revision=db.session.get_one(Revision, decision.revision_id),
        dialogue=dialogue,
        reason=_reason_of(decision),
        language=account.language,
        stop=letters.stop_url(token, Kind.DECISION),
    )
    mail.queue(
        account.email,
        letter.subject,
        letter.text,
        key=f"{decision.notice_key}author",
        now=now,
        due_at=timing.after_undo(decision.at, setting("UNDO_MINUTES")),
        headers=letters.stop_headers(token, Kind.DECISION),
        quotes=letter.quotes,
        without_words=letter.without_words,
    )
    noticing.mark_mailed(user_id=author.user_id, keys=[f"{decision.notice_key}author"], now=now)


def _reason_of(decision: ModerationDecision) -> ModerationReason | None:
    return db.session.scalars(
        select(ModerationReason).where(
            ModerationReason.dialogue_id == decision.dialogue_id,
            ModerationReason.code == decision.reason_code,
        )
    ).first()
