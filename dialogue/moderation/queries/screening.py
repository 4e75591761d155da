"""What screening compares a wording with: like texts, watch lists, what decisions taught."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, Subquery, and_, exists, func, or_, select

from dialogue.analysis import spam_learning
from dialogue.analysis.spam_learning import SpamModel
from dialogue.analysis.watching import WatchKind, WatchList
from dialogue.kernel.db import db
from dialogue.kernel.links import ExternalLink
from dialogue.moderation.models import (
    ModerationDecision,
    Outcome,
    SpamLesson,
    TextOutline,
    TextPrint,
    WatchEntry,
)
from dialogue.moderation.policies import Scope
from dialogue.participation.lifecycle import State
from dialogue.participation.models import Contribution, Revision

SPAM_REASON = "spam"  # the code of the reason in dialogues/reasons.toml
_LEAVING = "/leaving?to="
_COMPARED = 10  # of the like texts, the earliest ones
_COUNTED = 1_000  # like texts; a larger campaign is "1000 others"
_LEARNED_FROM = 20_000  # decisions, the latest ones
LAST_ITEMS = 1_000  # that the test box looks through


@dataclass(frozen=True)
class Like:
    """A contribution that shares many prints, with the newest words of it."""

    contribution_id: int
    kind: str
    title: str
    html: str


@dataclass(frozen=True)
class Entry:
    """An entry of a watch list."""

    kind: WatchKind
    typed: str
    folded: str


@dataclass(frozen=True)
class Sample:
    """One of the last items, for trying a list on."""

    item_id: int
    title: str
    html: str


def like_texts(
    dialogue_id: int, contribution_id: int, numbers: Collection[int]
) -> tuple[Sequence[Like], int]:
    """Return the earliest contributions that share half of these prints, and how many do.

    Withdrawn ones are left out. Two statements.
    """
    if not numbers:
        return (), 0
    shared = func.count()
    rows = db.session.execute(
        select(TextPrint.contribution_id, TextOutline.revision_id, Contribution.kind)
        .join(TextOutline, TextOutline.contribution_id == TextPrint.contribution_id)
        .join(Contribution, Contribution.id == TextPrint.contribution_id)
        .where(
            TextPrint.dialogue_id == dialogue_id,
            TextPrint.number.in_(numbers),
            TextPrint.contribution_id != contribution_id,
            Contribution.state != State.WITHDRAWN,
        )
        .group_by(
            TextPrint.contribution_id,
            TextOutline.revision_id,
            TextOutline.prints,
            Contribution.kind,
        )
        .having(
            or_(shared * 2 >= len(numbers), shared * 2 >= TextOutline.prints),
        )
        .order_by(TextPrint.contribution_id)
        .limit(_COUNTED)
    ).all()
    first = rows[:_COMPARED]
    words = {
        row.id: row
        for row in db.session.execute(
            select(Revision.id, Revision.title, Revision.html).where(
                Revision.id.in_([row.revision_id for row in first])
            )
        )
    }
    return [
        Like(
            row.contribution_id, row.kind, words[row.revision_id].title, words[row.revision_id].html
        )
        for row in first
    ], len(rows)


def not_outlined(limit: int) -> Sequence[tuple[int, int]]:
    """Return (contribution, newest wording) whose newest wording is not in the index.

    Withdrawn ones are left out: `forget_outlines` takes them out.
    """
    newest = _newest_wordings()
    rows = db.session.execute(
        select(newest.c.contribution_id, newest.c.revision_id)
        .join(Contribution, Contribution.id == newest.c.contribution_id)
        .outerjoin(TextOutline, TextOutline.contribution_id == newest.c.contribution_id)
        .where(
            Contribution.state != State.WITHDRAWN,
            or_(
                TextOutline.contribution_id.is_(None),
                TextOutline.revision_id != newest.c.revision_id,
            ),
        )
        .order_by(newest.c.contribution_id)
        .limit(limit)
    )
    return [(row.contribution_id, row.revision_id) for row in rows]


def settled_outlines() -> Select[int]:
    """Select the contributions that are in the index although they were withdrawn."""
    return (
        select(TextOutline.contribution_id)
        .join(Contribution, Contribution.id == TextOutline.contribution_id)
        .where(Contribution.state == State.WITHDRAWN)
    )


def stored_link_ids(hrefs: Iterable[str]) -> list[int]:
    """Return the ids of external links among the addresses of stored HTML."""
    typed = (href.removeprefix(_LEAVING) for href in hrefs if href.startswith(_LEAVING))
    return [int(number) for number in typed if number.isascii() and number.isdigit()]


def targets_of(link_ids: Collection[int]) -> dict[str, str]:
    """Return where stored links lead, by the address that stands in the HTML."""
    if not link_ids:
        return {}
    rows = db.session.execute(
        select(ExternalLink.id, ExternalLink.url).where(ExternalLink.id.in_(link_ids))
    )
    return {f"{_LEAVING}{row.id}": row.url for row in rows}


def watch_list(dialogue_id: int) -> WatchList:
    """Return what is watched for in a dialogue: its own list and that of the site."""
    rows = db.session.execute(
        select(WatchEntry.kind, WatchEntry.folded).where(
            or_(WatchEntry.dialogue_id.is_(None), WatchEntry.dialogue_id == dialogue_id)
        )
    )
    return WatchList((row.kind, row.folded) for row in rows)


def watch_entries(dialogue_id: int | None) -> Sequence[Entry]:
    """Return the entries of one list (None: of the site), in the order of their words."""
    rows = db.session.execute(
        select(WatchEntry.kind, WatchEntry.typed, WatchEntry.folded)
        .where(
            WatchEntry.dialogue_id.is_(None)
            if dialogue_id is None
            else WatchEntry.dialogue_id == dialogue_id
        )
        .order_by(WatchEntry.kind, WatchEntry.folded)
    )
    return [Entry(WatchKind(row.kind), row.typed, row.folded) for row in rows]


def last_items(scope: Scope) -> Iterator[Sample]:
    """Return the newest wordings of the last items of the scope, newest first."""
    within = [] if scope is None else [Contribution.dialogue_id.in_(sorted(scope))]
    rows = db.session.execute(
        select(Contribution.id, Revision.title, Revision.html)
        .join(Revision, Revision.contribution_id == Contribution.id)
        .where(
            ~exists().where(
                and_(_LATER.c.contribution_id == Contribution.id, _LATER.c.number > Revision.number)
            ),
            Contribution.state != State.WITHDRAWN,
            *within,
        )
        .order_by(Contribution.id.desc())
        .limit(LAST_ITEMS)
    )
    return (Sample(row.id, row.title, row.html) for row in rows)


def spam_model() -> SpamModel | None:
    """Return what decisions have taught so far; None before the first lesson."""
    numbers = db.session.scalar(select(SpamLesson.numbers))
    return spam_learning.from_numbers(numbers) if numbers else None


def last_lesson() -> int:
    """Return the last decision that the lesson knows; 0 before the first lesson."""
    return db.session.scalar(select(SpamLesson.last_decision_id)) or 0


def newest_decision() -> int:
    """Return the newest decision, an undo among them; 0 when there is none."""
    return db.session.scalar(select(func.max(ModerationDecision.id))) or 0


def taught() -> Iterator[tuple[str, bool]]:
    """Return (words, was advertising) of the decisions that stand.

    Approved texts are honest ones, texts rejected as advertising are not. Other reasons say
    nothing about it. Texts that their authors withdrew teach nothing any more.
    """
    undone = select(ModerationDecision.undo_of_id).where(ModerationDecision.undo_of_id.is_not(None))
    is_spam = and_(
        ModerationDecision.outcome == Outcome.REJECTED,
        ModerationDecision.reason_code == SPAM_REASON,
    )
    rows = db.session.execute(
        select(Revision.title, Revision.plain, is_spam.label("is_spam"))
        .join(Revision, Revision.id == ModerationDecision.revision_id)
        .join(Contribution, Contribution.id == ModerationDecision.contribution_id)
        .where(
            or_(ModerationDecision.outcome == Outcome.APPROVED, is_spam),
            ModerationDecision.id.not_in(undone),
            Contribution.state != State.WITHDRAWN,
        )
        .order_by(ModerationDecision.id.desc())
        .limit(_LEARNED_FROM)
    )
    return ((f"{row.title}\n{row.plain}", bool(row.is_spam)) for row in rows)


_LATER = select(Revision.contribution_id, Revision.number).subquery("later")


def _newest_wordings() -> Subquery:
    last = (
        select(Revision.contribution_id, func.max(Revision.number).label("number"))
        .group_by(Revision.contribution_id)
        .subquery()
    )
    return (
        select(Revision.contribution_id, Revision.id.label("revision_id"))
        .join(
            last,
            and_(
                last.c.contribution_id == Revision.contribution_id,
                last.c.number == Revision.number,
            ),
        )
        .subquery()
    )
