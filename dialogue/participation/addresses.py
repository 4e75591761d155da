"""Addresses of ideas and comments, as every page, mail and event writes them."""

from __future__ import annotations


def dialogue_url(slug: str) -> str:
    """Return the address of a dialogue's home."""
    return f"/d/{slug}"


def idea_url(slug: str, idea_id: int, idea_slug: str = "") -> str:
    """Return the canonical address of an idea."""
    tail = f"{idea_id}-{idea_slug}" if idea_slug else str(idea_id)
    return f"/d/{slug}/ideas/{tail}"


def comment_url(comment_id: int) -> str:
    """Return the address that leads to a comment on its page."""
    return f"/c/{comment_id}"


def flag_url(slug: str, kind: str, contribution_id: int) -> str:
    """Return the address of the form that asks a moderator to look at an idea or comment."""
    return f"/d/{slug}/{'ideas' if kind == 'idea' else 'comments'}/{contribution_id}/flag"
