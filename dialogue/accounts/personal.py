"""What accounts holds about a person: how it is handed out, and how it goes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import ColumnElement, delete, func, or_, select, update

from dialogue.accounts.addresses import fold
from dialogue.accounts.models import (
    AccountHint,
    AccountSession,
    AddressChange,
    DataCopy,
    Grant,
    Intent,
    MailCode,
    TakenName,
    User,
)
from dialogue.kernel import personal
from dialogue.kernel.audit import AuditEntry
from dialogue.kernel.db import Base, db
from dialogue.kernel.forms import FormKey
from dialogue.kernel.mail import FAREWELL, MailMessage, MailQuotation
from dialogue.kernel.personal import Leaving, Person, Row
from dialogue.kernel.settings import setting

FORMER = "Former participant"


def person(user: User) -> Person:
    """Return whose data is meant when an account's is."""
    # The table is named, not imported: participation stands above accounts.
    table = Base.metadata.tables["participant"]
    mine = select(table.c.id).where(table.c.user_id == user.id).order_by(table.c.id)
    changes = select(AddressChange.old_email, AddressChange.new_email).where(
        AddressChange.user_id == user.id, AddressChange.done_at.is_not(None)
    )
    earlier = {fold(address) for row in db.session.execute(changes) for address in row}
    return Person(
        user_id=user.id,
        addresses=tuple(sorted(earlier | {user.email_folded})),
        participants=tuple(db.session.scalars(mine)),
    )


def account(person: Person) -> Sequence[Row]:
    """The account itself, without the password's hash: it helps nobody but a thief."""
    names = ("email", "display_name", "language", "policy_version", "policy_accepted_at")
    times = ("created_at", "confirmed_at")
    return personal.rows(User, User.id == person.user_id, only=(*names, *times))


def erase_account(leaving: Leaving) -> bool:
    """Leave a row that says nothing: what staff did still points to it."""
    user = db.session.get_one(User, leaving.person.user_id)
    user.email = user.email_folded = f"former:{user.id}"  # no address: nothing is ever sent there
    user.display_name = FORMER
    user.name_folded = ""
    user.password_hash = None
    user.policy_version, user.policy_accepted_at = "", None
    user.created_at = user.disabled_at = leaving.now
    user.confirmed_at = None
    return False


def sessions(person: Person) -> Sequence[Row]:
    """The browsers that were signed in, without the digests of their tokens."""
    return personal.rows(
        AccountSession,
        AccountSession.user_id == person.user_id,
        only=("created_at", "seen_at", "expires_at", "revoked_at"),
    )


def erase_sessions(leaving: Leaving) -> bool:
    """End every session, and forget that there was one."""
    mine = AccountSession.user_id == leaving.person.user_id
    db.session.execute(delete(AccountSession).where(mine))
    return False


def codes(person: Person) -> Sequence[Row]:
    """When codes were asked for and used; the codes themselves are not known here."""
    return personal.rows(
        MailCode, _codes_of(person), only=("created_at", "expires_at", "used_at", "tries")
    )


def erase_codes(leaving: Leaving) -> bool:
    """Forget codes and links."""
    db.session.execute(delete(MailCode).where(_codes_of(leaving.person)))
    return False


def kept_acts(person: Person) -> Sequence[Row]:
    """What was begun before a sign-in, with its words."""
    return personal.rows(Intent, _begun_by(person), only=("kind", "payload", "created_at"))


def erase_kept_acts(leaving: Leaving) -> bool:
    """Forget what was begun before a sign-in. It is found by the codes: those go later."""
    db.session.execute(delete(Intent).where(_begun_by(leaving.person)))
    return False


def roles(person: Person) -> Sequence[Row]:
    """The roles of a member of staff."""
    only = ("role", "agency_id", "dialogue_id", "from_at", "until_at")
    return personal.rows(Grant, Grant.user_id == person.user_id, only=only)


def end_roles(leaving: Leaving) -> bool:
    """End the roles that still hold; that somebody had them belongs to the record of staff."""
    held = (Grant.user_id == leaving.person.user_id, Grant.until_at.is_(None))
    db.session.execute(update(Grant).where(*held).values(until_at=leaving.now))
    return False


def names(person: Person) -> Sequence[Row]:
    """The names that are kept for the person, present ones and those given up not long ago."""
    only = ("skeleton", "dialogue_id", "released_at")
    return personal.rows(TakenName, TakenName.user_id == person.user_id, only=only)


def erase_names(leaving: Leaving) -> bool:
    """Let the names go."""
    db.session.execute(delete(TakenName).where(TakenName.user_id == leaving.person.user_id))
    return False


def hints(person: Person) -> Sequence[Row]:
    """What seemed to point to a robot, or to one person with many accounts."""
    return personal.rows(AccountHint, AccountHint.user_id == person.user_id, only=("hint", "at"))


def erase_hints(leaving: Leaving) -> bool:
    """Forget the hints."""
    mine = AccountHint.user_id == leaving.person.user_id
    db.session.execute(delete(AccountHint).where(mine))
    return False


def address_changes(person: Person) -> Sequence[Row]:
    """Changes of the mail address, not longer ago than they can be undone."""
    only = ("old_email", "new_email", "asked_at", "done_at", "undo_until", "undone_at")
    return personal.rows(AddressChange, AddressChange.user_id == person.user_id, only=only)


def erase_address_changes(leaving: Leaving) -> bool:
    """Forget earlier addresses."""
    mine = AddressChange.user_id == leaving.person.user_id
    db.session.execute(delete(AddressChange).where(mine))
    return False


def copies(person: Person) -> Sequence[Row]:
    """Copies like this one that were asked for."""
    only = ("state", "asked_at", "made_at", "expires_at", "size")
    return personal.rows(DataCopy, DataCopy.user_id == person.user_id, only=only)


def erase_copies(leaving: Leaving) -> bool:
    """Remove copies of the person's data, the files with them."""
    mine = DataCopy.user_id == leaving.person.user_id
    for path in db.session.scalars(select(DataCopy.path).where(mine, DataCopy.path != "")):
        (Path(setting("INSTANCE")) / path).unlink(missing_ok=True)
    db.session.execute(delete(DataCopy).where(mine))
    return False


def mails(person: Person) -> Sequence[Row]:
    """Which mails went to the person. Their text is not kept once they are sent."""
    only = ("to", "subject", "text", "queued_at", "sent_at")
    return personal.rows(MailMessage, _mails_to(person), only=only)


def erase_mails(leaving: Leaving) -> bool:
    """Forget the mails of the person, unsent ones too. The last one goes out and is forgotten by
    who sends it."""
    last = MailMessage.key.startswith(FAREWELL)
    gone = select(MailMessage.id).where(_mails_to(leaving.person), ~last)
    db.session.execute(delete(MailQuotation).where(MailQuotation.mail_id.in_(gone)))
    db.session.execute(delete(MailMessage).where(_mails_to(leaving.person), ~last))
    return False


def sent_forms(person: Person) -> Sequence[Row]:
    """Where forms led that the person sent, so that a second sending leads there too."""
    return personal.rows(FormKey, FormKey.actor == _actor(person), only=("result", "said", "at"))


def erase_sent_forms(leaving: Leaving) -> bool:
    """Forget which forms the person sent."""
    db.session.execute(delete(FormKey).where(FormKey.actor == _actor(leaving.person)))
    return False


def acts_of_staff(person: Person) -> Sequence[Row]:
    """What the person did as staff, and what staff did to the account."""
    actor = _actor(person)
    concerned = or_(AuditEntry.actor == actor, AuditEntry.subject == actor)
    return personal.rows(AuditEntry, concerned, only=("at", "act", "codes"))


def _actor(person: Person) -> str:
    return f"user:{person.user_id}"


def _codes_of(person: Person) -> ColumnElement[bool]:
    return or_(MailCode.user_id == person.user_id, MailCode.email_folded.in_(person.addresses))


def _begun_by(person: Person) -> ColumnElement[bool]:
    by_code = select(MailCode.intent_digest).where(_codes_of(person), MailCode.intent_digest != "")
    return or_(Intent.user_id == person.user_id, Intent.digest.in_(by_code))


def _mails_to(person: Person) -> ColumnElement[bool]:
    return func.lower(MailMessage.to).in_(person.addresses)
