"""Another mail address: asked for by the person, confirmed from the new one, undone from the old.

Whoever reads the old mailbox can undo the change for a few days: so an address that a thief put in
does not stay. The page says so before, to people whose old mailbox is read by somebody else.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import delete, select, update

from dialogue.accounts import letters, limits, sessions
from dialogue.accounts.addresses import fold as fold_mail
from dialogue.accounts.commands import accounts, codes
from dialogue.accounts.letters import Letter
from dialogue.accounts.models import AddressChange, MailCode, User
from dialogue.kernel import ids, mail
from dialogue.kernel.db import db
from dialogue.kernel.errors import Conflict, FieldErrors
from dialogue.kernel.settings import setting


@dataclass(frozen=True)
class Asked:
    """What the browser that asked keeps: the change, and a part of its code's digest."""

    change_id: int
    ticket: str


def ask(*, user: User, email: str, network: str, now: datetime) -> Asked:
    """Mail a code and a link to a new address. One that has an account gets a mail that says so;
    the page looks the same.

    Raises FieldErrors for the present address, TooMany.
    """
    if fold_mail(email) == user.email_folded:
        raise FieldErrors({"email": _("This is your address already.")})
    limits.count(
        "address",
        f"user:{user.id}",
        limit=setting("ADDRESSES_PER_DAY"),
        window=timedelta(days=1),
        now=now,
        say=_("You have asked for several changes today. You can ask again tomorrow."),
    )
    codes.count_mail(fold_mail(email), network=network, now=now)
    minutes: int = setting("CODE_MINUTES")
    code, ticket, link_token = ids.code(), ids.token(), ids.token()
    other = accounts.by_email(email)
    is_in_use = other is not None and other.confirmed_at is not None
    change = AddressChange(
        user_id=user.id,
        old_email=user.email,
        new_email=email,
        # No code is right for an address that has an account.
        code_digest="" if is_in_use else ids.digest(ticket + code),
        link_digest=ids.digest(link_token),
        asked_at=now,
        expires_at=now + timedelta(minutes=minutes),
    )
    db.session.add(change)
    db.session.flush()
    link = f"{setting('BASE_URL')}/account/address/{link_token}"
    letter = letters.address_in_use() if is_in_use else letters.new_address(code, link, minutes)
    _mail(email, letter, f"address:{change.id}", now)
    return Asked(change.id, ticket)


def attempt(*, asked: Asked, user_id: int, code: str, now: datetime) -> AddressChange | None:
    """Count one try of the code; return the change when it is right, None when it is wrong.

    The caller commits either way and then `finish`es. Raises FieldErrors when it is too late or
    was tried too often.
    """
    change = db.session.get(AddressChange, asked.change_id, with_for_update=True)
    if change is None or change.user_id != user_id or change.done_at or change.expires_at <= now:
        raise FieldErrors({"code": _("This code is too old. Ask for a new one.")})
    if change.tries >= setting("CODE_TRIES"):
        raise FieldErrors({"code": _("Too many tries. Ask for a new code.")})
    change.tries += 1
    digits = "".join(letter for letter in code if letter.isdigit())
    return change if change.code_digest == ids.digest(asked.ticket + digits) else None


def by_link(token: str, now: datetime) -> AddressChange:
    """Return the change behind a link that went to the new address; raises CodeDead."""
    change = db.session.scalars(
        select(AddressChange).where(AddressChange.link_digest == ids.digest(token))
    ).first()
    if change is None or change.done_at or change.expires_at <= now:
        raise codes.CodeDead(
            _("This link has been used or is too old. Please ask for the change again.")
        )
    return change


def finish(*, change_id: int, now: datetime) -> User:
    """Make the new address the account's. Every session ends, codes to the old address are dead,
    and the old address hears of it with a way to undo it. Raises CodeDead, Conflict."""
    change = db.session.get_one(AddressChange, change_id, with_for_update=True)
    user = _open_account(change.user_id)
    if change.done_at or change.expires_at <= now:
        raise codes.CodeDead(_("This has been used or is too old. Please ask again."))
    _put(user, change.new_email)
    undo_token, days = ids.token(), int(setting("ADDRESS_UNDO_DAYS"))
    change.done_at, change.undo_digest = now, ids.digest(undo_token)
    change.undo_until = now + timedelta(days=days)
    _settle(user, now, but=change.id)
    link = f"{setting('BASE_URL')}/account/address/undo/{undo_token}"
    _mail(change.old_email, letters.address_changed(link, days), f"address-old:{change.id}", now)
    return user


def by_undo_link(token: str, now: datetime) -> AddressChange:
    """Return the change that a link in the old mailbox can undo; raises CodeDead."""
    change = db.session.scalars(
        select(AddressChange).where(AddressChange.undo_digest == ids.digest(token))
    ).first()
    too_late = change is None or change.undone_at or (change.undo_until or now) <= now
    if change is None or too_late:
        raise codes.CodeDead(_("This cannot be undone any more. Please write to the help desk."))
    return change


def undo(*, change_id: int, now: datetime) -> None:
    """Put the old address back, whatever was changed after it. Every session ends, a password goes
    (who put the address in may know it), and no later change can be undone: its way back would
    lead to the thief. Raises CodeDead, Conflict when the address has another account now."""
    change = db.session.get_one(AddressChange, change_id, with_for_update=True)
    user = _open_account(change.user_id)
    if change.undone_at:
        raise codes.CodeDead(_("This has been undone."))
    _put(user, change.old_email)
    user.password_hash = None
    change.undone_at = now
    db.session.execute(
        update(AddressChange)
        .where(AddressChange.user_id == user.id, AddressChange.id != change.id)
        .values(undo_until=now)
    )
    _settle(user, now, but=change.id)
    _mail(change.old_email, letters.address_restored(), f"address-back:{change.id}", now)


def _open_account(user_id: int) -> User:
    user = db.session.get_one(User, user_id, populate_existing=True)
    if user.disabled_at or user.confirmed_at is None:
        raise codes.CodeDead(_("This account is closed. Please write to the help desk."))
    return user


def _put(user: User, email: str) -> None:
    folded = fold_mail(email)
    other = accounts.by_email(email)
    if other is not None and other.id != user.id:
        if other.confirmed_at is not None:
            raise Conflict(_("This address has another account now. Nothing was changed."))
        # Begun and never confirmed: whoever reads the mailbox decides.
        db.session.execute(delete(MailCode).where(MailCode.user_id == other.id))
        db.session.delete(other)
        db.session.flush()
    mail.readdress(user.email, email)
    user.email, user.email_folded = email, folded
    db.session.flush()


def _settle(user: User, now: datetime, *, but: int) -> None:
    """End what was begun under the other address: sessions, codes, other changes."""
    sessions.end_all(user.id, now=now)
    codes.kill_all(user.id, now=now)
    db.session.execute(
        update(AddressChange)
        .where(
            AddressChange.user_id == user.id,
            AddressChange.id != but,
            AddressChange.done_at.is_(None),
        )
        .values(expires_at=now)
    )


def _mail(to: str, letter: Letter, key: str, now: datetime) -> None:
    mail.queue(to, letter.subject, letter.text, key=key, now=now)
