"""Databases with all tables and no rows, built once in a run by the real chain of migrations."""

from __future__ import annotations

import shutil
from pathlib import Path

from flask import Flask
from flask_migrate import upgrade

from config import Config
from dialogue.app import create_app
from dialogue.kernel.db import db
from tests.parts import postgresql, run

MIGRATIONS = str(Path(__file__).resolve().parents[2] / "migrations")


def sqlite(file: Path) -> str:
    """Puts an empty database at `file`; returns its address."""
    template = run.once("sqlite-template", _build_sqlite)
    shutil.copyfile(template["file"], file)
    return f"sqlite:///{file}"


def postgresql_template() -> str:
    """The name of the database that the run's others are copied from."""
    return postgresql.cluster().template("dialogue_template", migrate)


def migrate(url: str) -> None:
    """Runs the chain of migrations in an application that is thrown away."""
    application = create_app(
        Config.for_tests(instance=run.folder() / "template-instance", database_url=url)
    )
    try:
        with application.app_context():
            upgrade(MIGRATIONS)
    finally:
        let_go(application)


def let_go(application: Flask) -> None:
    """Closes every connection, so that a PostgreSQL database can be copied or dropped."""
    with application.app_context():
        db.session.remove()
        db.engine.dispose()


def _build_sqlite() -> dict[str, str]:
    file = run.folder() / "template.sqlite3"
    migrate(f"sqlite:///{file}")
    return {"file": str(file)}
