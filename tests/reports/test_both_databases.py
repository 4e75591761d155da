"""The same dialogue gives the same report, byte by byte, on SQLite and, stored in another order and
counted in seven parts, on PostgreSQL."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from config import Config
from dialogue.app import create_app
from dialogue.reports import build, model
from dialogue.reports.parts.crew import Alone, Crew
from dialogue.reports.reading import read_snapshot
from tests.parts import postgresql, tables
from tests.reports.conversation import START, hold
from tests.reports.said import VIEWS, say


def report(instance: Path, url: str, crew: Crew, *, backwards: bool) -> bytes:
    chance = Random(1)
    application = create_app(Config.for_tests(instance=instance, database_url=url))
    try:
        with application.app_context():
            snapshot = read_snapshot(
                hold(
                    comments=[(0, n, say(VIEWS[0], chance)) for n in range(30)],
                    rejected=[6],
                    backwards=backwards,
                ),
                START + timedelta(days=30),
            )
            return model.to_bytes(build.build(snapshot, crew=crew))
    finally:
        tables.let_go(application)


@pytest.mark.postgresql
def test_is_the_same_on_both(tmp_path: Path) -> None:
    url = tables.sqlite(tmp_path / "dialogue.sqlite3")
    on_sqlite = report(tmp_path, url, Alone(), backwards=False)
    cluster = postgresql.cluster()
    with cluster.database(tables.postgresql_template()) as url:
        assert report(tmp_path / "other", url, Alone(7), backwards=True) == on_sqlite
