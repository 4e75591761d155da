"""What moderators give as the reason of an act: one of the catalogue, and a sentence."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import select

from dialogue.dialogues.models import ModerationReason
from dialogue.kernel import text
from dialogue.kernel.db import db
from dialogue.kernel.errors import FieldErrors


def checked_words(typed: str, field: str, limit: int, *, missing: str = "") -> str:
    """Return what was typed as it is stored; raises FieldErrors for `field`.

    `missing`: what is said when nothing was typed; without it nothing need be.
    """
    try:
        words = text.clean_source(typed).strip()
    except text.BadText as problem:
        raise FieldErrors({field: problem.message}) from None
    if not words and missing:
        raise FieldErrors({field: missing})
    if text.count(words) > limit:
        raise FieldErrors({field: _("Shorten this to %(n)s characters or fewer.", n=limit)})
    return words


def must_be_a_reason(dialogue_id: int, code: str, note: str) -> None:
    """Insist on a reason of the dialogue's catalogue; raises FieldErrors (`reason`, `note`)."""
    reason = db.session.scalars(
        select(ModerationReason).where(
            ModerationReason.dialogue_id == dialogue_id, ModerationReason.code == code
        )
    ).first()
    if not code:
        raise FieldErrors({"reason": _("Choose the reason. The person is told.")})
    if reason is None or reason.retired_at is not None:
        raise FieldErrors({"reason": _("This reason is not in the list any more. Choose another.")})
    if reason.needs_note and not note.strip():
        raise FieldErrors({"note": _("Write the reason in a sentence. The person reads it.")})
