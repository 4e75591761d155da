"""Carrying out what a person began before they had signed in: a vote, an idea, a comment.

Each handler runs after the sign-in, in a transaction of its own. What cannot be carried out any
more (the dialogue has closed, the idea is gone) says so; the text stays in the kept act.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from dialogue.accounts import intents
from dialogue.accounts.intents import Outcome
from dialogue.accounts.models import User
from dialogue.dialogues.models import Dialogue
from dialogue.dialogues.queries import dialogue_by_slug
from dialogue.kernel import forms, security
from dialogue.kernel.db import transaction
from dialogue.kernel.errors import DomainError, NotFound
from dialogue.participation import addresses, schemas
from dialogue.participation.commands import flagging, voting, writing
from dialogue.participation.models import Choice

DRAFT = "draft"  # words of an idea's form, to be shown there again; nothing to carry out


def vote(payload: dict[str, Any], user: User, now: datetime) -> Outcome:
    """Count a vote that was given before signing in; lead back to the form that it was given on."""
    slug, idea_id = payload["slug"], payload["idea_id"]
    url = security.local_path(payload.get("next")) or addresses.idea_url(slug, idea_id)
    words = {
        Choice.AGREE: _("Your Agree is counted."),
        Choice.DISAGREE: _("Your Disagree is counted."),
        Choice.PASS: _("Your Pass is counted."),
    }
    try:
        dialogue = _dialogue(slug)
        choice = Choice(payload["choice"])
        with transaction():
            voting.cast_vote(dialogue=dialogue, idea_id=idea_id, user=user, choice=choice, now=now)
    except DomainError as problem:
        return Outcome(url, problem.message or _("Your vote could not be counted."), done=False)
    if payload.get("typed"):
        return Outcome(_form_with(slug, payload["typed"], user, now), words[choice])
    return Outcome(f"{url.split('#')[0]}#idea-{idea_id}", words[choice])


def idea(payload: dict[str, Any], user: User, now: datetime) -> Outcome:
    """Post an idea that was written before signing in."""
    slug = payload["slug"]
    try:
        dialogue = _dialogue(slug)
        checked = schemas.idea_input(
            dialogue, title=payload["title"], body=payload["body"], topic=payload["topic"]
        )
        with transaction():
            posted = writing.post_idea(
                dialogue=dialogue,
                user=user,
                idea=checked,
                now=now,
                opened_at=forms.opened_at(payload.get("opened", "")),
            )
            url = addresses.idea_url(slug, posted.id)
    except DomainError as problem:
        return Outcome(addresses.dialogue_url(slug), problem.message, done=False)
    return Outcome(url, _("Your idea is sent. A moderator reads it next; we will email you."))


def comment(payload: dict[str, Any], user: User, now: datetime) -> Outcome:
    """Post a comment that was written before signing in."""
    slug, idea_id = payload["slug"], payload["idea_id"]
    url = addresses.idea_url(slug, idea_id)
    try:
        dialogue = _dialogue(slug)
        checked = schemas.comment_input(dialogue, body=payload["body"])
        with transaction():
            writing.post_comment(
                dialogue=dialogue,
                user=user,
                idea_id=idea_id,
                reply_to_id=payload["reply_to"],
                comment=checked,
                now=now,
                opened_at=forms.opened_at(payload.get("opened", "")),
            )
    except DomainError as problem:
        return Outcome(url, problem.message, done=False)
    return Outcome(url, _("Your comment is sent. A moderator reads it next; we will email you."))


def flag(payload: dict[str, Any], user: User, now: datetime) -> Outcome:
    """Pass a report on that was written before signing in."""
    slug, item_id = payload["slug"], payload["contribution_id"]
    url = addresses.flag_url(slug, payload["kind"], item_id)
    try:
        dialogue = _dialogue(slug)
        given = schemas.flag_input(reason=payload["reason"], note=payload["body"])
        with transaction():
            flagging.flag(
                dialogue=dialogue, contribution_id=item_id, user=user, given=given, now=now
            )
    except DomainError as problem:
        message = problem.message or _("Nobody can read it any more, so nothing was sent.")
        return Outcome(addresses.dialogue_url(slug), message, done=False)
    return Outcome(
        url, _("Thank you. A moderator will look. We do not tell the author who reported.")
    )


HANDLERS: dict[str, Callable[[dict[str, Any], User, datetime], Outcome]] = {
    "vote": vote,
    "idea": idea,
    "comment": comment,
    "flag": flag,
}


def _form_with(slug: str, typed: dict[str, str], user: User, now: datetime) -> str:
    """Return the address of an idea's form with the words that stood there when somebody agreed
    with another idea while writing. They are kept like an act, for this browser alone."""
    with transaction():
        token = intents.keep(DRAFT, typed, network=f"user:{user.id}", now=now)
    return f"{addresses.dialogue_url(slug)}/ideas/new?kept={token}"


def _dialogue(slug: str) -> Dialogue:
    dialogue = dialogue_by_slug(slug)
    if dialogue is None:
        raise NotFound(_("This dialogue is not here any more."))
    return dialogue
