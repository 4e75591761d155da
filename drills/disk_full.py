"""The disk fills up: first the one that reports are written to, then the one of the database.

Promised: the report fails and says so, reading goes on, writing is answered 503 with the typed
text, nothing is broken, and all works again once there is room. Needs root, for a small disk.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from sqlalchemy import select

from dialogue.kernel.db import db
from dialogue.reports.models import Report, ReportState
from drills import figures, reckoning
from drills.crowd import Ledger
from drills.figures import Figure
from drills.killer import WORKER
from drills.locked_database import Round, comment_form, send
from drills.world import SLUG, World, planted
from tests.parts import run
from tests.parts.person import Person

SIZE = "64m"
ALMOST_NOTHING = 20_000  # bytes: less than the files of a report


def drill() -> list[Figure]:
    if os.geteuid() != 0:
        run.missing("The right to mount a small disk")
    return [*full_for_reports(), *full_for_the_database()]


def full_for_reports() -> list[Figure]:
    with planted() as world, small_disk(world.site.instance / "files") as fill:
        (officer,) = world.people(1, "officer")
        world.site.start_web()
        world.site.start_worker(*WORKER)
        with world.signed_in(officer) as person:
            with fill(ALMOST_NOTHING):
                failed = finished_report(world, person)
                reading = person.client.get(f"/d/{SLUG}").status_code
            again = finished_report(world, person)
        return [
            figures.equal("files: the report", failed.state, ReportState.FAILED),
            figures.equal(
                "files: it says why", failed.reason, "There is no space left on the server's disk."
            ),
            figures.equal("files: reading", reading, 200),
            figures.equal("files: the next report, with room", again.state, ReportState.DONE),
            *reckoning.files(world),
        ]


def full_for_the_database() -> list[Figure]:
    with planted() as world, small_disk(world.site.instance) as fill:
        people = world.people(6)
        world.site.start_web()
        persons = [world.signed_in(account) for account in people]
        done = Round()
        prepared = [
            (person, *comment_form(world, person, place)) for place, person in enumerate(persons)
        ]
        with fill(0):
            for person, form, mark in prepared:
                send(done, person, form, mark)
            reading = persons[0].client.get(f"/d/{SLUG}").status_code
            health = persons[0].client.get("/healthz").status_code
        kept = sum(mark in answer.text for mark, answer in done.answers)
        refused = done.count(503)
        after = Round()
        for person, form, mark in prepared:
            send(after, person, form, mark)
        ledger = Ledger(
            acknowledged={
                mark: answer.headers["location"]
                for mark, answer in after.answers
                if answer.status_code == 303
            }
        )
        return [
            figures.equal("database: answers 503", refused, len(prepared)),
            figures.equal("database: of these with the typed text", kept, len(prepared)),
            figures.equal("database: reading", reading, 200),
            figures.equal("database: /healthz", health, 200),
            figures.equal("database: the same forms, with room", after.count(303), len(prepared)),
            *reckoning.contributions(world, ledger),
            *reckoning.database(world),
        ]


def finished_report(world: World, officer: Person) -> Report:
    """Ask for a report and wait for its end."""
    page = f"/agency/d/{SLUG}/reports/new"
    answer = officer.send(officer.form(page, action=page))
    number = int(answer.headers["location"].rsplit("/", 1)[1])

    def ended() -> bool:
        with world.app.app_context():
            return db.session.get_one(Report, number).ended

    reckoning.wait_for(world, ended, 90, "The report ended")
    with world.app.app_context():
        report: Report = db.session.scalars(select(Report).where(Report.id == number)).one()
        return report


@contextmanager
def small_disk(folder: Path) -> Iterator[Callable[[int], AbstractContextManager[None]]]:
    """`folder` becomes a disk of its own with what it held; gives a way to fill it up."""
    aside = folder.with_name(f"{folder.name}-aside")
    folder.rename(aside)
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "none", str(folder)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        run.missing("The right to mount a small disk")
    try:
        shutil.copytree(aside, folder, dirs_exist_ok=True)

        @contextmanager
        def fill(left: int) -> Iterator[None]:
            ballast = folder / "ballast"
            room = shutil.disk_usage(folder).free - left
            with ballast.open("wb") as file, contextlib.suppress(OSError):
                os.posix_fallocate(file.fileno(), 0, max(room, 1))
            try:
                yield
            finally:
                ballast.unlink()

        yield fill
    finally:
        # Lazily: a process that is killed a moment later may still hold a file open.
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


if __name__ == "__main__":
    figures.main(drill)
