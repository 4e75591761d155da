"""What became of an idea, as its page tells it: merged, split, off topic, hidden, closed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from flask import request
from flask_babel import gettext as _
from flask_login import current_user
from markupsafe import Markup

from dialogue.accounts.models import Role
from dialogue.accounts.queries import dialogue_ids_with_role
from dialogue.dialogues.models import Dialogue
from dialogue.kernel import text
from dialogue.kernel.errors import Gone
from dialogue.kernel.routing import number
from dialogue.moderation.queries.outcomes import reason_given
from dialogue.participation import addresses
from dialogue.participation.lifecycle import State
from dialogue.participation.models import Contribution
from dialogue.participation.queries import conversation, families, ideas
from dialogue.participation.queries.conversation import CommentRow


@dataclass(frozen=True)
class Merged:
    """An idea that was merged into the one on the page."""

    id: int
    title: str
    html: Markup
    author: str
    language: str


@dataclass(frozen=True)
class Became:
    """What components/lineage.html shows of an idea."""

    off_topic: bool
    locked: bool
    comments_closed: bool
    merged: Sequence[Merged]
    came_from: int | None  # the reader followed the address of this idea
    parts: Sequence[tuple[str, str]]  # (address, title)
    part_of: tuple[str, int] | None
    aside: dict[str, Any] | None  # a comment off topic that was asked for
    may_moderate: bool


def columns() -> tuple[Any, Any]:
    """Those merged into the idea, and the one it was a part of: read with the idea itself."""
    return families.members(), families.split_off()


def became(
    dialogue: Dialogue,
    idea: Contribution,
    merged: Sequence[int],
    part_of: int | None,
    now: datetime,
) -> Became:
    """Return what became of an idea; asks the database only where something did."""
    asked = number(request.args.get("aside", ""))
    aside = conversation.comment_set_aside([idea.id, *merged], asked) if asked else None
    came_from = number(request.args.get("merged", ""))
    parts = families.parts_of(idea.id) if idea.locked_at is not None else ()
    return Became(
        off_topic=idea.state == State.OFF_TOPIC,
        locked=idea.locked_at is not None,
        comments_closed=idea.comments_closed_at is not None,
        merged=[
            Merged(one.id, one.title, text.stored(one.fragment), one.author, one.language)
            for one in (families.joined(merged) if merged else ())
            if one.title
        ],
        came_from=came_from if came_from in merged else None,
        parts=[(addresses.idea_url(dialogue.slug, one.id, one.slug), one.title) for one in parts],
        part_of=(addresses.idea_url(dialogue.slug, part_of), part_of) if part_of else None,
        aside=_aside(aside) if aside else None,
        may_moderate=may_moderate(dialogue, now),
    )


def may_moderate(dialogue: Dialogue, now: datetime) -> bool:
    """Tell whether this person moderates the dialogue; asks the database for nobody else."""
    if not current_user.is_authenticated or not current_user.grants:
        return False
    ids = dialogue_ids_with_role(current_user, (Role.MODERATOR,), now)
    return ids is None or dialogue.id in ids


def where_it_lives_on(dialogue: Dialogue, idea: Contribution) -> str:
    """Return the address of the idea that a merged one lives on in, which will say so."""
    root = ideas.idea_by_id(dialogue.id, idea.merged_into_id or 0)
    slug = root.slug if root else ""
    query = request.args.to_dict() | {"merged": str(idea.id)}
    address = addresses.idea_url(dialogue.slug, idea.merged_into_id or 0, slug)
    return f"{address}?{urlencode(query)}"


def other_ideas(dialogue: Dialogue) -> tuple[str, str]:
    """Return the way on from an idea that is not here any more."""
    return _("Read other ideas of this dialogue"), addresses.dialogue_url(dialogue.slug) + "#ideas"


def hidden(dialogue: Dialogue, idea: Contribution, now: datetime) -> Gone:
    """Return the refusal for an idea that a moderator hid after it was public: by which rule."""
    told = reason_given(idea.id, now)
    if told is None or not told.label:
        return Gone(_("This idea is hidden now."), other_ideas(dialogue))
    said = _("A moderator hid this idea. Reason: %(reason)s.", reason=told.label)
    return Gone(said, other_ideas(dialogue))


def _aside(row: CommentRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "html": text.stored(row.fragment),
        "author": row.author,
        "lang": row.language,
        "at": row.published_at,
    }
