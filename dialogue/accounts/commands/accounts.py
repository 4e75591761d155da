"""Making accounts and checking passwords."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import select

from dialogue.accounts import hints, letters, limits, names, passwords, sessions
from dialogue.accounts.addresses import fold as fold_mail
from dialogue.accounts.commands import codes
from dialogue.accounts.models import Grant, Role, User
from dialogue.kernel import audit, mail
from dialogue.kernel.db import db
from dialogue.kernel.errors import Conflict, NotFound
from dialogue.kernel.settings import setting


def by_email(email: str) -> User | None:
    """Return the account of an address, confirmed or not."""
    return db.session.scalars(select(User).where(User.email_folded == fold_mail(email))).first()


def begin(*, email: str, display_name: str, network: str, now: datetime) -> User:
    """Return the account for an address, made now when there was none.

    An account that exists is returned as it is: the page that follows looks the same, so that
    nobody learns who has an account. Raises FieldErrors for a name that is taken, TooMany.
    """
    limits.count(
        "create",
        network,
        limit=setting("ACCOUNTS_PER_HOUR"),
        window=timedelta(hours=1),
        now=now,
        say=_("Many accounts were begun from your network. Please try again in an hour."),
    )
    user = by_email(email)
    # An account that exists gets no exception for its own name: that would tell whose name it is.
    unconfirmed = user.id if user is not None and user.confirmed_at is None else None
    if names.is_taken(display_name, except_user=unconfirmed):
        raise names.taken()
    if user is None:
        user = User(email=email, email_folded=fold_mail(email), created_at=now)
        db.session.add(user)
    is_new = user.id is None
    if user.confirmed_at is None:
        user.display_name = display_name
        user.name_folded = names.skeleton(display_name)
        user.policy_version = setting("POLICY_VERSION")
        user.policy_accepted_at = now
    db.session.flush()
    # Looked for also when the account was there: else it would be known by the time that takes.
    found = hints.look(user, network=network, now=now)
    for hint in found if is_new else []:
        hints.note(user.id, hint, now=now)
    return user


def set_password(*, user: User, password: str, now: datetime) -> None:
    """Set a password; every session of the person ends. Raises FieldErrors."""
    user.password_hash = passwords.hashed(password)
    sessions.end_all(user.id, now=now)


def change_password(*, user: User, password: str | None, now: datetime) -> None:
    """Do what `set_password` does for a person who asks for it, or take the password away (None):
    codes that were asked for before are dead too, and the person is told by mail."""
    if password is None:
        user.password_hash = None
        sessions.end_all(user.id, now=now)
    else:
        set_password(user=user, password=password, now=now)
    codes.kill_all(user.id, now=now)
    letter = letters.password_changed(removed=password is None)
    key = f"password:{user.id}:{now.timestamp()}"
    mail.queue(user.email, letter.subject, letter.text, key=key, now=now)


def count_sign_in(*, email: str, network: str, now: datetime) -> None:
    """Count a try to sign in by password; raises TooMany. Codes by mail still work then, so an
    attacker cannot lock the owner out."""
    say = _("Too many tries. Wait 15 minutes, or sign in with a code by mail.")
    window = timedelta(minutes=15)
    tries: int = setting("SIGN_IN_TRIES")
    limits.count("sign-in", fold_mail(email), limit=tries, window=window, now=now, say=say)
    limits.count("sign-in-from", network, limit=tries * 10, window=window, now=now, say=say)


def add_by_staff(
    *,
    email: str,
    role: str,
    dialogue_id: int | None,
    password: str | None,
    actor_id: int | None,
    now: datetime,
) -> User:
    """Make (or find) a confirmed account with an accepted policy and give it a role.

    `role` is a Role or "participant" (no grant). Raises FieldErrors for a weak password.
    """
    user = by_email(email)
    if user is None:
        name = names.suggest()[0]
        user = User(
            email=email,
            email_folded=fold_mail(email),
            display_name=name,
            name_folded=names.skeleton(name),
            created_at=now,
        )
        db.session.add(user)
    user.confirmed_at = user.confirmed_at or now
    user.policy_version = setting("POLICY_VERSION")
    user.policy_accepted_at = user.policy_accepted_at or now
    db.session.flush()
    if password is not None:
        set_password(user=user, password=password, now=now)
    audit.record(actor_id, audit.Act.ACCOUNT_CREATED_BY_STAFF, f"user:{user.id}", now=now)
    if role != "participant":
        give_role(user=user, role=Role(role), dialogue_id=dialogue_id, actor_id=actor_id, now=now)
    return user


def give_role(
    *, user: User, role: Role, dialogue_id: int | None, actor_id: int | None, now: datetime
) -> None:
    """Give a role, everywhere or in one dialogue; twice is once. Ends the person's sessions:
    rights change only with a new sign-in."""
    held = select(Grant.id).where(
        Grant.user_id == user.id,
        Grant.role == role,
        Grant.dialogue_id.is_(None) if dialogue_id is None else Grant.dialogue_id == dialogue_id,
        Grant.until_at.is_(None),
    )
    if db.session.scalar(held):
        return
    db.session.add(
        Grant(
            user_id=user.id,
            role=role,
            dialogue_id=dialogue_id,
            from_at=now,
            granted_by_id=actor_id,
        )
    )
    sessions.end_all(user.id, now=now)
    codes: dict[str, str | int] = {"role": str(role), "dialogue": dialogue_id or 0}
    audit.record(actor_id, audit.Act.GRANT_GIVEN, f"user:{user.id}", codes, now=now)


def end_role(*, grant_id: int, actor_id: int, now: datetime) -> None:
    """End a grant now; the person's sessions end with it. Raises NotFound, and Conflict for the
    last administrator, without whom nobody could give roles."""
    grant = db.session.get(Grant, grant_id)
    if grant is None or not grant.holds(now):
        raise NotFound("")
    if grant.role == Role.ADMIN and grant.is_everywhere and _administrators(now) <= 1:
        raise Conflict(_("This is the last administrator. Name another one first."))
    grant.until_at = now
    sessions.end_all(grant.user_id, now=now)
    codes: dict[str, str | int] = {"role": grant.role, "dialogue": grant.dialogue_id or 0}
    audit.record(actor_id, audit.Act.GRANT_ENDED, f"user:{grant.user_id}", codes, now=now)


def _administrators(now: datetime) -> int:
    held = select(Grant).where(Grant.role == Role.ADMIN)
    found = [grant for grant in db.session.scalars(held) if grant.is_everywhere]
    return len({grant.user_id for grant in found if grant.holds(now)})
