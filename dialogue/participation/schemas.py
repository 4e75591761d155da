"""What people may send: limits and sentences, one definition for every face."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import current_app
from flask_babel import gettext as _

from dialogue.dialogues.models import Dialogue
from dialogue.kernel import links, text
from dialogue.kernel.errors import FieldErrors
from dialogue.participation.models import FlagReason

NOTE_LIMIT = 500  # code points of what somebody adds to a flag
NO_TOPIC = "none"  # "Not sure"


@dataclass(frozen=True)
class IdeaInput:
    """A checked idea."""

    title: str
    body: str
    topic_id: int | None


@dataclass(frozen=True)
class CommentInput:
    """A checked comment."""

    body: str


@dataclass(frozen=True)
class FlagInput:
    """Why somebody asks a moderator to look, checked."""

    reason: FlagReason
    note: str


def flag_input(*, reason: str, note: str) -> FlagInput:
    """Return the checked reason; raises FieldErrors."""
    errors: dict[str, str] = {}
    note = _clean("note", note, errors).strip()
    if reason not in set(FlagReason):
        errors["reason"] = _("Choose what is wrong with it")
    _fits("note", note, NOTE_LIMIT, errors)
    if reason == FlagReason.OTHER and not note and "note" not in errors:
        errors["note"] = _("Say in a few words what is wrong with it")
    if errors:
        raise FieldErrors(errors)
    return FlagInput(FlagReason(reason), note)


def idea_input(dialogue: Dialogue, *, title: str, body: str, topic: str) -> IdeaInput:
    """Return the checked idea; raises FieldErrors with a sentence for each field to change."""
    errors: dict[str, str] = {}
    title = " ".join(_clean("title", title, errors).split())
    body = _clean("body", body, errors).strip()
    if not title and "title" not in errors:
        errors["title"] = _("Write your idea in one sentence")
    _fits("title", title, dialogue.title_limit, errors)
    _fits("body", body, dialogue.body_limit, errors)
    by_key = {found.slug: found.id for found in dialogue.topics}
    if not topic:
        errors["topic"] = _("Choose a topic for your idea")
    elif topic != NO_TOPIC and topic not in by_key:
        errors["topic"] = _("Choose one of the topics of this dialogue")
    if not errors:
        _renders("body", body, errors)
    if errors:
        raise FieldErrors(errors)
    return IdeaInput(title=title, body=body, topic_id=by_key.get(topic))


def comment_input(dialogue: Dialogue, *, body: str) -> CommentInput:
    """Return the checked comment; raises FieldErrors."""
    errors: dict[str, str] = {}
    body = _clean("body", body, errors).strip()
    if not body and not errors:
        errors["body"] = _("Write your comment")
    _fits("body", body, dialogue.comment_limit, errors)
    if not errors:
        _renders("body", body, errors)
    if errors:
        raise FieldErrors(errors)
    return CommentInput(body=body)


def own_host() -> str:
    """Return the host of this site, with its port: links to it are not links to elsewhere."""
    return urlsplit(current_app.config["BASE_URL"]).netloc


def preview(source: str) -> text.Rendered:
    """Return the text as others will see it; its links do not lead anywhere yet."""
    return text.render(source, link_id=lambda _url: 0, own_host=own_host())


def rendered(source: str) -> text.Rendered:
    """Return the text as it will be stored; links become rows in the present transaction."""
    return text.render(source, link_id=links.link_id, own_host=own_host())


def _clean(field: str, typed: str, errors: dict[str, str]) -> str:
    try:
        return text.clean_source(typed)
    except text.BadText as problem:
        errors[field] = str(problem)
        return ""


def _renders(field: str, source: str, errors: dict[str, str]) -> None:
    try:
        preview(source)
    except text.BadText as problem:
        errors[field] = str(problem)


def _fits(field: str, value: str, limit: int, errors: dict[str, str]) -> None:
    limit = min(limit, current_app.config["TEXT_CEILING"])
    over = text.count(value) - limit
    if over > 0:
        errors[field] = _(
            "Shorten this by %(over)s characters; %(limit)s fit.", over=over, limit=limit
        )
