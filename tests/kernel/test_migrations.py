"""The chain of migrations leads up, down and up again, and ends where the models are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import CheckConstraint, Connection, Table, inspect, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.schema import CreateTable

from dialogue.kernel.db import Base, db
from tests.conftest import Database
from tests.parts import tables

pytestmark = pytest.mark.own_database

OWN = ("search_", "alembic_version", "sqlite_")


def differences(connection: Connection) -> list[Any]:
    """What the database has otherwise than the models: tables, columns, indexes, constraints."""
    context = MigrationContext.configure(
        connection,
        opts={
            "compare_type": True,
            "include_object": lambda _thing, name, kind, *_: (
                not (kind in {"table", "index"} and (name or "").startswith((*OWN, "ix_search_")))
            ),
        },
    )
    found: list[Any] = list(compare_metadata(context, Base.metadata))
    for table in Base.metadata.sorted_tables:
        found += _of_checks(connection, table)
    return found


def _of_checks(connection: Connection, table: Table) -> list[str]:
    """CHECK constraints by name and by what they say (Alembic does not compare them)."""
    wanted = {
        str(constraint.name)
        for constraint in table.constraints
        if isinstance(constraint, CheckConstraint)
    }
    inspector = inspect(connection)
    if not inspector.has_table(table.name):
        return [f"{table.name} is missing"]
    there = {str(check["name"]) for check in inspector.get_check_constraints(table.name)}
    return [f"{table.name}: {name}" for name in sorted(wanted ^ there)]


def writing() -> Connection:
    """A connection on which tables may be changed; closed without a commit, nothing stays."""
    return db.engine.connect().execution_options(writes=True)


@pytest.fixture
def live(app: Flask) -> Iterator[Connection]:
    with app.app_context():
        with writing() as connection:
            yield connection
        db.session.remove()


class TestTheChain:
    def test_ends_where_the_models_are(self, live: Connection) -> None:
        assert differences(live) == []

    def test_leads_down_to_nothing_and_up_again(self, app: Flask, database: Database) -> None:
        def names() -> set[str]:
            with app.app_context(), db.engine.connect() as connection:
                return set(inspect(connection).get_table_names()) - {"alembic_version"}

        full = names()
        assert {table.name for table in Base.metadata.sorted_tables} <= full
        with app.app_context():
            downgrade(tables.MIGRATIONS, revision="base")
        tables.let_go(app)
        left = {name for name in names() if not name.startswith("sqlite_")}
        assert left == set(), f"{database.kind} keeps {left}"
        with app.app_context():
            upgrade(tables.MIGRATIONS)
        tables.let_go(app)
        assert names() == full
        with app.app_context(), db.engine.connect() as connection:
            assert differences(connection) == []

    def test_comparison_turns_red_for_each_kind_of_difference(
        self, app: Flask, database: Database
    ) -> None:
        """The test above does find what it is there to find."""
        changes = {
            "a column too many": "ALTER TABLE agency ADD COLUMN colour VARCHAR",
            "a column too few": "ALTER TABLE agency DROP COLUMN name",
            "an index too few": "DROP INDEX ix_vote_participant_id",
            "a table too many": "CREATE TABLE stray (id INTEGER PRIMARY KEY)",
            "a table too few": "DROP TABLE heartbeat",
        }
        if database.kind == "postgresql":
            changes["a CHECK too few"] = "ALTER TABLE vote DROP CONSTRAINT ck_vote_choice"
            changes["a column that may be empty"] = (
                "ALTER TABLE agency ALTER COLUMN name DROP NOT NULL"
            )
        for name, change in changes.items():
            with app.app_context(), writing() as connection:
                connection.exec_driver_sql(change)
                assert differences(connection), name
                connection.rollback()
        if database.kind == "sqlite":
            self._without_its_check(app)

    def _without_its_check(self, app: Flask) -> None:
        """SQLite changes a CHECK by making the table anew."""
        whole = str(CreateTable(Base.metadata.tables["vote"]).compile(dialect=_dialect(app)))
        check = next(line for line in whole.splitlines() if "ck_vote_choice" in line)
        bare = whole.replace(check, "").rstrip().rstrip(")").rstrip().rstrip(",") + "\n)"
        with app.app_context(), writing() as connection:
            connection.exec_driver_sql("DROP TABLE vote")
            connection.exec_driver_sql(bare)
            connection.exec_driver_sql(
                "CREATE INDEX ix_vote_participant_id ON vote (participant_id)"
            )
            assert differences(connection) == ["vote: ck_vote_choice"]
            connection.rollback()


class TestTheDatabase:
    def test_refuses_by_itself_what_must_never_be(self, app: Flask) -> None:
        """Rules that hold whoever writes: a program, a person, a program with a fault."""
        a_vote = "INSERT INTO vote (idea_id, participant_id, choice, at) VALUES"
        for statement in (
            f"{a_vote} (1, 1, 'maybe', '2026-01-01')",
            f"{a_vote} (987, 987, 'agree', '2026-01-01')",
            "INSERT INTO role_grant (user_id, role, from_at) VALUES (1, 'king', '2026-01-01')",
        ):
            with app.app_context(), writing() as open_one:
                with pytest.raises(IntegrityError):
                    open_one.execute(text(statement))
                open_one.rollback()


def _dialect(app: Flask) -> Any:
    with app.app_context():
        return db.engine.dialect
