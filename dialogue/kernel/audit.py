"""The hash-chained record of what staff and the system did.

An entry holds ids and codes, never text, names or mail addresses. A free note stands beside it in
`audit_note`; the chain covers only the note's salted hash, so that a note can be erased and the
chain still holds. Each entry's hash covers the one before it: a changed, removed or inserted row
breaks the chain at a place that `verify()` names. The daily head also fixes the count and digest
of votes and published revisions of each dialogue.

Anybody may check the hashes. Who can write to the tables could also make a whole new chain, so each
entry and the end of the chain carry a seal too, made with a key of the installation that is not in
the database (audit_seals.py).
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from sqlalchemy import ForeignKey, Select, delete, insert, select, text
from sqlalchemy.orm import Mapped, mapped_column

from dialogue.kernel import audit_seals
from dialogue.kernel.audit_seals import AuditTail
from dialogue.kernel.db import Json, Model, UtcDateTime, db, dialect, in_transaction
from dialogue.kernel.settings import setting

GENESIS = "0" * 64
_ADVISORY_LOCK = 7_230_411  # any number; the same in every process


class Act(StrEnum):
    """Every kind of entry. Sorted; documented in docs/reference/audit.md."""

    ACCOUNT_CREATED_BY_STAFF = "account.created_by_staff"
    ACCOUNT_SECURED = "account.secured"
    DAILY_HEAD = "audit.daily_head"
    CONTRIBUTION_DISOWNED = "contribution.disowned"
    DECISION_APPEAL_GRANTED = "decision.appeal_granted"
    DECISION_APPEAL_REFUSED = "decision.appeal_refused"
    DECISION_APPROVED = "decision.approved"
    DECISION_BINNED = "decision.binned"
    DECISION_COMMENTS_CLOSED = "decision.comments_closed"
    DECISION_COMMENTS_OPENED = "decision.comments_opened"
    DECISION_DISOWNED_REMOVED = "decision.disowned_removed"
    DECISION_ESCALATED = "decision.escalated"
    DECISION_HIDDEN = "decision.hidden"
    DECISION_KEPT = "decision.kept"
    DECISION_LOCKED = "decision.locked"
    DECISION_MERGED = "decision.merged"
    DECISION_MOVED = "decision.moved"
    DECISION_OFF_TOPIC = "decision.off_topic"
    DECISION_REDACTED = "decision.redacted"
    DECISION_REJECTED = "decision.rejected"
    DECISION_RESTORED = "decision.restored"
    DECISION_RETURNED = "decision.returned"
    DECISION_SPLIT = "decision.split"
    DECISION_UNDONE = "decision.undone"
    DECISION_UNLOCKED = "decision.unlocked"
    DECISION_UNMERGED = "decision.unmerged"
    DIALOGUE_CHANGED = "dialogue.changed"
    DIALOGUE_CREATED = "dialogue.created"
    DIALOGUE_EXTENDED = "dialogue.extended"
    DIALOGUE_IMPORTED = "dialogue.imported"
    GRANT_ENDED = "grant.ended"
    GRANT_GIVEN = "grant.given"
    PEOPLE_LOOKED_UP = "people.looked_up"
    POLICY_PUBLISHED = "policy.published"
    REPORT_CHANGED = "report.changed"
    REPORT_EDITION = "report.edition"
    REPORT_FINISHED = "report.finished"
    REPORT_PUBLISHED = "report.published"
    REPORT_REQUESTED = "report.requested"
    REPORT_SCHEDULED = "report.scheduled"
    SEALED_TEXT_PURGED = "sealed_text.purged"
    SEALED_TEXT_READ = "sealed_text.read"
    STEP_LIFTED = "step.lifted"
    STEP_TAKEN = "step.taken"
    WATCH_LIST_CHANGED = "watch_list.changed"


class AuditEntry(Model):
    """One act. `seq` has no gaps; `hash` covers every other column and the previous hash."""

    __tablename__ = "audit_entry"

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str]  # "user:7" or "system"
    act: Mapped[str]
    subject: Mapped[str]  # "contribution:118"
    codes: Mapped[dict[str, str | int]] = mapped_column(Json)
    note_hash: Mapped[str] = mapped_column(default="")
    prev: Mapped[str]
    hash: Mapped[str] = mapped_column(unique=True)
    seal: Mapped[str] = mapped_column(default="", server_default="")  # "": from before there were


class AuditNote(Model):
    """A free note on an entry; may be erased, the chain stands."""

    __tablename__ = "audit_note"

    seq: Mapped[int] = mapped_column(ForeignKey("audit_entry.seq"), primary_key=True)
    salt: Mapped[str]
    note: Mapped[str]


# Rows of the table itself: every act of staff appends one, and nobody changes it afterwards.
_TABLE = AuditEntry.__table__
_COLUMNS = tuple(_TABLE.columns.keys())
_LAST = select(_TABLE.c.seq, _TABLE.c.hash).order_by(_TABLE.c.seq.desc()).limit(1)
_APPEND = insert(_TABLE)


@dataclass(frozen=True)
class Finding:
    """Something that does not hold: which entry (0: the chain as a whole) and what."""

    seq: int
    what: str


def _digest(entry: AuditEntry) -> str:
    parts = [
        entry.seq,
        entry.at.isoformat(),
        entry.actor,
        entry.act,
        entry.subject,
        entry.codes,
        entry.note_hash,
        entry.prev,
    ]
    line = json.dumps(parts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(line.encode()).hexdigest()


def _note_hash(salt: str, note: str) -> str:
    return hashlib.sha256(f"{salt}\n{note}".encode()).hexdigest()


def record(
    actor_id: int | None,
    act: Act,
    subject: str,
    codes: Mapping[str, str | int] | None = None,
    note: str | None = None,
    *,
    now: datetime,
) -> AuditEntry:
    """Append an entry in the current transaction and return what was written.

    `actor_id` is a user's id, None for the system. Raises RuntimeError outside `transaction()`.
    """
    if not in_transaction():
        raise RuntimeError("record() belongs inside transaction().")
    if dialect() == "postgresql":  # SQLite has one writer anyway
        db.session.execute(text(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})"))
    db.session.flush()
    last = db.session.execute(_LAST).first()
    salt = secrets.token_hex(16)
    entry = AuditEntry(
        seq=last.seq + 1 if last else 1,
        at=now,
        actor="system" if actor_id is None else f"user:{actor_id}",
        act=str(act),
        subject=subject,
        codes=dict(codes or {}),
        note_hash=_note_hash(salt, note) if note else "",
        prev=last.hash if last else GENESIS,
    )
    entry.hash = _digest(entry)
    entry.seal = audit_seals.of_entry(entry.hash)
    db.session.execute(_APPEND, {name: getattr(entry, name) for name in _COLUMNS})
    audit_seals.move_tail(entry.seq, entry.hash)
    if note:
        db.session.add(AuditNote(seq=entry.seq, salt=salt, note=note))
    return entry


def erase_notes(entries: Select[int]) -> None:
    """Erase the notes of these entries, for good: what they repeat is gone. The chain stands."""
    db.session.execute(delete(AuditNote).where(AuditNote.seq.in_(entries)))


def verify() -> list[Finding]:
    """Check the chain from its first entry to its end, and against the heads kept beside the
    database; return what does not hold, empty when all does. The first finding is the first row."""
    findings: list[Finding] = []
    notes = {note.seq: note for note in db.session.scalars(select(AuditNote))}
    heads = {head.seq: head for head in audit_seals.kept_heads(Path(setting("INSTANCE")))}
    previous, expected = GENESIS, 1
    is_sealed = False
    for entry in db.session.scalars(select(AuditEntry).order_by(AuditEntry.seq)).yield_per(1000):
        if entry.seq != expected:
            findings.append(Finding(entry.seq, f"entry {expected} is missing before this one"))
        if entry.prev != previous:
            findings.append(Finding(entry.seq, "does not follow the entry before it"))
        if entry.hash != _digest(entry):
            findings.append(Finding(entry.seq, "was altered after it was written"))
        if entry.seal != audit_seals.of_entry(entry.hash) and (entry.seal or is_sealed):
            findings.append(Finding(entry.seq, "does not carry the seal of this installation"))
        is_sealed = is_sealed or bool(entry.seal)
        note = notes.get(entry.seq)
        if note is not None and _note_hash(note.salt, note.note) != entry.note_hash:
            findings.append(Finding(entry.seq, "its note was altered"))
        head = heads.pop(entry.seq, None)
        if head is not None and head.hash != entry.hash:
            findings.append(Finding(entry.seq, f"is not what the kept head of {head.day} says"))
        previous, expected = entry.hash, entry.seq + 1
    findings += [
        Finding(head.seq, f"of the kept head of {head.day} is not in the chain")
        for head in heads.values()
    ]
    findings += _of_the_end(expected - 1, previous, is_sealed=is_sealed)
    return findings


def _of_the_end(last: int, last_hash: str, *, is_sealed: bool) -> list[Finding]:
    """Compare the last entry with where the chain is known to have ended."""
    tail = db.session.get(AuditTail, 1)
    if tail is None:
        return [Finding(last, "should be the last one, but the mark of the end is missing")] * (
            is_sealed
        )
    if tail.seal != audit_seals.of_tail(tail.seq, tail.hash):
        return [Finding(last, "should be the last one, but the mark of the end was altered")]
    if tail.seq > last:
        return [Finding(last, f"is the last one, but entries up to {tail.seq} were written")]
    if (tail.seq, tail.hash) != (last, last_hash):
        return [Finding(last, f"is the last one, but the chain ended with entry {tail.seq}")]
    return []


def last_head() -> AuditEntry | None:
    """Return the newest daily head."""
    return db.session.scalars(
        select(AuditEntry)
        .where(AuditEntry.act == Act.DAILY_HEAD)
        .order_by(AuditEntry.seq.desc())
        .limit(1)
    ).first()
