"""What makes a wording wait where rules decide: everything that a moderator would stop at."""

from __future__ import annotations

from dialogue.dialogues.contacts import public_numbers
from dialogue.dialogues.models import Dialogue
from dialogue.kernel import marks
from dialogue.moderation.queries import screening as known
from dialogue.moderation.screening import look_at


def must_be_read(dialogue: Dialogue, title: str, html: str) -> bool:
    """Tell whether a wording waits: it holds personal details, words of present danger, words of
    a watch list or a link, or it looks like advertising."""
    links = marks.links(html)
    if links:
        return True
    found = look_at(
        title,
        html,
        public_numbers=public_numbers(dialogue),
        watch_list=known.watch_list(dialogue.id),
        model=known.spam_model(),
    )
    return bool(found.details or found.danger or found.watched or found.is_likely_spam)
