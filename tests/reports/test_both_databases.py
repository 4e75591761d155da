"""The same dialogue gives the same report, byte by byte, on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from config import Config
from dialogue.app import create_app
from dialogue.reports import build, model
from dialogue.reports.reading import read_snapshot
from tests.parts import postgresql, tables
from tests.reports.conversation import START, hold


def report(instance: Path, url: str) -> bytes:
    application = create_app(Config.for_tests(instance=instance, database_url=url))
    try:
        with application.app_context():
            snapshot = read_snapshot(
                hold(comments=[(0, 3, "Where are pay stubs kept?")], rejected=[6]),
                START + timedelta(days=30),
            )
            return model.to_bytes(build.build(snapshot))
    finally:
        tables.let_go(application)


@pytest.mark.postgresql
def test_is_the_same_on_both(tmp_path: Path) -> None:
    on_sqlite = report(tmp_path, tables.sqlite(tmp_path / "dialogue.sqlite3"))
    cluster = postgresql.cluster()
    with cluster.database(tables.postgresql_template()) as url:
        assert report(tmp_path / "other", url) == on_sqlite
