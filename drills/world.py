"""Installations for drills: the demonstration planted, people with accounts, ready to be broken."""

from __future__ import annotations

import argparse
import contextlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from sqlalchemy import select

from config import Config
from dialogue.app import create_app
from dialogue.kernel.db import db
from dialogue.participation.models import Contribution, Kind
from tests.parts import brokers, postgresql, run, tables
from tests.parts.person import Person
from tests.parts.site import Site

SLUG = "labor-trafficking-outreach"
PASSWORD = "correct horse battery drill"  # noqa: S105 - of every account that a drill makes

# A drill cannot wait for minutes, and its few people write more than any person does.
SETTINGS = {
    "DIALOGUE_RESEND_SECONDS": "10",
    "DIALOGUE_LEASE_SECONDS": "15",
    "DIALOGUE_IDEAS_PER_DAY": "100000",
    "DIALOGUE_COMMENTS_PER_HOUR": "100000",
    "DIALOGUE_VOTES_PER_HOUR": "100000",
}


@dataclass(frozen=True)
class Account:
    """Somebody who can sign in."""

    email: str
    password: str = PASSWORD


class World:
    """One installation with the demonstration in it, and an application of our own beside it."""

    def __init__(self, site: Site, kind: str) -> None:
        self.site = site
        self.kind = kind
        self.app: Flask = create_app(Config.from_environment(site.environment))

    def people(self, count: int, role: str = "participant") -> list[Account]:
        """New accounts, made by `flask user add`."""
        runner = self.app.test_cli_runner()
        made = [Account(f"{role}-{number}@drill.example.org") for number in range(count)]
        for account in made:
            words = ["user", "add", account.email, "--role", role, "--password", PASSWORD]
            done = runner.invoke(args=words)
            assert done.exit_code == 0, done.output
        return made

    def signed_in(self, account: Account) -> Person:
        person = Person(self.site.url)
        person.sign_in(account.email, account.password)
        return person

    def ideas(self) -> list[int]:
        """The ids of the public ideas."""
        listed = select(Contribution.id).where(Contribution.listed, Contribution.kind == Kind.IDEA)
        with self.app.app_context():
            return list(db.session.scalars(listed.order_by(Contribution.id)))


def options(description: str | None) -> argparse.ArgumentParser:
    """A command line that says on what to plant, as `planted` takes it."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--broker", choices=("embedded", "rabbitmq", "redis"), default="embedded")
    return parser


@contextmanager
def planted(database: str = "sqlite", broker: str = "embedded", **settings: str) -> Iterator[World]:
    """A world on `sqlite` or `postgresql`, its work going through `embedded`, `rabbitmq`, `redis`
    or the broker at an address. No process runs yet; everything ends with the block."""
    folder = run.folder() / f"site-{run.free_port()}"
    chosen = {**SETTINGS, **settings}
    if broker != "embedded":
        found = {"rabbitmq": brokers.rabbitmq, "redis": brokers.redis}
        chosen["DIALOGUE_BROKER_URL"] = found[broker]() if broker in found else broker
    with contextlib.ExitStack() as ends:
        if database == "sqlite":
            shutil.copytree(run.once("planted", _plant_sqlite)["folder"], folder)
        else:
            cluster = postgresql.cluster()
            template = cluster.template("planted", _plant_postgresql)
            shutil.copytree(run.folder() / "planted-postgresql", folder)
            chosen["DIALOGUE_DATABASE_URL"] = ends.enter_context(cluster.database(template))
        site = Site(folder, chosen)
        world = World(site, database)
        ends.callback(tables.let_go, world.app)
        ends.callback(end_all, site)
        yield world


def end_all(site: Site) -> None:
    for name in list(site.processes):
        site.kill(name)


def _plant_sqlite() -> dict[str, str]:
    folder = run.folder() / "planted"
    _plant(folder, {})
    return {"folder": str(folder)}


def _plant_postgresql(url: str) -> None:
    _plant(run.folder() / "planted-postgresql", {"DIALOGUE_DATABASE_URL": url})


def _plant(folder: Path, settings: dict[str, str]) -> None:
    site = Site(folder, settings)
    site.flask("db", "upgrade")
    site.flask("seed", "demo")
