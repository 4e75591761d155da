"""What happened in participation, for `wiring.py` to pass on. Ids and primitives only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RevisionSubmitted:
    """A new wording waits: of a new contribution, or an edit of one."""

    contribution_id: int
    revision_id: int


@dataclass(frozen=True)
class ContributionPublished:
    """The public can read this revision from now on."""

    contribution_id: int
    revision_id: int


@dataclass(frozen=True)
class ContributionUnlisted:
    """The public cannot read this any more (hidden, withdrawn, or its approval undone)."""

    contribution_id: int


@dataclass(frozen=True)
class ConversationImported:
    """A conversation held elsewhere is now a dialogue that everybody can read."""

    dialogue_id: int


@dataclass(frozen=True)
class ContributionFlagged:
    """A person asks a moderator to look at something public."""

    flag_id: int


@dataclass(frozen=True)
class FlagsDecided:
    """The moderators have looked: each of these flags has its outcome now."""

    contribution_id: int
    flag_ids: tuple[int, ...]


@dataclass(frozen=True)
class ContributionDisowned:
    """The owner of the mail address says they did not write it: frozen until a moderator looks."""

    disown_id: int
