"""Accounts, agencies, grants of roles, sessions on the server, codes sent by mail."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from dialogue.kernel.db import Json, UtcDateTime, db


class Role(StrEnum):
    """What staff may be. Taking part needs no grant: everybody with an account may."""

    MODERATOR = "moderator"
    OFFICER = "officer"
    ANALYST = "analyst"
    EXPERT = "expert"
    ADMIN = "admin"


class Agency(db.Model):  # type: ignore[name-defined]
    """An office that opens dialogues."""

    __tablename__ = "agency"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]


class User(db.Model):  # type: ignore[name-defined]
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


class Grant(db.Model):  # type: ignore[name-defined]
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


class AccountSession(db.Model):  # type: ignore[name-defined]
    """A signed-in browser. The cookie holds the token; here stands only its digest."""

    __tablename__ = "account_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    user: Mapped[User] = relationship(lazy="joined", innerjoin=True)


class MailCode(db.Model):  # type: ignore[name-defined]
    """A six-digit code and a link sent to an address, to confirm it or to sign in."""

    __tablename__ = "mail_code"
    __table_args__ = (Index("ix_mail_code_email_folded_created_at", "email_folded", "created_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_digest: Mapped[str] = mapped_column(unique=True)  # what the browser that asked holds
    link_digest: Mapped[str] = mapped_column(unique=True)  # what the link in the mail holds
    code_digest: Mapped[str]
    email_folded: Mapped[str]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    next_url: Mapped[str] = mapped_column(default="")
    intent_digest: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    tries: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class TakenName(db.Model):  # type: ignore[name-defined]
    """A name that somebody appears under, or did not long ago, in one dialogue.

    Names count over all dialogues, so that nobody appears elsewhere under another person's name,
    nor under two of their own that readers could connect. Never shown.
    """

    __tablename__ = "taken_name"

    skeleton: Mapped[str] = mapped_column(primary_key=True)  # names.skeleton: look-alikes are one
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    dialogue_id: Mapped[int] = mapped_column(ForeignKey("dialogue.id"))
    released_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # given up for another


class Attempt(db.Model):  # type: ignore[name-defined]
    """A counted act for a limit that must hold over processes and restarts (keyed hash, no IP)."""

    __tablename__ = "attempt"
    __table_args__ = (Index("ix_attempt_kind_subject_at", "kind", "subject", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    subject: Mapped[str]
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Intent(db.Model):  # type: ignore[name-defined]
    """What a signed-out person began (a vote, an idea): kept until they have signed in."""

    __tablename__ = "intent"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    payload: Mapped[dict[str, Any]] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
