"""The comment policy in five short rules, shown where people sign up and write."""

from __future__ import annotations

from flask_babel import gettext as _


def short_rules() -> list[str]:
    """Return the rules; the full text stands at /policy/comments."""
    return [
        _("Leave out details that can identify a person."),
        _("Do not accuse a person or business that can be recognized."),
        _("Argue about ideas. Do not threaten, insult or demean people."),
        _("Stay with the question of the dialogue."),
        _("Say it once, in your own voice, and sell nothing."),
    ]
