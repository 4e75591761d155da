"""A real PostgreSQL: one cluster for the whole run, one database for each test that wants one.

Durability is off (fsync and the like): a test never needs a database to survive a power cut.
Databases are copied from a template that the migrations built, which takes milliseconds.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests.parts import run

FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200")
QUIET = ("listen_addresses=127.0.0.1", "unix_socket_directories=", "shared_buffers=64MB")


@dataclass(frozen=True)
class Cluster:
    """A running server on 127.0.0.1 that trusts its superuser `postgres`."""

    port: int
    folder: Path
    programs: Path

    def url(self, database: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def execute(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())

    @contextmanager
    def database(self, template: str = "template0") -> Iterator[str]:
        """The address of a new database, dropped at the end whoever is still connected."""
        url = self.copy(template)
        try:
            yield url
        finally:
            self.execute(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")

    def copy(self, template: str) -> str:
        """The address of a new database, which ends with the cluster."""
        name = f"test_{uuid.uuid4().hex}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def template(self, name: str, build: Callable[[str], None]) -> str:
        """A database to copy from, built once in this run by `build(address)`."""

        def make() -> dict[str, str]:
            self.execute(f"DROP DATABASE IF EXISTS {name}")  # what a failed build left
            self.execute(f"CREATE DATABASE {name} TEMPLATE template0")
            build(self.url(name))
            return {"name": name}

        made: str = run.once(f"template-{name}", make)["name"]
        return made


def cluster() -> Cluster:
    """The run's PostgreSQL, started when first asked for."""
    found = run.once("postgresql", lambda: start(run.folder() / "postgresql", FAST))
    return Cluster(found["port"], Path(found["folder"]), Path(found["programs"]))


def start(folder: Path, settings: tuple[str, ...]) -> dict[str, str | int]:
    """Makes a cluster in `folder` and starts it; without `settings` it is as durable as any."""
    programs = installed()
    folder.mkdir()
    prefix: list[str] = []
    if os.geteuid() == 0:
        owner = pwd.getpwnam("postgres")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        prefix = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    make = [str(programs / "initdb"), "--pgdata", str(folder / "data"), "--no-sync"]
    how = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]
    subprocess.run(
        [*prefix, *make, *how], check=True, capture_output=True, cwd="/", stdin=subprocess.DEVNULL
    )
    port = run.free_port()
    argv = [*prefix, str(programs / "postgres"), "-D", str(folder / "data"), "-p", str(port)]
    for setting in (*QUIET, *settings):
        argv += ["-c", setting]
    log = run.keep(folder.name, argv)
    address = f"postgresql://postgres@127.0.0.1:{port}/postgres"
    run.wait_until(lambda: _answers(address), 30, "PostgreSQL answered", log)
    return {"port": port, "folder": str(folder), "programs": str(programs)}


def installed() -> Path:
    """The folder of PostgreSQL's programs: the newest of Debian's, or the one on the path."""
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (folder / "initdb").exists():
            return folder
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else run.missing("PostgreSQL")


def _answers(address: str) -> bool:
    try:
        psycopg.connect(address, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True
