"""Who may open which route. Every view declares it; a route without a declaration is closed.

`@public`, `@participant` and `@staff(roles…)` only mark the view. `check_access` (run before each
request) reads the mark: deny by default, and 404 instead of 403 where the existence of a page
is nobody's business.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import Flask, current_app, redirect, request, url_for
from flask_login import current_user
from sqlalchemy import select
from werkzeug import Response
from werkzeug.exceptions import NotFound

from dialogue.accounts import intents, limits
from dialogue.accounts.models import Role
from dialogue.kernel import clock, forms, security
from dialogue.kernel.db import Base, db, transaction

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Access:
    """The declaration on a view. `roles` empty and `signed_in` False: open to everybody.

    `everywhere`: a role in one agency or dialogue does not open it.
    """

    signed_in: bool = False
    roles: frozenset[Role] = frozenset()
    everywhere: bool = False


def public(view: View) -> View:
    """Open to everybody."""
    view.access = Access()  # type: ignore[attr-defined]  # the mark that check_access reads
    return view


def participant(view: View) -> View:
    """Open to everybody who has signed in."""
    view.access = Access(signed_in=True)  # type: ignore[attr-defined]  # likewise
    return view


def staff(*roles: Role, everywhere: bool = False) -> Callable[[View], View]:
    """Open to holders of one of `roles` (administrators always), for the dialogue in the address.

    Without a dialogue in the address any such grant opens the page; its query then shows only
    what the grants cover. `everywhere` asks for a grant for the whole site: for pages about what
    belongs to no dialogue, such as accounts.
    """

    def mark(view: View) -> View:
        roles_or_admin = frozenset({*roles, Role.ADMIN})
        access = Access(signed_in=True, roles=roles_or_admin, everywhere=everywhere)
        view.access = access  # type: ignore[attr-defined]  # likewise
        return view

    return mark


def declared(app: Flask, endpoint: str) -> Access | None:
    """Return the declaration of a route; None when it has none (then it is closed)."""
    if endpoint == "static":
        return Access()
    return getattr(app.view_functions.get(endpoint), "access", None)


def may_enter(user: Any, access: Access, slug: str | None, now: datetime) -> bool:
    """Tell whether a person may open a route with this declaration."""
    if not access.signed_in:
        return True
    if not user.is_authenticated:
        return False
    if not access.roles:
        return True
    grants = [grant for grant in user.grants if grant.role in access.roles and grant.holds(now)]
    if access.everywhere:
        grants = [grant for grant in grants if grant.is_everywhere]
    if slug is None or not grants:
        return bool(grants)
    # The table is named, not imported: dialogues stand above accounts.
    table = Base.metadata.tables["dialogue"]
    row = db.session.execute(
        select(table.c.id, table.c.agency_id).where(table.c.slug == slug)
    ).first()
    return row is not None and any(
        grant.is_everywhere or grant.dialogue_id == row.id or grant.agency_id == row.agency_id
        for grant in grants
    )


def check_access() -> Response | None:
    """Let the request pass, send to the sign-in page, or answer 404."""
    if request.endpoint is None:
        return None  # no such page: Flask answers
    access = declared(current_app, request.endpoint)
    if access is None:
        raise NotFound
    slug = (request.view_args or {}).get("slug")
    if may_enter(current_user, access, slug, clock.now()):
        return None
    if not current_user.is_authenticated:
        return _to_sign_in()
    raise NotFound


def _to_sign_in() -> Response:
    """Lead to the sign-in page, and from there back to a page that can be shown; what was typed
    while the session ended is kept."""
    if request.method in security.SAFE_METHODS:
        back = request.full_path.rstrip("?")
        return redirect(url_for("accounts.sign_in", next=back), 303)
    back = security.came_from()
    routes = current_app.create_url_adapter(request)
    if not back and routes is not None and routes.test(request.path, "GET"):
        back = request.path
    query = {"next": back, "intent": _keep_words(back)}
    named = urlencode({name: value for name, value in query.items() if value})
    address = url_for("accounts.sign_in")
    return redirect(f"{address}?{named}" if named else address, 303)


def _keep_words(back: str) -> str:
    typed = list(forms.words(request.form).values())
    if not typed:
        return ""
    now = clock.now()
    with transaction():
        return intents.keep(
            intents.WORDS,
            {"texts": typed, "next": back},
            network=limits.network(request.remote_addr),
            now=now,
        )
