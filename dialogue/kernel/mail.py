"""Mail: written as a row with the change it tells of, sent by the worker, never twice.

The key of a row is unique (one mail for one event and person). A mail may wait until `due_at`
(a moderator's undo window) and be taken back until then. After it is sent its text is emptied:
codes and links do not lie about in the database.

A mail that quotes what people wrote names it (`quotes`). Whoever hides or alters those words calls
`withhold` in the same transaction: what is not sent yet then says what it can say without them.
"""

from __future__ import annotations

import hashlib
import smtplib
import ssl
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.headerregistry import Address, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import Policy, default
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from sqlalchemy import ForeignKey, Index, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from dialogue.kernel.db import (
    Json,
    Model,
    UtcDateTime,
    db,
    dialect,
    in_transaction,
    rows_changed,
    transaction,
)
from dialogue.kernel.outbox import publish
from dialogue.kernel.storage import write_atomically

FAREWELL = "farewell:"  # how the key of a mail begins whose person has left: its row goes with it
GIVE_UP_AFTER = 16  # refusals, the last one about two days after the first
_PAUSE = timedelta(minutes=1)  # before the next try of a server that cannot be reached


class MailMessage(Model):
    """One mail to one person, waiting, sent or given up (a dead letter that `doctor` shows)."""

    __tablename__ = "mail_message"
    __table_args__ = (Index("ix_mail_message_due", "sent_at", "due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    to: Mapped[str]
    subject: Mapped[str]
    text: Mapped[str]
    without_words: Mapped[str] = mapped_column(default="")  # the text that quotes nobody
    headers: Mapped[dict[str, str]] = mapped_column(Json, default=dict)
    queued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error: Mapped[str] = mapped_column(default="")


class MailQuotation(Model):
    """An unsent mail holds words of something, such as "contribution:118"."""

    __tablename__ = "mail_quotation"

    mail_id: Mapped[int] = mapped_column(
        ForeignKey("mail_message.id", ondelete="CASCADE"), primary_key=True
    )
    words_of: Mapped[str] = mapped_column(primary_key=True, index=True)


class ServerAway(Exception):
    """The mail server cannot be reached: no mail is to blame."""


@dataclass(frozen=True)
class MailQueued:
    """A mail that may go out at once was written."""

    mail_id: int


def queue(
    to: str,
    subject: str,
    text: str,
    *,
    key: str,
    now: datetime,
    due_at: datetime | None = None,
    headers: Mapping[str, str] | None = None,
    quotes: Collection[str] = (),
    without_words: str = "",
) -> bool:
    """Queue a mail in the current transaction; a second one with the same `key` is ignored.

    `quotes` names whose words the text holds, `without_words` is the text without them; when it
    is empty the mail is not sent at all once words are withheld. Returns False for a second mail.
    """
    if not in_transaction():
        raise RuntimeError("queue() belongs inside transaction().")
    insert = sqlite.insert if dialect() == "sqlite" else postgresql.insert
    mail_id = db.session.scalar(
        insert(MailMessage)
        .values(
            key=key,
            to=to,
            subject=" ".join(subject.split()),  # no line break can start a header
            text=text,
            without_words=without_words,
            headers=dict(headers or {}),
            queued_at=now,
            due_at=due_at or now,
        )
        .on_conflict_do_nothing(index_elements=["key"])
        .returning(MailMessage.id)
    )
    if mail_id is None:
        return False
    db.session.add_all(MailQuotation(mail_id=mail_id, words_of=one) for one in sorted(set(quotes)))
    if due_at is None or due_at <= now:  # later ones go with the periodic round
        publish(MailQueued(mail_id))
    return True


def take_back(key_prefix: str) -> int:
    """Delete unsent mails whose key starts with `key_prefix`; return how many."""
    return rows_changed(
        delete(MailMessage).where(
            MailMessage.key.startswith(key_prefix, autoescape=True), MailMessage.sent_at.is_(None)
        )
    )


def withhold(words_of: str) -> int:
    """Take the words of something out of every unsent mail, in the current transaction; return how
    many mails held them. They go out with what they can say without words, or not at all.
    """
    held = select(MailQuotation.mail_id).where(MailQuotation.words_of == words_of)
    unsent = (MailMessage.id.in_(held), MailMessage.sent_at.is_(None))
    changed = rows_changed(
        delete(MailMessage).where(*unsent, MailMessage.without_words == "")
    ) + rows_changed(update(MailMessage).where(*unsent).values(text=MailMessage.without_words))
    db.session.execute(delete(MailQuotation).where(MailQuotation.words_of == words_of))
    return changed


def readdress(before: str, after: str) -> int:
    """Let unsent mails to one address go to another one: their reader's address has changed. In
    the current transaction; return how many."""
    waiting = (MailMessage.to == before, MailMessage.sent_at.is_(None))
    return rows_changed(update(MailMessage).where(*waiting).values(to=after))


def send_due(mail_url: str, sender: str, sender_name: str, now: datetime) -> int:
    """Send what is due, oldest first; return how many went out.

    Each mail is claimed (its next try moved on) before the server hears of it, so that two
    workers do not both send it, and marked as sent right after. A server that is away may be away
    for days: the round ends there and no try is counted.
    """
    due = db.session.scalars(
        select(MailMessage.id)
        .where(
            MailMessage.sent_at.is_(None),
            MailMessage.due_at <= now,
            MailMessage.attempts < GIVE_UP_AFTER,
        )
        .order_by(MailMessage.id)
        .limit(100)
    ).all()
    db.session.commit()
    sent = 0
    for mail_id in due:
        try:
            sent += _send_one(mail_id, mail_url, sender, sender_name, now)
        except ServerAway:
            break
    return sent


def _send_one(mail_id: int, mail_url: str, sender: str, sender_name: str, now: datetime) -> bool:
    with transaction():
        mail = db.session.scalars(
            select(MailMessage)
            .where(
                MailMessage.id == mail_id,
                MailMessage.sent_at.is_(None),
                MailMessage.due_at <= now,
            )
            .with_for_update(skip_locked=True)
        ).first()
        if mail is None:
            return False
        mail.attempts += 1
        mail.due_at = now + timedelta(seconds=min(30 * 2**mail.attempts, 6 * 3600))
    try:
        deliver(_message(mail, sender, sender_name), mail_url, now)
    except ServerAway:
        with transaction():
            _change(
                mail_id, attempts=MailMessage.attempts - 1, due_at=now + _PAUSE, error="ServerAway"
            )
        raise
    # An address that no header can hold (ValueError, LookupError) must not hold up the others.
    except (OSError, smtplib.SMTPException, ValueError, LookupError) as problem:
        with transaction():
            _change(mail_id, error=type(problem).__name__)
        return False
    with transaction():
        _change(mail_id, sent_at=now, text="", without_words="", error="")
        db.session.execute(delete(MailQuotation).where(MailQuotation.mail_id == mail_id))
        db.session.execute(
            delete(MailMessage).where(
                MailMessage.id == mail_id, MailMessage.key.startswith(FAREWELL)
            )
        )
    return True


def _change(mail_id: int, **values: Any) -> None:
    db.session.execute(update(MailMessage).where(MailMessage.id == mail_id).values(**values))


class _Address(UnstructuredHeader):
    """A header that holds one address: a fold or an encoded word in it would break the address."""

    def fold(self, *, policy: Policy) -> str:
        """Write it in one line."""
        return f"{self.name}: {self}{policy.linesep}"  # type: ignore[attr-defined]  # of the base


_HEADERS = HeaderRegistry()
_HEADERS.map_to_type("list-unsubscribe", _Address)  # type: ignore[arg-type]  # as its others
_POLICY = default.clone(header_factory=_HEADERS)


def _message(mail: MailMessage, sender: str, sender_name: str) -> EmailMessage:
    message = EmailMessage(_POLICY)
    user, _, domain = sender.rpartition("@")
    message["From"] = Address(sender_name, user, domain)
    message["To"] = mail.to
    message["Subject"] = mail.subject
    # The same each time: a reader whom a crash sends it twice need see it once.
    own = hashlib.sha256(f"{mail.key} {mail.queued_at.isoformat()}".encode()).hexdigest()[:32]
    message["Message-ID"] = f"<{own}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    for name, value in mail.headers.items():
        message[name] = value
    message.set_content(mail.text)
    return message


def deliver(message: EmailMessage, mail_url: str, now: datetime) -> None:
    """Hand a message over: to a folder (`file://`) or to a mail server (`smtp://`, `smtps://`).

    Raises ServerAway when the server cannot be reached, and what smtplib raises when it refuses.
    """
    target = urlsplit(mail_url)
    if target.scheme == "file":
        folder = Path(unquote(target.path))
        # The random end of the id as well: many mails are written in one hundredth of a second.
        own_id = str(message["Message-ID"]).strip("<>").partition("@")[0]
        name = f"{now:%Y%m%d-%H%M%S-%f}-{own_id}.eml"
        write_atomically(folder / name.replace("/", "_"), bytes(message))
        return
    with _connected(target) as connection:
        connection.send_message(message)


def _connected(target: SplitResult) -> smtplib.SMTP:
    secure = target.scheme == "smtps"
    server: Any = smtplib.SMTP_SSL if secure else smtplib.SMTP
    options: dict[str, Any] = {"context": ssl.create_default_context()} if secure else {}
    port = target.port or (465 if secure else 25)
    try:
        connection: smtplib.SMTP = server(target.hostname, port, timeout=20, **options)
        try:
            if target.username:
                if not secure:
                    connection.starttls(context=ssl.create_default_context())
                connection.login(unquote(target.username), unquote(target.password or ""))
        except BaseException:
            connection.close()
            raise
    except (OSError, smtplib.SMTPException) as problem:
        raise ServerAway(type(problem).__name__) from problem
    return connection
