"""Two workers share one large report; the one that helps is killed (SIGKILL), then the one that
makes it.

Promised: the report is made, in the second attempt; what had been done is not done again; its
bytes are those of the report that one process makes alone; nothing of the work is left.
`--database postgresql --broker rabbitmq` for production's pair, `--comments` for another size.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from sqlalchemy import select, update

from dialogue.dialogues.queries import dialogue_by_slug
from dialogue.kernel import clock
from dialogue.kernel.db import db, transaction
from dialogue.kernel.outbox import OutboxDelivery
from dialogue.reports import job
from dialogue.reports.commands import making
from dialogue.reports.folder import files_folder
from dialogue.reports.models import PartState, Report, ReportPart, ReportState
from drills import figures, reckoning
from drills.figures import Figure
from drills.world import World, options, planted
from tests.parts import run
from tests.reports.conversation import hold
from tests.reports.said import VIEWS, say

LARGE = "large"
LEASE = 4  # seconds
PEOPLE, IDEAS, SHARDS = 400, 24, 5
WORKERS = ("worker", "second")
ONE_PROCESS = ("--pool", "prefork", "--concurrency", "1")


def drill() -> list[Figure]:
    wanted = arguments()
    settings = {
        "DIALOGUE_LEASE_SECONDS": str(LEASE),
        "DIALOGUE_RESEND_SECONDS": "2",
        "DIALOGUE_REPORT_SHARDS": str(SHARDS),
    }
    with planted(wanted.database, wanted.broker, **settings) as world:
        plant(world, wanted.comments)
        alone = made_alone(world)
        return [
            figures.seen("database, broker", f"{wanted.database}, {wanted.broker}"),
            *share_and_kill(world, alone),
            *reckoning.files(world),
        ]


def arguments() -> argparse.Namespace:
    parser = options(__doc__)
    parser.add_argument("--comments", type=int, default=1500)
    return parser.parse_args()


def plant(world: World, comments: int) -> None:
    """A dialogue on which two workers are busy for a while."""
    chance = Random(8)
    views = ("a" * (IDEAS // 2) + "d" * (IDEAS // 2), "d" * (IDEAS // 2) + "a" * (IDEAS // 2))
    people = [
        "".join(chance.choice("adp-") if chance.random() < 0.3 else c for c in views[n % 2])
        for n in range(PEOPLE)
    ]
    words = [f"{say(VIEWS[n % 3], chance)} {chance.random()}" for n in range(comments)]
    with world.app.app_context():
        hold(
            LARGE,
            people,
            [f"Idea number {n}" for n in range(IDEAS)],
            comments=[(n % IDEAS, n % PEOPLE, text) for n, text in enumerate(words)],
        )
        # What planting set off, a thousand small things, is not in question.
        with transaction():
            db.session.execute(update(OutboxDelivery).values(done_at=clock.now()))
        db.session.remove()


def made_alone(world: World) -> bytes:
    folder = world.site.instance / "alone"
    world.site.flask("report", "build", LARGE, "--format", "json", "--out", str(folder))
    return (folder / "report.json").read_bytes()


@dataclass(frozen=True)
class Moment:
    """A report and its parts, at one look."""

    state: str
    maker: str
    attempts: int
    parts: dict[tuple[str, int], tuple[str, str, int]]  # → state, holder, attempts

    @property
    def done(self) -> set[tuple[str, int]]:
        return {key for key, part in self.parts.items() if part[0] == PartState.DONE}

    @property
    def helped(self) -> bool:
        """Tell whether somebody else holds a part just now."""
        return any(
            state == PartState.HELD and holder != self.maker
            for state, holder, _attempts in self.parts.values()
        )


def share_and_kill(world: World, alone: bytes) -> list[Figure]:
    for name in WORKERS:
        world.site.start_worker(*ONE_PROCESS, name=name)
    with world.app.app_context(), transaction():
        dialogue = dialogue_by_slug(LARGE)
        assert dialogue is not None
        report_id = making.request_report(dialogue=dialogue, actor_id=None, now=clock.now()).id
    began = time.monotonic()
    wait(world, report_id, lambda now: now.helped, "Somebody helped")
    maker, helper = who_makes(world, report_id)
    world.site.kill(helper)
    killed_helper = time.monotonic() - began
    at_kill = wait(world, report_id, lambda now: len(now.done) >= SHARDS, "Some parts were done")
    world.site.kill(maker)
    at_kill = look(world, report_id)
    for name in WORKERS:
        world.site.start_worker(*ONE_PROCESS, name=name)
    time.sleep(LEASE)
    with world.app.app_context():
        job.sweep()  # the schedule does it every half minute
    again = 0

    def is_over(now: Moment) -> bool:
        nonlocal again
        tried = [key for key in at_kill.done if key in now.parts]
        again = max(again, sum(now.parts[key][2] != at_kill.parts[key][2] for key in tried))
        return now.state not in (ReportState.QUEUED, ReportState.RUNNING)

    over = wait(world, report_id, is_over, "The report ended")
    with world.app.app_context():
        report = db.session.get_one(Report, report_id)
        file = report.file("json")
        bytes_made = (files_folder() / file.path).read_bytes() if file else b""
    return [
        figures.equal("the report", over.state, ReportState.DONE),
        figures.equal("attempts", over.attempts, 2),
        figures.equal("bytes of a report made alone", bytes_made == alone, True),
        figures.at_least("parts done before its maker was killed", len(at_kill.done), SHARDS),
        figures.none("of them done again", again),
        figures.none("parts left in the database", len(over.parts)),
        figures.none("files of parts left", len(list(work_folders(world)))),
        figures.seen("seconds until the helper was killed", killed_helper),
        figures.seen("seconds in all", time.monotonic() - began),
    ]


def who_makes(world: World, report_id: int) -> tuple[str, str]:
    """The worker that claimed the report, and the other."""
    claimed = f"report-{report_id}-1"
    first, second = WORKERS
    made_by_first = any(
        "report.claimed" in line and claimed in line
        for line in world.site.log(first).read_text().splitlines()
    )
    return (first, second) if made_by_first else (second, first)


def wait(world: World, report_id: int, ready: Callable[[Moment], bool], what: str) -> Moment:
    """The first moment that is so."""
    found: list[Moment] = []

    def is_ready() -> bool:
        found[:] = [look(world, report_id)]
        return ready(found[0])

    run.wait_until(is_ready, 120, what, world.site.log(WORKERS[0]), every=0.02)
    return found[0]


def look(world: World, report_id: int) -> Moment:
    with world.app.app_context():
        report = db.session.get_one(Report, report_id)
        parts = db.session.scalars(select(ReportPart).where(ReportPart.report_id == report_id))
        return Moment(
            report.state,
            report.lease_holder,
            report.attempts,
            {(p.stage, p.number): (p.state, p.lease_holder, p.attempts) for p in parts},
        )


def work_folders(world: World) -> list[Path]:
    return list((world.site.instance / "files" / "reports").glob("*/work"))


if __name__ == "__main__":
    figures.main(drill)
