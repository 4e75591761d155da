"""Questions about people and their roles."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, false, or_, select

from dialogue.accounts import addresses, names
from dialogue.accounts.models import Agency, Grant, Role, User
from dialogue.kernel.db import Base, db
from dialogue.kernel.settings import setting


def user_by_id(user_id: int) -> User | None:
    """Return an account."""
    return db.session.get(User, user_id)


def has_role(user: Any, roles: Collection[Role], now: datetime) -> bool:
    """Tell whether a person holds one of `roles` (or is administrator) anywhere."""
    if not user.is_authenticated:
        return False
    wanted = {*roles, Role.ADMIN}
    return any(grant.role in wanted and grant.holds(now) for grant in user.grants)


def dialogue_ids_with_role(user: Any, roles: Collection[Role], now: datetime) -> set[int] | None:
    """Return the dialogues where a person holds one of `roles`; None means all of them."""
    if not user.is_authenticated:
        return set()
    wanted = {*roles, Role.ADMIN}
    grants = [grant for grant in user.grants if grant.role in wanted and grant.holds(now)]
    if any(grant.is_everywhere for grant in grants):
        return None
    found = {grant.dialogue_id for grant in grants if grant.dialogue_id is not None}
    agencies = [grant.agency_id for grant in grants if grant.agency_id is not None]
    if agencies:
        table = Base.metadata.tables["dialogue"]
        found.update(db.session.scalars(select(table.c.id).where(table.c.agency_id.in_(agencies))))
    return found


def staff_of(
    dialogue_id: int, agency_id: int, roles: Collection[Role], now: datetime
) -> Sequence[User]:
    """Return who holds one of `roles` for a dialogue, directly, by its agency or everywhere."""
    return (
        db.session.scalars(
            select(User)
            .join(Grant, Grant.user_id == User.id)
            .where(
                Grant.role.in_(roles),
                Grant.from_at <= now,
                or_(Grant.until_at.is_(None), Grant.until_at > now),
                or_(
                    and_(Grant.dialogue_id.is_(None), Grant.agency_id.is_(None)),
                    Grant.dialogue_id == dialogue_id,
                    Grant.agency_id == agency_id,
                ),
                User.disabled_at.is_(None),
                User.confirmed_at.is_not(None),
            )
            .order_by(User.name_folded, User.id)
        )
        .unique()
        .all()
    )


def people(q: str, *, after: int = 0, size: int = 50) -> Sequence[User]:
    """Return accounts in the order in which they came; `q` is part of a name or a whole address."""
    query = (
        select(User)
        .where(User.id > after, User.email_folded.not_like("former:%"))  # the erased
        .order_by(User.id)
        .limit(size)
    )
    if q:
        like = names.skeleton(q)
        named = User.name_folded.contains(like, autoescape=True) if like else false()
        query = query.where(or_(named, User.email_folded == addresses.fold(q)))
    return db.session.scalars(query).all()


def default_agency() -> Agency:
    """Return the first agency, made in the current transaction when there is none yet."""
    found = db.session.scalars(select(Agency).order_by(Agency.id)).first()
    if found is None:
        found = Agency(slug="default", name=setting("SITE_OFFICE"))
        db.session.add(found)
        db.session.flush()
    return found
