"""Decisions compared with the audit record of them."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from dialogue.kernel.audit import AuditEntry, AuditNote
from dialogue.kernel.db import db
from dialogue.moderation.models import ModerationDecision


def altered_decisions() -> Iterator[str]:
    """Yield, in sentences, which decisions are not what the audit record says of them.

    Who decided, on which contribution and wording, why, and the sentence to the author (unless it
    was erased). A decision without an entry and an entry without its decision are named too. O(n).
    """
    notes = {note.seq: note.note for note in db.session.scalars(select(AuditNote))}
    entries = {
        entry.codes["decision"]: entry
        for entry in db.session.scalars(
            select(AuditEntry).where(AuditEntry.act.startswith("decision."))
        )
        if "decision" in entry.codes
    }
    for decision in db.session.scalars(
        select(ModerationDecision).order_by(ModerationDecision.id)
    ).yield_per(1_000):
        entry = entries.pop(decision.id, None)
        if entry is None:
            yield f"Decision {decision.id} is in no audit entry"
            continue
        said = (
            entry.actor,
            entry.subject,
            entry.codes.get("revision"),
            entry.codes.get("reason", ""),
            entry.codes.get("undo_of"),
        )
        found = (
            "system" if decision.decided_by_id is None else f"user:{decision.decided_by_id}",
            f"contribution:{decision.contribution_id}",
            decision.revision_id,
            decision.reason_code,
            decision.undo_of_id,
        )
        is_same_outcome = entry.act == f"decision.{decision.outcome}"
        note = notes.get(entry.seq)
        is_same_note = not decision.note or note is None or note == decision.note
        if said != found or not is_same_outcome or not is_same_note:
            yield f"Decision {decision.id} is not what audit entry {entry.seq} says"
    for decision_id, entry in sorted(entries.items()):
        yield f"Decision {decision_id} of audit entry {entry.seq} is missing"
