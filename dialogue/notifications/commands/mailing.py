"""Turning notices into mails: some by themselves, the others in one summary.

Each person's mails and the mark on their notices are one transaction: a worker that dies leaves
everything as it was. Words are read, and their rows locked against hiding, in that transaction.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update

from dialogue.accounts.models import User
from dialogue.kernel import mail
from dialogue.kernel.db import db, transaction
from dialogue.notifications import summaries
from dialogue.notifications.commands import choosing, noticing
from dialogue.notifications.letters import stop_headers
from dialogue.notifications.models import Kind, Notice
from dialogue.notifications.queries import notices
from dialogue.notifications.queries.notices import NoticeRow
from dialogue.participation.models import Contribution

A_ROUND = 500  # people; the next round comes in half a minute


def write_due(*, now: datetime) -> int:
    """Write the mails that are due; return to how many people. One transaction for each."""
    people = notices.people_with_mail(now, A_ROUND)
    for user_id in people:
        with transaction():
            write_mails(user_id=user_id, now=now)
    return len(people)


def write_mails(*, user_id: int, now: datetime) -> None:
    """Write what is due to one person in the current transaction. Nothing is mailed to an account
    that is closed or was never confirmed, and nothing that nobody can read any more."""
    noticing.lock(user_id)
    account = db.session.get_one(User, user_id, populate_existing=True)
    rows = notices.due(user_id, now)
    _lock_words(rows)
    rows = notices.due(user_id, now)
    if account.confirmed_at is not None and account.disabled_at is None and rows:
        token = choosing.token_of(user_id)
        by_itself = [row for row in rows if row.at_once]
        for row in by_itself:
            _queue(account, token, [row], key=f"notice:{row.id}", now=now)
        rest = [row for row in rows if not row.at_once]
        if rest:
            _queue(account, token, rest, key=f"summary:{user_id}:{rest[-1].id}", now=now)
    db.session.execute(
        update(Notice).where(Notice.id.in_([row.id for row in rows])).values(mailed_at=now)
    )


def _queue(account: User, token: str, rows: list[NoticeRow], *, key: str, now: datetime) -> None:
    told = notices.told(rows, now)
    if not told:
        return
    kinds = {Kind(one.row.kind) for one in told}
    kind = kinds.pop() if len(kinds) == 1 else None
    letter = summaries.letter(told, language=account.language, token=token, kind=kind)
    mail.queue(
        account.email,
        letter.subject,
        letter.text,
        key=key,
        now=now,
        headers=stop_headers(token, kind),
        quotes=letter.quotes,
        without_words=letter.without_words,
    )


def _lock_words(rows: list[NoticeRow]) -> None:
    """Let nobody hide these words before the mails that hold them are written: whoever hides them
    next finds the mails. Comments first, then ideas, as everything does that locks both."""
    ideas = {row.idea_id for row in rows}
    comments = {row.contribution_id for row in rows if row.at_once} - ideas
    for numbers in (comments, ideas):
        db.session.execute(
            select(Contribution.id)
            .where(Contribution.id.in_(numbers))
            .order_by(Contribution.id)
            .with_for_update(read=True)
        )
