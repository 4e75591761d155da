"""Carrying out what a person began before they had signed in: a vote, an idea, a comment.

Each handler runs after the sign-in, in a transaction of its own. What cannot be carried out any
more (the dialogue has closed, the idea is gone) says so; the text stays in the kept act.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from dialogue.accounts.intents import Outcome
from dialogue.accounts.models import User
from dialogue.dialogues.models import Dialogue
from dialogue.dialogues.queries import dialogue_by_slug
from dialogue.kernel import forms, security
from dialogue.kernel.db import transaction
from dialogue.kernel.errors import DomainError, NotFound
from dialogue.participation import addresses, schemas
from dialogue.participation.commands import drafts, flagging, voting, writing
from dialogue.participation.drafts import Pen, Place, Words
from dialogue.participation.models import Choice, Kind

DRAFTS_URL = "/me/drafts"


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
        kept = _as_draft(payload | payload["typed"], Kind.IDEA, user, now)
        return Outcome(f"{DRAFTS_URL}/{kept}" if kept else url, words[choice])
    return Outcome(url if "#" in url else f"{url}#idea-{idea_id}", words[choice])


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
        return _not_sent(payload, Kind.IDEA, problem, user, now)
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
        return _not_sent(payload, Kind.COMMENT, problem, user, now)
    return Outcome(url, _("Your comment is sent. A moderator reads it next; we will email you."))


def save(payload: dict[str, Any], user: User, now: datetime) -> Outcome:
    """Keep a draft that was saved before signing in."""
    kept = _as_draft(payload, Kind(payload["kind"]), user, now)
    if kept is None:
        return Outcome(DRAFTS_URL, _("Your words could not be kept as a draft."), done=False)
    return Outcome(DRAFTS_URL, _("Saved as a draft."))


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
    "save": save,
    "flag": flag,
}


def _not_sent(
    payload: dict[str, Any], kind: Kind, problem: DomainError, user: User, now: datetime
) -> Outcome:
    """Keep as a draft what could not be sent, and say why it could not."""
    if _as_draft(payload, kind, user, now) is None:
        return Outcome(addresses.dialogue_url(payload["slug"]), problem.message, done=False)
    words = _("%(problem)s Your words are kept as a draft.", problem=problem.message)
    return Outcome(DRAFTS_URL, words)


def _as_draft(payload: dict[str, Any], kind: Kind, user: User, now: datetime) -> int | None:
    """Keep the words of an act as a draft of the person; return its id, None when it cannot be."""
    try:
        dialogue = _dialogue(payload["slug"])
        is_comment = kind is Kind.COMMENT
        place = Place(
            dialogue.id,
            kind,
            idea_id=payload["idea_id"] if is_comment else None,
            reply_to_id=payload["reply_to"] if is_comment else None,
        )
        words = Words(
            "" if is_comment else payload["title"],
            payload["body"],
            "" if is_comment else payload["topic"],
        )
        pen = Pen(forms.new_form_key(), "before sign-in", 1)
        with transaction():
            saved = drafts.save(user_id=user.id, place=place, words=words, pen=pen, now=now)
    except DomainError:
        return None
    return saved.id if saved else None


def _dialogue(slug: str) -> Dialogue:
    dialogue = dialogue_by_slug(slug)
    if dialogue is None:
        raise NotFound(_("This dialogue is not here any more."))
    return dialogue
