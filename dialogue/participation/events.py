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
class ContributionRedacted:
    """Words of it were hidden, in every wording: copies made elsewhere have to go."""

    contribution_id: int
    revision_id: int  # the wording with placeholders


@dataclass(frozen=True)
class RedactionUndone:
    """Words that had been hidden are back, within the undo window."""

    contribution_id: int


@dataclass(frozen=True)
class IdeasMerged:
    """An idea lives on in another one from now on, with its votes and comments."""

    idea_id: int
    into_id: int  # the root: never merged itself


@dataclass(frozen=True)
class IdeasUnmerged:
    """An idea that was merged stands for itself again."""

    idea_id: int
    from_id: int


@dataclass(frozen=True)
class IdeaSplit:
    """Parts of an idea are ideas of their own from now on."""

    idea_id: int
    part_ids: tuple[int, ...]


@dataclass(frozen=True)
class IdeaMoved:
    """An idea stands under another topic."""

    idea_id: int
    topic_id: int | None


@dataclass(frozen=True)
class ConversationImported:
    """A conversation held elsewhere is now a dialogue that everybody can read."""

    dialogue_id: int


@dataclass(frozen=True)
class WordsTakenBack:
    """Its author withdrew something that nobody had answered: its words are gone everywhere."""

    contribution_id: int


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
class FlagsReopened:
    """The answer to these flags was taken back: they wait again."""

    contribution_id: int
    flag_ids: tuple[int, ...]


@dataclass(frozen=True)
class ContributionDisowned:
    """The owner of the mail address says they did not write it: frozen until a moderator looks."""

    disown_id: int
