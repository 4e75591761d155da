"""What the platform does for itself: signs of life, forgetting, the audit's daily head."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import delete, select

from dialogue.accounts.models import AccountHint, AddressChange, Attempt, Intent, MailCode, User
from dialogue.kernel import audit, audit_seals, health, outbox, storage
from dialogue.kernel.db import db, transaction
from dialogue.kernel.forms import FormKey
from dialogue.kernel.mail import FAREWELL, MailMessage
from dialogue.kernel.settings import setting
from dialogue.participation.commands import drafts
from dialogue.participation.queries.integrity import digests


def beat(now: datetime) -> None:
    """Record that the scheduler sent this and the worker ran it."""
    health.beat("scheduler", now)


def forget(before: datetime) -> None:
    """Delete what is finished and older than `before`: it has no reader any more."""
    outbox.forget_finished(before)
    with transaction():
        for model, column in (
            (FormKey, FormKey.at),
            (MailCode, MailCode.created_at),
            (AddressChange, AddressChange.asked_at),
            (Attempt, Attempt.at),
            (Intent, Intent.created_at),
        ):
            db.session.execute(delete(model).where(column < before))
        _forget_unconfirmed(before)
        kept_since = before + timedelta(days=7 - setting("HINT_DAYS"))
        db.session.execute(delete(AccountHint).where(AccountHint.at < kept_since))
        db.session.execute(delete(MailMessage).where(MailMessage.sent_at < before))
        # A last mail that never reached anybody is forgotten all the same.
        db.session.execute(
            delete(MailMessage).where(
                MailMessage.key.startswith(FAREWELL), MailMessage.queued_at < before
            )
        )


def forget_drafts(now: datetime) -> int:
    """Delete drafts that nobody has touched for as long as we promise to keep them."""
    with transaction():
        return drafts.forget_old(now=now)


def _forget_unconfirmed(before: datetime) -> None:
    """Delete accounts that were begun and never confirmed: nobody has shown that they want one.
    (What is left of an erased account has an end, `disabled_at`.)"""
    begun = select(User.id).where(
        User.confirmed_at.is_(None), User.disabled_at.is_(None), User.created_at < before
    )
    db.session.execute(delete(AccountHint).where(AccountHint.user_id.in_(begun)))
    db.session.execute(delete(MailCode).where(MailCode.user_id.in_(begun)))
    db.session.execute(
        delete(User).where(
            User.confirmed_at.is_(None), User.disabled_at.is_(None), User.created_at < before
        )
    )


def remove_unfinished_files(before: datetime) -> int:
    """Delete half-written files whose writer died before `before`; return how many."""
    return storage.remove_unfinished(Path(setting("INSTANCE")), before=before.timestamp())


def write_daily_head(now: datetime) -> bool:
    """Fix the state of votes and published texts in the audit chain, once a day, and keep the head
    of the chain in a file beside the database.

    Returns False when today's head stands already.
    """
    subject = f"day:{now.date().isoformat()}"
    with transaction():
        done = select(audit.AuditEntry.seq).where(
            audit.AuditEntry.act == audit.Act.DAILY_HEAD,
            audit.AuditEntry.subject == subject,
            audit.AuditEntry.at > now - timedelta(days=2),
        )
        if db.session.scalar(done):
            return False
        head = audit.record(None, audit.Act.DAILY_HEAD, subject, digests(), now=now)
        kept = audit_seals.Head(now.date().isoformat(), head.seq, head.hash)
    audit_seals.keep_head(Path(setting("INSTANCE")), kept)
    return True
