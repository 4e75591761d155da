"""The administrator's pages: who has an account, and who may do what where."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from dialogue.accounts import addresses, queries
from dialogue.accounts.access import staff
from dialogue.accounts.commands import accounts
from dialogue.accounts.models import Grant, Role, User
from dialogue.dialogues.queries import dialogues_of
from dialogue.kernel import audit, clock
from dialogue.kernel.db import transaction
from dialogue.kernel.errors import NotFound
from dialogue.kernel.routing import number

blueprint = Blueprint("people", __name__, url_prefix="/admin")

PAGE = 50


@blueprint.get("/", strict_slashes=False)
@staff(Role.ADMIN, everywhere=True)
def index() -> Any:
    """Lead to the one page that there is."""
    return redirect(url_for("people.show"), 303)


@blueprint.get("/people")
@staff(Role.ADMIN, everywhere=True)
def show() -> Any:
    """List accounts with their roles; addresses stand on a person's own page only.

    Finding somebody by a whole address tells whose it is: that is recorded as a look at it.
    """
    q = request.args.get("q", "").strip()[:200]
    after = request.args.get("after", "")
    rows = queries.people(q, after=number(after) or 0, size=PAGE + 1)
    now = clock.now()
    told = [user.id for user in rows if q and user.email_folded == addresses.fold(q)]
    if told:
        with transaction():
            for user_id in told:
                act = audit.Act.PEOPLE_LOOKED_UP
                audit.record(current_user.id, act, f"user:{user_id}", {"by": "address"}, now=now)
        rows = queries.people(q, after=number(after) or 0, size=PAGE + 1)
    return render_template(
        "console/people.html",
        q=q,
        people=[
            {
                "id": user.id,
                "name": user.display_name,
                "url": url_for("people.person", user_id=user.id),
                "roles": [str(grant.role) for grant in user.grants if grant.holds(now)],
                "confirmed": user.confirmed_at is not None,
            }
            for user in rows[:PAGE]
        ],
        more_url=url_for("people.show", q=q, after=rows[PAGE - 1].id) if len(rows) > PAGE else None,
        role_names=role_names(),
    )


@blueprint.get("/people/<int:user_id>")
@staff(Role.ADMIN, everywhere=True)
def person(user_id: int) -> Any:
    """Show one account and its roles. Seeing an address is an act of staff: it is recorded."""
    now = clock.now()
    with transaction():
        _user(user_id)  # raises NotFound before anything is recorded
        audit.record(current_user.id, audit.Act.PEOPLE_LOOKED_UP, f"user:{user_id}", now=now)
    return _page(_user(user_id), {}, now)


@blueprint.post("/people/<int:user_id>/roles")
@staff(Role.ADMIN, everywhere=True)
def give_role(user_id: int) -> Any:
    """Give a person a role, everywhere or in one dialogue."""
    now, user = clock.now(), _user(user_id)
    role, where = request.form.get("role", ""), request.form.get("dialogue", "")
    known = {str(dialogue.id) for dialogue in dialogues_of(current_user, (Role.ADMIN,), now)}
    errors: dict[str, str] = {}
    if role not in set(Role):
        errors["role"] = _("Choose a role")
    if where and where not in known:
        errors["dialogue"] = _("Choose a dialogue")
    if errors:
        return _page(user, errors, now), 422
    with transaction():
        accounts.give_role(
            user=_user(user_id),
            role=Role(role),
            dialogue_id=int(where) if where else None,
            actor_id=current_user.id,
            now=now,
        )
    flash(_("The role is given. The person signs in again to use it."), "success")
    return redirect(url_for("people.person", user_id=user_id), 303)


@blueprint.post("/grants/<int:grant_id>/end")
@staff(Role.ADMIN, everywhere=True)
def end_role(grant_id: int) -> Any:
    """Take a role back."""
    with transaction():
        accounts.end_role(grant_id=grant_id, actor_id=current_user.id, now=clock.now())
    flash(_("The role has ended."), "success")
    return redirect(url_for("people.show"), 303)


def role_names() -> dict[str, str]:
    """Return what each role is called and lets a person do."""
    return {
        Role.MODERATOR: _("Moderator: reads what waits and decides"),
        Role.OFFICER: _("Agency officer: runs dialogues and makes reports"),
        Role.ANALYST: _("Analyst: reads dialogues and reports"),
        Role.EXPERT: _("Expert: answers questions"),
        Role.ADMIN: _("Administrator: gives roles"),
    }


def _user(user_id: int) -> User:
    user = queries.user_by_id(user_id)
    if user is None:
        raise NotFound("")
    return user


def _page(user: User, errors: dict[str, str], now: datetime) -> str:
    dialogues = dialogues_of(current_user, (Role.ADMIN,), now)
    names = {row.id: row.text(row.language).short_name for row in dialogues}
    return render_template(
        "console/person.html",
        person={
            "id": user.id,
            "name": user.display_name,
            "email": user.email,
            "created_at": user.created_at,
            "confirmed_at": user.confirmed_at,
        },
        grants=[_grant(grant, names) for grant in user.grants if grant.holds(now)],
        roles=list(role_names().items()),
        dialogues=list(names.items()),
        action_url=url_for("people.give_role", user_id=user.id),
        errors=errors,
    )


def _grant(grant: Grant, names: dict[int, str]) -> dict[str, Any]:
    return {
        "name": role_names()[grant.role],
        "where": names.get(grant.dialogue_id, _("one dialogue"))
        if grant.dialogue_id
        else _("everywhere"),
        "since": grant.from_at,
        "end_url": url_for("people.end_role", grant_id=grant.id),
    }
