"""Web server and worker are killed (SIGKILL) again and again while people write and vote.

Promised: what was acknowledged is there, once and whole; every count equals a recount; every
report ends; nothing half-written stays. `--database postgresql --broker rabbitmq` for production's
pair, `--seconds` and `--kills` for longer.
"""

from __future__ import annotations

import argparse
import threading
import time

import httpx

from drills import crowd, figures, reckoning
from drills.figures import Figure
from drills.killer import WORKER, Killer
from drills.world import SLUG, Account, World, options, planted

WRITERS = 8


def drill() -> list[Figure]:
    wanted = arguments()
    with planted(wanted.database, wanted.broker) as world:
        return [
            figures.seen("database, broker", f"{wanted.database}, {wanted.broker}"),
            *kill_while_people_write(world, wanted.seconds, wanted.kills),
        ]


def arguments() -> argparse.Namespace:
    parser = options(__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--kills", type=int, default=30)
    return parser.parse_args()


def kill_while_people_write(world: World, seconds: float, kills: int) -> list[Figure]:
    people = world.people(WRITERS)
    (officer,) = world.people(1, "officer")
    world.site.start_web()
    world.site.start_worker(*WORKER)
    writers = crowd.Crowd(world, people)
    killer = Killer(world)
    stop = threading.Event()
    asking = threading.Thread(target=ask_for_reports, args=(world, officer, stop))
    writers.begin()
    asking.start()
    began = time.monotonic()
    killer.begin()
    while time.monotonic() - began < seconds or killer.kills.total() < kills:
        time.sleep(0.5)
        if killer.problems or time.monotonic() - began > 3 * seconds:
            break
    stop.set()
    killer.end()
    writers.end()
    asking.join()
    lasted = time.monotonic() - began
    settled = reckoning.settle(world, 240)
    half = len(list(world.site.instance.rglob(".part-*")))
    reckoning.remove_leftovers(world)
    return [
        figures.seen("seconds of writing under fire", lasted),
        figures.at_least("kills", killer.kills.total(), kills),
        *(figures.seen(f"kills of {name}", count) for name, count in sorted(killer.kills.items())),
        figures.seen("web children dead so soon that granian ended", killer.unreplaced["gave up"]),
        figures.seen("web children not replaced within 15 s", killer.unreplaced["stuck"]),
        *(
            figures.seen(f"answers {answer}", count)
            for answer, count in sorted(writers.ledger.answers.items())
        ),
        figures.none("answers 500", writers.ledger.answers["500"]),
        figures.seen("POST, median s", figures.percentile(writers.ledger.waits, 0.5)),
        figures.seen("POST, 95th percentile s", figures.percentile(writers.ledger.waits, 0.95)),
        figures.at_least("contributions acknowledged", len(writers.ledger.acknowledged), 30),
        *reckoning.contributions(world, writers.ledger),
        *reckoning.votes(world, writers.ledger),
        *reckoning.queue(world),
        *reckoning.reports(world),
        *reckoning.database(world),
        figures.seen("half-written files before tidying", half),
        *reckoning.files(world),
        *reckoning.mails(world),
        figures.seen("seconds until nothing was owed", settled),
    ]


def ask_for_reports(world: World, officer: Account, stop: threading.Event) -> None:
    """An officer presses "Make report" whenever the page offers it."""
    person = None
    while not stop.wait(2):
        try:
            person = person or world.signed_in(officer)
            form = person.form(
                f"/agency/d/{SLUG}/reports/new", action=f"/agency/d/{SLUG}/reports/new"
            )
            person.send(form)
        except (httpx.TransportError, AssertionError):
            continue
    if person is not None:
        person.client.close()


if __name__ == "__main__":
    figures.main(drill)
