"""An application and its database that are kept from test to test, and emptied in between.

Making an application anew compiles some hundred routes, every template and every statement again;
making a PostgreSQL database copies hundreds of files. A test that changes the schema or what an
application is made of asks for a fresh one (`own_database`).
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from flask import Flask

from config import Config
from dialogue.app import create_app
from tests.parts import postgresql, run, tables

# Everything that rows set off is off, too: records that nothing may change, foreign keys.
_EMPTY = """
DO $$
DECLARE found record;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR found IN
        SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
        WHERE schemaname = 'public' AND tablename <> 'alembic_version'
    LOOP
        EXECUTE 'DELETE FROM ' || found.name;
    END LOOP;
    FOR found IN
        SELECT format('%I.%I', schemaname, sequencename) AS name FROM pg_sequences
        WHERE schemaname = 'public' AND last_value IS NOT NULL
    LOOP
        EXECUTE 'ALTER SEQUENCE ' || found.name || ' RESTART';
    END LOOP;
END $$
"""
_OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@dataclass
class Stage:
    """A database with all tables, a folder, and, once somebody asked, an application on both."""

    kind: str
    url: str
    instance: Path
    _app: Flask | None = None

    def app(self) -> Flask:
        """The application as it was made; the limits are the shipped ones."""
        if self._app is None:
            self._app = create_app(Config.for_tests(instance=self.instance, database_url=self.url))
            self._made = dict(self._app.config)
            self._attached = dict(self._app.extensions)
            self._asked: Any = self._app.wsgi_app
        self._app.config.clear()
        self._app.config.update(self._made)
        self._app.extensions.clear()
        self._app.extensions.update(self._attached)
        self._app.wsgi_app = self._asked  # type: ignore[method-assign]  # as create_app does
        self._asked.forget_all()
        return self._app

    def empty(self) -> None:
        """Takes away what a test has left: rows, files, connections."""
        if self._app is not None:
            tables.let_go(self._app)
        for left in self.instance.iterdir():
            if left.is_dir():
                shutil.rmtree(left)
            else:
                left.unlink()
        if self.kind == "sqlite":
            tables.sqlite(self.instance / "dialogue.sqlite3")
            return
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(_OTHERS)
            connection.execute(_EMPTY)


_kept: dict[str, Stage] = {}


def stage(kind: str) -> Stage:
    """This worker's stage on a kind of database, empty."""
    if kind not in _kept:
        instance = run.folder() / f"stage-{kind}-{os.getpid()}"
        instance.mkdir()
        if kind == "sqlite":
            url = tables.sqlite(instance / "dialogue.sqlite3")
        else:
            url = postgresql.cluster().copy(tables.postgresql_template())
        _kept[kind] = Stage(kind, url, instance)
    return _kept[kind]
