"""Codes by mail: asked for, tried, used once.

The browser that asked holds a ticket; only with it can a code be tried (five times), so nobody
can guess at, or use up, another person's code. The mail also holds a link; its page has a
button, because mail scanners open links.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import select, update

from dialogue.accounts import letters, limits
from dialogue.accounts.addresses import fold as fold_mail
from dialogue.accounts.letters import Letter
from dialogue.accounts.models import MailCode, Purpose, User
from dialogue.kernel import ids, mail
from dialogue.kernel.db import db, rows_changed
from dialogue.kernel.errors import DomainError, FieldErrors
from dialogue.kernel.settings import setting


class CodeDead(DomainError):
    """This code or link cannot be used any more; a new one can be asked for."""

    status = 410


@dataclass(frozen=True)
class Ticket:
    """What the browser that asked for a code keeps."""

    token: str


def send(
    *,
    email: str,
    user: User | None,
    next_url: str = "",
    intent_digest: str = "",
    network: str,
    now: datetime,
    purpose: Purpose = Purpose.ENTER,
) -> Ticket:
    """Write a code for `email` and queue its mail: to confirm a new account, to sign in, or, for
    an address without an account, to say that it has none. The page looks the same each time.

    A code for another `purpose` comes without a link: it is typed where it was asked for.

    Raises TooMany after MAILS_PER_HOUR codes to one address that one network asked for, or twice
    as many from everywhere: who floods a mailbox does not lock its owner out.
    """
    folded = fold_mail(email)
    count_mail(folded, network=network, now=now)
    minutes: int = setting("CODE_MINUTES")
    code, ticket, link_token = ids.code(), ids.token(), ids.token()
    row = MailCode(
        ticket_digest=ids.digest(ticket),
        link_digest=ids.digest(link_token),
        code_digest=ids.digest(ticket + code),
        email_folded=folded,
        user_id=user.id if user else None,
        purpose=purpose,
        next_url=next_url,
        intent_digest=intent_digest,
        created_at=now,
        expires_at=now + timedelta(minutes=minutes),
    )
    db.session.add(row)
    db.session.flush()
    letter = _letter(user, purpose, code, f"{setting('BASE_URL')}/account/link/{link_token}")
    mail.queue(
        user.email if user else email, letter.subject, letter.text, key=f"code:{row.id}", now=now
    )
    return Ticket(ticket)


def count_mail(folded: str, *, network: str, now: datetime) -> None:
    """Count one mail that somebody on `network` has us send to an address; raises TooMany."""
    most: int = setting("MAILS_PER_HOUR")
    for kind, subject, limit in (
        ("code-from", f"{folded} {network}", most),
        ("code", folded, 2 * most),
    ):
        limits.count(
            kind,
            subject,
            limit=limit,
            window=timedelta(hours=1),
            now=now,
            say=_(
                "We have sent several codes to this address. Please use the newest one, or wait."
            ),
        )


def _letter(user: User | None, purpose: Purpose, code: str, link: str) -> Letter:
    minutes: int = setting("CODE_MINUTES")
    if user is None:
        return letters.no_account(f"{setting('BASE_URL')}/account/create")
    if purpose is Purpose.PROVE:
        return letters.prove(code, minutes)
    if purpose is Purpose.LEAVE:
        return letters.leave(code, minutes)
    return (letters.sign_in if user.confirmed_at else letters.confirm)(code, link, minutes)


def by_ticket(ticket: str) -> MailCode | None:
    """Return the code that a browser's ticket belongs to, whatever its state."""
    if not ticket:
        return None
    return db.session.scalars(
        select(MailCode).where(MailCode.ticket_digest == ids.digest(ticket))
    ).first()


def by_link(token: str, now: datetime) -> MailCode:
    """Return the code behind a mailed link; raises CodeDead when it cannot be used any more."""
    row = db.session.scalars(
        select(MailCode).where(MailCode.link_digest == ids.digest(token))
    ).first()
    dead = row is None or row.used_at or row.expires_at <= now or row.user_id is None
    if row is None or dead or row.purpose != Purpose.ENTER:
        raise CodeDead(_("This link has been used or is too old. Please ask for a new code."))
    return row


def attempt(
    *, ticket: str, code: str, now: datetime, purpose: Purpose = Purpose.ENTER
) -> MailCode | None:
    """Count one try of a code; return its row when it is right, None when it is wrong.

    The caller commits either way (a wrong try must count) and then `use`s the row. Raises
    FieldErrors when the code is too old, used, or was tried too often.
    """
    row = db.session.scalars(
        select(MailCode).where(MailCode.ticket_digest == ids.digest(ticket)).with_for_update()
    ).first()
    tries: int = setting("CODE_TRIES")
    if row is None or row.used_at or row.expires_at <= now or row.purpose != purpose:
        raise FieldErrors({"code": _("This code is too old. Ask for a new one.")})
    if row.tries >= tries:
        raise FieldErrors({"code": _("Too many tries. Ask for a new code.")})
    row.tries += 1
    digits = "".join(letter for letter in code if letter.isdigit())
    right = row.code_digest == ids.digest(ticket + digits) and row.user_id is not None
    return row if right else None


def use(*, code_id: int, now: datetime) -> User:
    """Use a code up and return its person, confirmed from now on; raises CodeDead."""
    spend(code_id=code_id, now=now)
    row = db.session.get_one(MailCode, code_id)
    user = db.session.get_one(User, row.user_id, populate_existing=True)
    if user.disabled_at:
        raise CodeDead(_("This account is closed. Please write to the help desk."))
    user.confirmed_at = user.confirmed_at or now
    return user


def spend(*, code_id: int, now: datetime) -> None:
    """Use a code up; of two who try at once one does. Raises CodeDead."""
    used = rows_changed(
        update(MailCode)
        .where(MailCode.id == code_id, MailCode.used_at.is_(None))
        .values(used_at=now)
    )
    if not used:
        raise CodeDead(_("This code has been used. Please ask for a new one."))


def kill_all(user_id: int, *, now: datetime) -> None:
    """Let no code work any more that was mailed to a person up to now."""
    db.session.execute(
        update(MailCode)
        .where(MailCode.user_id == user_id, MailCode.used_at.is_(None))
        .values(used_at=now)
    )
