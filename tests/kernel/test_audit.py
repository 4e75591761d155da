"""The record of what staff did: whatever is changed in it by plain SQL, `audit verify` names."""

from __future__ import annotations

import json

import pytest
from flask import Flask
from sqlalchemy import text

from dialogue.kernel import audit, clock
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
}


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
                db.session.connection().exec_driver_sql(statement)
                found = {finding.seq for finding in audit.verify()}
                assert entry in found, (name, found)
                raise _Undo
        assert named(app) == set()

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
        assert done.output == "The audit chain, the texts and the votes hold.\n"
        with app.app_context(), transaction():
            db.session.execute(text("UPDATE audit_entry SET actor = 'user:9' WHERE seq = 4"))
        done = runner.invoke(args=["audit", "verify"])
        assert done.exit_code == 1
        assert "Entry 4 was altered" in done.output
        done = runner.invoke(args=["audit", "verify", "--json"])
        assert json.loads(done.output)[0]["seq"] == 4


class _Undo(Exception):
    """Rolls the tampering back."""
