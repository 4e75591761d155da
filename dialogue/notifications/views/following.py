"""Following an idea, a topic or a dialogue: one form, with and without an account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, flash, g, redirect, render_template, request
from flask_babel import gettext as _
from flask_login import current_user

from dialogue.accounts import intents, limits
from dialogue.accounts.access import public
from dialogue.dialogues.models import Dialogue
from dialogue.dialogues.queries import dialogue_for
from dialogue.kernel import clock, security
from dialogue.kernel.db import transaction
from dialogue.kernel.errors import NotFound
from dialogue.notifications import resuming
from dialogue.notifications.commands import following
from dialogue.notifications.commands.following import Target
from dialogue.notifications.queries.following import followed_in, follows_idea
from dialogue.participation import addresses
from dialogue.participation.queries import ideas

blueprint = Blueprint("following", __name__, url_prefix="/d/<slug>")

STOP = "stop"  # the step that ends it; every other one begins it


@dataclass(frozen=True)
class _Thing:
    """What can be followed, as its page calls it."""

    target: Target
    kind: str
    title: str
    url: str


@blueprint.get("/follow")
@public
def dialogue(slug: str) -> Any:
    """Ask whether to follow a dialogue: a GET changes nothing."""
    found = _dialogue(slug)
    return _page(found, _whole(found))


@blueprint.post("/follow")
@public
def dialogue_post(slug: str) -> Any:
    """Follow a dialogue, or no longer."""
    found = _dialogue(slug)
    return _act(_whole(found))


@blueprint.get("/topics/<key>/follow")
@public
def topic(slug: str, key: str) -> Any:
    """Ask whether to follow a topic."""
    found = _dialogue(slug)
    return _page(found, _topic(found, key))


@blueprint.post("/topics/<key>/follow")
@public
def topic_post(slug: str, key: str) -> Any:
    """Follow a topic, or no longer."""
    found = _dialogue(slug)
    return _act(_topic(found, key))


@blueprint.get("/ideas/<int:idea_id>/follow")
@public
def idea(slug: str, idea_id: int) -> Any:
    """Ask whether to follow an idea."""
    found = _dialogue(slug)
    return _page(found, _idea(found, idea_id))


@blueprint.post("/ideas/<int:idea_id>/follow")
@public
def idea_post(slug: str, idea_id: int) -> Any:
    """Follow an idea, or no longer."""
    found = _dialogue(slug)
    return _act(_idea(found, idea_id))


def _dialogue(slug: str) -> Dialogue:
    found = dialogue_for(slug, current_user, clock.now())
    g.zone = found.time_zone
    return found


def _whole(found: Dialogue) -> _Thing:
    url = addresses.dialogue_url(found.slug)
    return _Thing(Target(found.id), "dialogue", _name(found), url)


def _topic(found: Dialogue, key: str) -> _Thing:
    chosen = next((topic for topic in found.topics if topic.slug == key), None)
    if chosen is None:
        raise NotFound("")
    url = f"{addresses.dialogue_url(found.slug)}?{urlencode({'topic': key})}"
    return _Thing(Target(found.id, topic_id=chosen.id), "topic", chosen.name(), url)


def _idea(found: Dialogue, idea_id: int) -> _Thing:
    listed = ideas.public_idea(found.id, idea_id)
    url = addresses.idea_url(found.slug, listed.id, listed.slug)
    return _Thing(Target(found.id, listed.id), "idea", listed.title, url)


def _name(found: Dialogue) -> str:
    return found.text(found.language).short_name


def _follows(target: Target) -> bool:
    if not current_user.is_authenticated:
        return False
    if target.idea_id is not None:
        return follows_idea(current_user.id, target.idea_id)
    whole, topics = followed_in(current_user.id, target.dialogue_id)
    return whole if target.topic_id is None else target.topic_id in topics


def _page(found: Dialogue, thing: _Thing) -> str:
    return render_template(
        "notifications/follow.html",
        dialogue={"url": addresses.dialogue_url(found.slug), "name": _name(found)},
        thing=thing,
        follows=_follows(thing.target),
        action_url=request.path,
    )


def _act(thing: _Thing) -> Any:
    now = clock.now()
    back = security.local_path(request.form.get("next")) or thing.url
    is_stop = request.form.get("step") == STOP
    if not current_user.is_authenticated:
        return redirect(back, 303) if is_stop else _keep_and_ask_to_sign_in(thing, back, now)
    with transaction():
        if is_stop:
            following.stop(user_id=current_user.id, target=thing.target, now=now)
        else:
            following.follow(user_id=current_user.id, target=thing.target, now=now)
    if request.headers.get("X-Fragment") == "follow":
        return render_template(
            "notifications/follow_fragment.html",
            thing=thing,
            follows=not is_stop,
            action_url=request.path,
            back=back,
        )
    said = (
        _("You no longer follow “%(title)s”.", title=thing.title)
        if is_stop
        else _("You follow “%(title)s” now.", title=thing.title)
    )
    flash(said, "success")
    return redirect(back, 303)


def _keep_and_ask_to_sign_in(thing: _Thing, back: str, now: datetime) -> Any:
    target = thing.target
    with transaction():
        token = intents.keep(
            resuming.FOLLOW,
            {
                "dialogue_id": target.dialogue_id,
                "idea_id": target.idea_id,
                "topic_id": target.topic_id,
                "title": thing.title,
                "next": back,
            },
            network=limits.network(request.remote_addr),
            now=now,
        )
    return redirect("/account/create?" + urlencode({"intent": token}), 303)
