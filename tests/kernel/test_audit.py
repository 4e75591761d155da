"""The record of what staff did: whatever is changed in it by plain SQL, `audit verify` names."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, text

from dialogue.jobs import housekeeping
from dialogue.kernel import audit, audit_seals, clock
from dialogue.kernel.db import db, transaction

ENTRIES = 8

# What a person with access to the tables does, and the entry that the check must name.
TAMPERING = {
    "another actor": ("UPDATE audit_entry SET actor = 'user:9' WHERE seq = 4", 4),
    "another act": ("UPDATE audit_entry SET act = 'grant.given' WHERE seq = 4", 4),
    "another subject": ("UPDATE audit_entry SET subject = 'contribution:99' WHERE seq = 4", 4),
    "other codes": ('UPDATE audit_entry SET codes = \'{"reason":"spam"}\' WHERE seq = 4', 4),
    "another moment": ("UPDATE audit_entry SET at = '2020-01-01 00:00:00.000000' WHERE seq = 4", 4),
    "another hash of the note": ("UPDATE audit_entry SET note_hash = 'x' WHERE seq = 4", 4),
    "no hash of the note": ("UPDATE audit_entry SET note_hash = '' WHERE seq = 3", 3),
    "another link back": ("UPDATE audit_entry SET prev = hash WHERE seq = 4", 4),
    "another hash": ("UPDATE audit_entry SET hash = 'x' WHERE seq = 4", 4),
    "another note": ("UPDATE audit_note SET note = 'Something else' WHERE seq = 3", 3),
    "another salt": ("UPDATE audit_note SET salt = 'x' WHERE seq = 3", 3),
    "a note where there was none": (
        "INSERT INTO audit_note (seq, salt, note) VALUES (4, 'x', 'Invented')",
        4,
    ),
    "an entry removed": ("DELETE FROM audit_entry WHERE seq = 5", 6),
    "the first entry removed": ("DELETE FROM audit_entry WHERE seq = 1", 2),
    "two entries exchanged": (
        "UPDATE audit_entry SET seq = CASE seq WHEN 5 THEN 106 ELSE 105 END WHERE seq IN (5, 6)",
        7,
    ),
    "an entry added in the middle": (
        "INSERT INTO audit_entry (seq, at, actor, act, subject, codes, note_hash, prev, hash)"
        " SELECT 100, at, actor, act, subject, codes, note_hash, prev, 'made-up'"
        " FROM audit_entry WHERE seq = 4",
        100,
    ),
    "an entry added at the end": (
        "INSERT INTO audit_entry (seq, at, actor, act, subject, codes, note_hash, prev, hash)"
        " SELECT 9, at, actor, act, subject, codes, '', hash, 'made-up'"
        " FROM audit_entry WHERE seq = 8",
        9,
    ),
    "no seal": ("UPDATE audit_entry SET seal = '' WHERE seq = 4", 4),
    "another entry's seal": (
        "UPDATE audit_entry SET seal = (SELECT seal FROM audit_entry WHERE seq = 5) WHERE seq = 4",
        4,
    ),
    "the last entry removed": ("DELETE FROM audit_entry WHERE seq = 8", 7),
    "the last three removed": ("DELETE FROM audit_entry WHERE seq > 5", 5),
    "the last removed, and the mark of the end with it": (
        "DELETE FROM audit_entry WHERE seq = 8; DELETE FROM audit_tail",
        7,
    ),
    "the last removed, and the mark of the end put back": (
        "DELETE FROM audit_entry WHERE seq = 8; UPDATE audit_tail SET seq = 7,"
        " hash = (SELECT hash FROM audit_entry WHERE seq = 7)",
        7,
    ),
    "every entry removed": ("DELETE FROM audit_entry", 0),
    "the mark of the end moved": ("UPDATE audit_tail SET seq = 9", 8),
    "the chain made anew from an entry on, every hash right": ("rewrite from 4", 4),
    "the chain made anew and its seals taken off": ("rewrite from 4, unsealed", 4),
}


def tamper(statement: str) -> None:
    """Carry out what a person with access to the tables, and with our code, would do."""
    if statement.startswith("rewrite from 4"):
        previous = db.session.get_one(audit.AuditEntry, 3).hash
        rest = select(audit.AuditEntry).where(audit.AuditEntry.seq > 3)
        for entry in db.session.scalars(rest.order_by(audit.AuditEntry.seq)).all():
            entry.actor = "user:9" if entry.seq == 4 else entry.actor
            entry.prev = previous
            entry.hash = previous = audit._digest(entry)
            entry.seal = "" if statement.endswith("unsealed") else entry.seal
        db.session.flush()
        return
    for one in statement.split("; "):
        db.session.connection().exec_driver_sql(one)
    db.session.expire_all()


def fill(app: Flask) -> None:
    with app.app_context(), transaction():
        for number in range(1, ENTRIES + 1):
            audit.record(
                number,
                audit.Act.DECISION_REJECTED,
                f"contribution:{number}",
                {"reason": "claim", "revision": number},
                note="A free note" if number == 3 else None,
                now=clock.now(),
            )


def named(app: Flask) -> set[int]:
    with app.app_context():
        return {finding.seq for finding in audit.verify()}


class TestTheChain:
    def test_holds_as_it_was_written(self, app: Flask) -> None:
        fill(app)
        fill(app)
        assert named(app) == set()

    def test_names_what_was_changed_by_plain_sql(self, app: Flask) -> None:
        fill(app)
        for name, (statement, entry) in TAMPERING.items():
            with app.app_context(), pytest.raises(_Undo), transaction():
                if entry == 0:
                    db.session.execute(text("DELETE FROM audit_note"))
                tamper(statement)
                found = audit.verify()
                assert entry in {finding.seq for finding in found}, (name, found)
                print(f"{name}: entry {found[0].seq} {found[0].what}")
                raise _Undo
        assert named(app) == set()
        assert len(TAMPERING) >= 20

    def test_names_the_first_row_that_does_not_hold_first(self, app: Flask) -> None:
        fill(app)
        with app.app_context(), pytest.raises(_Undo), transaction():
            tamper("UPDATE audit_entry SET actor = 'user:9' WHERE seq IN (3, 6)")
            assert audit.verify()[0].seq == 3
            raise _Undo

    def test_misses_entries_even_when_the_whole_chain_is_put_back(self, app: Flask) -> None:
        """An earlier state of all tables holds in itself; the kept head knows of a later one."""
        fill(app)
        with app.app_context():
            before = db.session.execute(text("SELECT seq, hash, seal FROM audit_tail")).one()
            housekeeping.write_daily_head(clock.now())
            assert audit.verify() == []
            with pytest.raises(_Undo), transaction():
                db.session.execute(text("DELETE FROM audit_entry WHERE seq > 8"))
                db.session.execute(
                    text("UPDATE audit_tail SET seq = :seq, hash = :hash, seal = :seal"),
                    before._mapping,
                )
                assert [finding.seq for finding in audit.verify()] == [9]
                raise _Undo
            heads = Path(app.config["INSTANCE"]) / audit_seals.HEADS
            heads.write_text(heads.read_text().replace('"seq": 9', '"seq": 8'))
            assert [finding.seq for finding in audit.verify()] == [8]

    def test_seals_what_was_written_before_there_were_seals(self, app: Flask) -> None:
        fill(app)
        with app.app_context(), transaction():
            db.session.execute(text("UPDATE audit_entry SET seal = ''"))
            db.session.execute(text("DELETE FROM audit_tail"))
        assert named(app) == set()
        with app.app_context(), transaction():
            audit.record(1, audit.Act.GRANT_GIVEN, "user:1", now=clock.now())
        assert named(app) == set()
        with app.app_context(), pytest.raises(_Undo), transaction():
            tamper("rewrite from 4, unsealed")
            # Its last entry follows another one than the sealed entry says.
            assert {9} <= {finding.seq for finding in audit.verify()}
            raise _Undo

    def test_holds_when_a_note_is_erased(self, app: Flask) -> None:
        fill(app)
        with app.app_context(), transaction():
            db.session.execute(text("DELETE FROM audit_note"))
        assert named(app) == set()

    def test_has_no_gap_after_a_change_that_was_rolled_back(self, app: Flask) -> None:
        fill(app)
        with app.app_context(), pytest.raises(_Undo), transaction():
            audit.record(1, audit.Act.GRANT_GIVEN, "user:1", now=clock.now())
            raise _Undo
        fill(app)
        assert named(app) == set()

    def test_is_written_in_the_transaction_of_the_act_alone(self, app: Flask) -> None:
        with app.app_context(), pytest.raises(RuntimeError):
            audit.record(1, audit.Act.GRANT_GIVEN, "user:1", now=clock.now())


@pytest.mark.sqlite_only
class TestAuditVerify:
    def test_says_that_the_chain_holds_or_names_the_entry(self, app: Flask) -> None:
        fill(app)
        runner = app.test_cli_runner()
        done = runner.invoke(args=["audit", "verify"])
        assert done.exit_code == 0
        assert done.output == "The audit chain, the decisions, the texts and the votes hold.\n"
        with app.app_context(), transaction():
            db.session.execute(text("UPDATE audit_entry SET actor = 'user:9' WHERE seq = 4"))
        done = runner.invoke(args=["audit", "verify"])
        assert done.exit_code == 1
        assert "Entry 4 was altered" in done.output
        done = runner.invoke(args=["audit", "verify", "--json"])
        assert json.loads(done.output)[0]["seq"] == 4


class _Undo(Exception):
    """Rolls the tampering back."""
