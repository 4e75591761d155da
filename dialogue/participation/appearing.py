"""Under which name a person appears in a dialogue, and the choice of it with the first words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import request, url_for
from flask_login import current_user

from dialogue.accounts import names
from dialogue.dialogues.models import Dialogue
from dialogue.participation import trust
from dialogue.participation.commands import joining
from dialogue.participation.models import Kind, Participant
from dialogue.participation.queries import ideas
from dialogue.participation.trust import Limited

ANOTHER = "name"  # the step that asks for another suggestion


@dataclass(frozen=True)
class Appearing:
    """How a person will stand there; `name` is empty for who is not signed in.

    Who has written here before has a name and changes it at `change_url`; others choose one with
    their first words.
    """

    name: str = ""
    may_choose: bool = False
    suggestions: tuple[str, ...] = ()
    change_url: str = ""


def appearing(dialogue: Dialogue) -> Appearing:
    """Return how this person will stand in a dialogue, as their form shows it."""
    if not current_user.is_authenticated:
        return Appearing()
    return appearing_as(dialogue, ideas.participant_of(dialogue.id, current_user.id))


def appearing_as(dialogue: Dialogue, me: Participant | None) -> Appearing:
    """Do what `appearing` does for a person whose participant is known; they are signed in."""
    if me is not None and not me.name_is_fresh:
        return Appearing(me.public_name, change_url=url_for("my_name.edit", slug=dialogue.slug))
    wants_another = request.form.get("step") == ANOTHER
    typed = "" if wants_another else request.form.get("display_name", "").strip()
    suggestions = names.suggest(4)
    if me is not None and not wants_another:
        name = me.public_name
    elif wants_another or joining.takes_part(current_user.id):
        name = suggestions[0]
    else:
        name = current_user.name
    return Appearing(typed or name, True, tuple(suggestions[1:]))


def quota(dialogue: Dialogue, kind: Kind, now: datetime) -> str:
    """Return what to say before somebody writes who cannot send it today; mostly nothing."""
    if kind is not Kind.IDEA or not current_user.is_authenticated:
        return ""
    me = ideas.participant_of(dialogue.id, current_user.id)
    found = trust.allowance(
        user=current_user.user,
        participant_id=me.id if me else None,
        limited=Limited.IDEA,
        now=now,
    )
    return trust.ideas_used_up(found) if found.is_used_up else ""


def chosen_name(dialogue: Dialogue) -> str:
    """Return the name typed with the words of this request; empty when there was no choice.

    Raises FieldErrors for a name that cannot be used or is taken.
    """
    typed = request.form.get("display_name", "")
    if not typed.strip() or not current_user.is_authenticated:
        return ""
    name = names.check(typed)
    me = ideas.participant_of(dialogue.id, current_user.id)
    if me is not None and not me.name_is_fresh:
        return ""
    joining.must_be_free(name, dialogue_id=dialogue.id, user_id=current_user.id)
    return name
