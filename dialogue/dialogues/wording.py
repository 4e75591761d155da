"""Sentences about a dialogue that several pages say."""

from __future__ import annotations

from flask_babel import ngettext

from dialogue.dialogues.models import Dialogue


def target_words(dialogue: Dialogue) -> str:
    """Return "usually within 1 working day": what moderators promise."""
    days = max(1, round(dialogue.target_hours / 24))
    return ngettext(
        "usually within %(num)s working day", "usually within %(num)s working days", days
    )


def target_sentence(dialogue: Dialogue) -> str:
    """Return the same as a sentence of its own."""
    words = target_words(dialogue)
    return words[:1].upper() + words[1:] + "."
