"""Accounts, agencies, grants of roles, sessions on the server, codes sent by mail."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from dialogue.kernel.db import Json, Model, UtcDateTime


class Role(StrEnum):
    """What staff may be. Taking part needs no grant: everybody with an account may."""

    MODERATOR = "moderator"
    OFFICER = "officer"
    ANALYST = "analyst"
    EXPERT = "expert"
    ADMIN = "admin"


class Agency(Model):
    """An office that opens dialogues."""

    __tablename__ = "agency"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]


class User(Model):
    """An account. Never shown to the public: people appear as participants of a dialogue."""

    __tablename__ = "user_account"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str]
    email_folded: Mapped[str] = mapped_column(unique=True)
    display_name: Mapped[str]
    name_folded: Mapped[str] = mapped_column(index=True)
    password_hash: Mapped[str | None]
    language: Mapped[str] = mapped_column(default="en")
    policy_version: Mapped[str] = mapped_column(default="")
    policy_accepted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    grants: Mapped[list[Grant]] = relationship(
        back_populates="user", foreign_keys="Grant.user_id", lazy="selectin"
    )


class Grant(Model):
    """A role for a person: everywhere, in one agency, or in one dialogue; from and until."""

    __tablename__ = "role_grant"
    __table_args__ = (
        CheckConstraint("agency_id IS NULL OR dialogue_id IS NULL", name="one_scope"),
        CheckConstraint(
            "role IN ('moderator', 'officer', 'analyst', 'expert', 'admin')", name="role"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    role: Mapped[str]
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agency.id"))
    dialogue_id: Mapped[int | None] = mapped_column(ForeignKey("dialogue.id"), index=True)
    from_at: Mapped[datetime] = mapped_column(UtcDateTime)
    until_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    granted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))

    user: Mapped[User] = relationship(back_populates="grants", foreign_keys=[user_id])

    @property
    def is_everywhere(self) -> bool:
        """Tell whether the grant is for the whole site, not for one agency or dialogue."""
        return self.agency_id is None and self.dialogue_id is None

    def holds(self, now: datetime) -> bool:
        """Tell whether the grant is in force at `now`."""
        return self.from_at <= now and (self.until_at is None or now < self.until_at)


class AccountSession(Model):
    """A signed-in browser. The cookie holds the token; here stands only its digest."""

    __tablename__ = "account_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Coarse on purpose ("Firefox on Windows"): for the person to know it again, for nobody else.
    device: Mapped[str] = mapped_column(default="", server_default="")
    # When the person last showed who they are, here: dangerous acts ask again after a while.
    proved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    user: Mapped[User] = relationship(lazy="joined", innerjoin=True)


class Purpose(StrEnum):
    """What a mailed code is for; it is good for nothing else."""

    ENTER = "enter"  # confirm the address, sign in
    PROVE = "prove"  # show again who one is, before a dangerous act
    LEAVE = "leave"  # delete the account


class MailCode(Model):
    """A six-digit code and a link sent to an address, to confirm it or to sign in."""

    __tablename__ = "mail_code"
    __table_args__ = (Index("ix_mail_code_email_folded_created_at", "email_folded", "created_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_digest: Mapped[str] = mapped_column(unique=True)  # what the browser that asked holds
    link_digest: Mapped[str] = mapped_column(unique=True)  # what the link in the mail holds
    code_digest: Mapped[str]
    email_folded: Mapped[str]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    purpose: Mapped[str] = mapped_column(default=Purpose.ENTER, server_default=Purpose.ENTER)
    next_url: Mapped[str] = mapped_column(default="")
    intent_digest: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    tries: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AddressChange(Model):
    """Somebody wants another mail address: confirmed from the new one, undone from the old one."""

    __tablename__ = "address_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    old_email: Mapped[str]
    new_email: Mapped[str]
    code_digest: Mapped[str]  # of the six digits, with the row's own link token
    link_digest: Mapped[str] = mapped_column(unique=True)
    undo_digest: Mapped[str | None] = mapped_column(unique=True)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    tries: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undo_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class JobState(StrEnum):
    """How far a work for a person is."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


class DataCopy(Model):
    """A copy of everything held about a person, asked for by them; made by the worker."""

    __tablename__ = "data_copy"
    __table_args__ = (CheckConstraint("state IN ('waiting', 'done', 'failed')", name="state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    state: Mapped[str] = mapped_column(default=JobState.WAITING)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    made_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    path: Mapped[str] = mapped_column(default="")  # in the instance folder; the name tells nothing
    size: Mapped[int] = mapped_column(default=0)  # bytes


class Departure(Model):
    """Somebody deletes their account. When all is gone the row is the certificate of it: a
    reference, dates and how much went, and nothing that tells who it was."""

    __tablename__ = "departure"
    __table_args__ = (CheckConstraint("state IN ('waiting', 'done', 'failed')", name="state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), unique=True)
    words_go: Mapped[bool]
    state: Mapped[str] = mapped_column(default=JobState.WAITING)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class TakenName(Model):
    """A name that somebody appears under, or did not long ago, in one dialogue.

    Names count over all dialogues, so that nobody appears elsewhere under another person's name,
    nor under two of their own that readers could connect. Never shown.
    """

    __tablename__ = "taken_name"

    skeleton: Mapped[str] = mapped_column(primary_key=True)  # names.skeleton: look-alikes are one
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    dialogue_id: Mapped[int] = mapped_column(ForeignKey("dialogue.id"))
    released_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # given up for another


class Hint(StrEnum):
    """What points to a robot, or to one person with many accounts. A hint, never a verdict."""

    TRAP = "trap"  # filled in a field that no person sees
    NETWORK = "network"  # begun with many others from one network
    DISPOSABLE = "disposable"  # a mailbox that anybody gets for ten minutes
    MAILBOX = "mailbox"  # another account has the same mailbox, but for what stands after a plus


class AccountHint(Model):
    """One hint about one account, for the moderators who read what it sends."""

    __tablename__ = "account_hint"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    hint: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class Attempt(Model):
    """A counted act for a limit that must hold over processes and restarts (keyed hash, no IP)."""

    __tablename__ = "attempt"
    __table_args__ = (Index("ix_attempt_kind_subject_at", "kind", "subject", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    subject: Mapped[str]
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Intent(Model):
    """What a signed-out person began (a vote, an idea): kept until they have signed in."""

    __tablename__ = "intent"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    payload: Mapped[dict[str, Any]] = mapped_column(Json)
    user_id: Mapped[int | None] = mapped_column(  # who carried it through a sign-in
        ForeignKey("user_account.id"), index=True
    )
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
