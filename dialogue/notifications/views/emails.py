"""Which mails a person gets: their page, and the link in every mail that stops mails.

The link works without signing in. Its GET shows a page and changes nothing, because mail scanners
follow links; a mail program's one-click POST (RFC 8058) and the page's buttons act.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from dialogue.accounts.access import participant, public
from dialogue.dialogues.schemas import ZONES
from dialogue.kernel import clock
from dialogue.kernel.db import transaction
from dialogue.kernel.errors import FieldErrors, NotFound
from dialogue.kernel.routing import number
from dialogue.notifications.commands import choosing, following, openings
from dialogue.notifications.letters import STOPS
from dialogue.notifications.models import Kind, Rhythm, When
from dialogue.notifications.queries import openings as waiting
from dialogue.notifications.queries.choices import Choices, choices_of, field_of
from dialogue.notifications.queries.following import Followed, followed_by
from dialogue.participation import addresses

blueprint = Blueprint("emails", __name__)

# What may be chosen for each kind; the first is the default.
OFFERED: dict[Kind, tuple[When, ...]] = {
    Kind.REPLY: (When.AT_ONCE, When.SUMMARY, When.NEVER),
    Kind.DECISION: (When.AT_ONCE, When.SUMMARY, When.NEVER),
    Kind.NEWS: (When.SUMMARY, When.NEVER),
    Kind.DATES: (When.SUMMARY, When.NEVER),
}
_KINDS = {letter: kind for kind, letter in STOPS.items()}
ALL = "all"


@blueprint.get("/me/emails")
@participant
def show() -> Any:
    """Show which mails a person gets, and what they follow."""
    return _page(choices_of(current_user.id), {})


@blueprint.post("/me/emails")
@participant
def save() -> Any:
    """Keep what was chosen; or end following one thing, or everything."""
    step, now = request.form.get("step", ""), clock.now()
    if step == "stop":
        with transaction():
            following.stop_one(
                user_id=current_user.id,
                subscription_id=number(request.form.get("subscription", "")) or 0,
                now=now,
            )
        flash(_("You no longer follow it."), "success")
        return redirect(url_for("emails.show") + "#follows", 303)
    if step == "none":
        with transaction():
            choosing.stop_kind(user_id=current_user.id, kind=None, now=now)
        flash(_("You get no more mails from us, except the codes you sign in with."), "success")
        return redirect(url_for("emails.show"), 303)
    try:
        wanted = _typed()
    except FieldErrors as problem:
        return _page(choices_of(current_user.id), problem.errors), 422
    with transaction():
        choosing.set_choices(user_id=current_user.id, wanted=wanted, now=now)
    flash(_("Saved."), "success")
    return redirect(url_for("emails.show"), 303)


@dataclass(frozen=True)
class _Link:
    """What stands behind the token of a link: a person's mails, or one address's request."""

    user_id: int | None = None
    kind: Kind | None = None
    opening_id: int | None = None
    is_confirmed: bool = False


@blueprint.get("/e/<token>")
@public
def stop(token: str) -> Any:
    """Ask which mails shall stop. Who follows this link changes nothing."""
    link = _link(token)
    if link.opening_id is not None:
        return render_template(
            "notifications/opening_link.html",
            is_confirmed=link.is_confirmed,
            action_url=request.path,
        )
    chosen = choices_of(link.user_id or 0)
    stopped = [kind for kind in Kind if chosen.when(kind) is When.NEVER]
    return render_template(
        "notifications/stop.html",
        kind=link.kind,
        is_stopped=link.kind in stopped,
        all_stopped=len(stopped) == len(Kind),
        action_url=request.path,
    )


@blueprint.post("/e/<token>")
@public
def stop_post(token: str) -> Any:
    """Stop mails of the kind in the link, or all; confirm or withdraw a request for a mail."""
    link, now = _link(token), clock.now()
    one_click = request.form.get("List-Unsubscribe") == "One-Click"
    step = request.form.get("step", "")
    with transaction():
        if link.opening_id is None:
            kind = None if step == ALL else link.kind
            choosing.stop_kind(user_id=link.user_id or 0, kind=kind, now=now)
        elif step == "confirm" and not one_click:
            openings.confirm(request_id=link.opening_id, now=now)
        else:
            openings.withdraw(request_id=link.opening_id)
    if one_click:  # a mail program asks, which follows no redirects
        return "", 200, {"Content-Type": "text/plain; charset=utf-8"}
    if link.opening_id is not None and step != "confirm":
        return render_template("notifications/opening_gone.html")
    return redirect(request.path, 303)


def _link(token: str) -> _Link:
    """Return what a link is for; raises NotFound for what no mail of ours held."""
    opening = waiting.by_token(token)
    if opening is not None:
        return _Link(opening_id=opening.id, is_confirmed=opening.confirmed_at is not None)
    handle, letter = token[: choosing.TOKEN], token[choosing.TOKEN :]
    if letter and (letter[:1] != "-" or letter[1:] not in _KINDS):
        raise NotFound("")
    user_id = choosing.user_of(handle)
    if user_id is None:
        raise NotFound("")
    return _Link(user_id=user_id, kind=_KINDS.get(letter[1:]))


def _typed() -> Choices:
    errors: dict[str, str] = {}
    values: dict[str, Any] = {}
    for kind, offered in OFFERED.items():
        name = field_of(kind)
        typed = request.form.get(name, "")
        if typed not in offered:
            errors[name] = _("Choose when these mails come")
        else:
            values[name] = When(typed)
    rhythm, zone = request.form.get("rhythm", ""), request.form.get("time_zone", "")
    if rhythm not in set(Rhythm):
        errors["rhythm"] = _("Choose every day or every week")
    if zone and zone not in ZONES:
        errors["time_zone"] = _("Choose a time zone")
    if errors:
        raise FieldErrors(errors)
    return Choices(
        **values,
        rhythm=Rhythm(rhythm),
        time_zone=zone,
        follow_commented=bool(request.form.get("follow_commented")),
    )


def _page(chosen: Choices, errors: dict[str, str]) -> str:
    form = {field_of(kind): chosen.when(kind) for kind in Kind} | {
        "rhythm": chosen.rhythm,
        "time_zone": chosen.time_zone,
        "follow_commented": chosen.follow_commented,
    }
    if errors:  # what was chosen stays chosen
        form |= {name: request.form.get(name, "") for name in form}
    return render_template(
        "notifications/emails.html",
        form=form,
        errors=errors,
        offered={field_of(kind): offered for kind, offered in OFFERED.items()},
        zones=ZONES,
        email=current_user.email,
        follows=[_followed(row) for row in followed_by(current_user.id)],
    )


def _followed(row: Followed) -> dict[str, Any]:
    home = addresses.dialogue_url(row.dialogue_slug)
    if row.idea_id is not None:
        title = row.title or _("Idea %(id)s, not public now", id=row.idea_id)
        url = addresses.idea_url(row.dialogue_slug, row.idea_id, row.idea_slug or "")
        return {"id": row.id, "kind": "idea", "title": title, "url": url if row.title else None}
    if row.topic is not None:
        url = f"{home}?topic={row.topic.slug}"
        return {"id": row.id, "kind": "topic", "title": row.topic.name(), "url": url}
    return {"id": row.id, "kind": "dialogue", "title": row.name, "url": home}
