"""What screening keeps for the next text: prints of like texts, watch lists, lessons."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import delete, insert, select

from dialogue.analysis.spam_learning import SpamModel
from dialogue.analysis.watching import WatchKind, fold_entry
from dialogue.kernel import audit, text
from dialogue.kernel.audit import Act
from dialogue.kernel.db import db, rows_changed
from dialogue.kernel.errors import FieldErrors
from dialogue.moderation.models import SpamLesson, TextOutline, TextPrint, WatchEntry
from dialogue.moderation.policies import Moderator
from dialogue.moderation.queries.screening import Entry, settled_outlines, watch_entries
from dialogue.participation.models import Contribution

LONGEST_LIST = 2_000  # entries
LONGEST_ENTRY = 200  # code points


def outline(*, contribution_id: int, revision_id: int, numbers: Collection[int]) -> None:
    """Put a wording into the index of like texts, in place of the one before it. Repeatable."""
    known = db.session.get(TextOutline, contribution_id)
    if known is not None and known.revision_id >= revision_id:
        return
    dialogue_id = db.session.scalar(
        select(Contribution.dialogue_id).where(Contribution.id == contribution_id)
    )
    db.session.execute(delete(TextPrint).where(TextPrint.contribution_id == contribution_id))
    db.session.merge(
        TextOutline(contribution_id=contribution_id, revision_id=revision_id, prints=len(numbers))
    )
    db.session.flush()
    if numbers:
        db.session.execute(
            insert(TextPrint),
            [
                {"dialogue_id": dialogue_id, "number": number, "contribution_id": contribution_id}
                for number in sorted(numbers)
            ],
        )


def forget_outlines() -> int:
    """Take withdrawn contributions out of the index of like texts; return how many there were."""
    gone = db.session.scalars(settled_outlines()).all()
    for model in (TextPrint, TextOutline):
        db.session.execute(delete(model).where(model.contribution_id.in_(gone)))
    return len(gone)


def keep_lesson(*, model: SpamModel, last_decision_id: int, now: datetime) -> None:
    """Store what decisions taught, in place of the lesson before."""
    db.session.merge(
        SpamLesson(
            id=1,
            numbers=model.to_numbers(),
            last_decision_id=last_decision_id,
            learned_at=now,
        )
    )


def read_list(lists: Mapping[WatchKind, str]) -> list[Entry]:
    """Return the entries that were typed, one a line; what is typed twice counts once.

    Raises FieldErrors by kind: an entry too short to mean anything or too long, a domain that is
    none, a list too long.
    """
    entries: list[Entry] = []
    errors: dict[str, str] = {}
    for kind, typed in lists.items():
        known: set[str] = set()
        for line in text.clean_source(typed).split("\n"):
            line = line.strip()
            if not line:
                continue
            folded = fold_entry(kind, line)
            problem = _problem(kind, line, folded)
            if problem:
                errors.setdefault(str(kind), problem)
            elif folded not in known:
                known.add(folded)
                entries.append(Entry(kind, line, folded))
    if len(entries) > LONGEST_LIST:
        fullest = max(lists, key=lambda kind: lists[kind].count("\n"))
        errors[str(fullest)] = _(
            "A list holds %(n)s entries at most; this one has %(found)s. Keep the telling ones.",
            n=LONGEST_LIST,
            found=len(entries),
        )
    if errors:
        raise FieldErrors(errors)
    return entries


def replace_list(
    *, dialogue_id: int | None, entries: Sequence[Entry], moderator: Moderator, now: datetime
) -> tuple[int, int]:
    """Make these the entries of a list; return how many came and went. One audit entry if any."""
    wanted = {(entry.kind, entry.folded): entry for entry in entries}
    there = {(entry.kind, entry.folded) for entry in watch_entries(dialogue_id)}
    gone = there - set(wanted)
    here = (
        WatchEntry.dialogue_id.is_(None)
        if dialogue_id is None
        else WatchEntry.dialogue_id == dialogue_id
    )
    for kind, folded in sorted(gone):
        rows_changed(
            delete(WatchEntry).where(here, WatchEntry.kind == kind, WatchEntry.folded == folded)
        )
    added = [wanted[key] for key in sorted(set(wanted) - there)]
    db.session.add_all(
        WatchEntry(
            dialogue_id=dialogue_id,
            kind=entry.kind,
            typed=entry.typed,
            folded=entry.folded,
            added_by_id=moderator.id,
            at=now,
        )
        for entry in added
    )
    if added or gone:
        audit.record(
            moderator.id,
            Act.WATCH_LIST_CHANGED,
            "site" if dialogue_id is None else f"dialogue:{dialogue_id}",
            {"added": len(added), "removed": len(gone)},
            now=now,
        )
    return len(added), len(gone)


def _problem(kind: WatchKind, line: str, folded: str) -> str:
    if len(line) > LONGEST_ENTRY:
        return _("Shorten “%(entry)s…”: an entry has 200 characters at most.", entry=line[:40])
    if kind == WatchKind.WORD:
        if not folded:
            return _("“%(entry)s” has no letters or digits to look for.", entry=line)
        if len(folded) < 2:
            return _("“%(entry)s” is a single letter: nearly every text has it.", entry=line)
        return ""
    host = folded.split("/", 1)[0]
    if "." not in host or " " in folded or not all(host.split(".")):
        return _("Write “%(entry)s” as an address such as example.com.", entry=line)
    if kind == WatchKind.LINK and "/" not in folded:
        return _(
            "“%(entry)s” has no path. Put it among the domains, or add a path such as /offer.",
            entry=line,
        )
    return ""
