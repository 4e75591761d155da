"""Sentences about a dialogue that several pages say."""

from __future__ import annotations

from flask_babel import ngettext

from dialogue.dialogues.models import Dialogue


def target_words(dialogue: Dialogue) -> str:
    """Return "usually within 1 working day": what moderators promise."""
    return ngettext(
        "usually within %(num)s working day",
        "usually within %(num)s working days",
        _days(dialogue),
    )


def target_sentence(dialogue: Dialogue) -> str:
    """Return "Usually checked within 1 working day. We will email you.": said to an author."""
    return ngettext(
        "Usually checked within %(num)s working day. We will email you.",
        "Usually checked within %(num)s working days. We will email you.",
        _days(dialogue),
    )


def _days(dialogue: Dialogue) -> int:
    return max(1, round(dialogue.target_hours / 24))
