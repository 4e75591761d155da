"""Mails to moderators and officers: how much waits and where, never anybody's words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask import current_app
from flask_babel import force_locale, ngettext
from flask_babel import gettext as _

from dialogue.moderation import wording


@dataclass(frozen=True)
class Letter:
    """Subject and text of a mail."""

    subject: str
    text: str


@dataclass(frozen=True)
class Overdue:
    """What waits too long in one dialogue."""

    name: str  # empty where no mail may name it
    items: int
    target_hours: int
    oldest: timedelta  # how long the oldest has waited


def overdue(rows: Sequence[Overdue], *, language: str) -> Letter:
    """To a moderator: these items wait longer than was promised."""
    with force_locale(language):
        return _about(
            rows,
            _("Items are waiting longer than promised"),
            _("You moderate these dialogues. People wait there for an answer:"),
            "/mod/queue",
        )


def escalated(rows: Sequence[Overdue], *, language: str) -> Letter:
    """To an officer: these items wait twice as long as was promised."""
    with force_locale(language):
        return _about(
            rows,
            _("Items have waited much longer than promised"),
            _("The moderators were reminded, and these items still wait. Perhaps they need help:"),
            "/agency/",
        )


def handed_over(item_id: int, *, language: str) -> Letter:
    """To a moderator whom a note is meant for."""
    with force_locale(language):
        return Letter(
            _("A moderator left a note for you"),
            _closed(
                _("A moderator hands an item over to you or asks you to look at it:"),
                _address(f"/mod/items/{item_id}/notes"),
            ),
        )


def for_safety_lead(item_id: int, *, language: str) -> Letter:
    """To whom a moderator sends what may tell of somebody in danger."""
    with force_locale(language):
        return Letter(
            _("A moderator asks the safety lead to look now"),
            _closed(
                _("A moderator thinks that somebody may be at risk and sends this to you:"),
                _address(f"/mod/items/{item_id}"),
                _("It is not public. Its author sees the helplines. Nobody else was told."),
            ),
        )


def _about(rows: Sequence[Overdue], subject: str, first: str, path: str) -> Letter:
    lines = [
        "- "
        + _(
            "%(name)s: %(items)s longer than %(hours)s h, the oldest %(time)s",
            name=row.name or _("A dialogue"),
            items=ngettext("%(num)s item", "%(num)s items", row.items),
            hours=row.target_hours,
            time=wording.ago(row.oldest),
        )
        for row in rows
    ]
    return Letter(subject, _closed(first, "\n".join(lines), _address(path)))


def _address(path: str) -> str:
    return f"{current_app.config['BASE_URL']}{path}"


def _closed(*paragraphs: str) -> str:
    return "\n\n".join(paragraphs) + "\n"
