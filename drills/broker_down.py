"""The broker goes away while people write, and comes back.

Embedded: its file is deleted under a running worker. RabbitMQ: nobody can reach it for a while.
Promised: every POST is answered 303 within a second, and what was owed is done within a minute of
its return.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from urllib.parse import urlsplit

from drills import figures, reckoning
from drills.crowd import Crowd
from drills.doors import Door
from drills.figures import Figure
from drills.killer import WORKER
from drills.world import World, planted
from tests.parts import brokers

DOWN = 10.0  # seconds
WRITERS = 4


def drill() -> list[Figure]:
    with planted() as world:
        found = write_without("embedded", world, lambda: delete_broker_file(world), lambda: None)
    door = Door(urlsplit(brokers.rabbitmq()).port or 0)
    # The shipped time between two sendings: what is owed must not wait for it.
    address = f"amqp://guest:guest@127.0.0.1:{door.port}//"
    with planted(broker=address, DIALOGUE_RESEND_SECONDS="60") as world:
        found += write_without("rabbitmq", world, door.shut, door.open)
    return found


def delete_broker_file(world: World) -> None:
    for file in world.site.instance.glob("broker.sqlite3*"):
        file.unlink()


def write_without(
    broker: str, world: World, go: Callable[[], None], come_back: Callable[[], None]
) -> list[Figure]:
    people = world.people(WRITERS)
    world.site.start_web()
    world.site.start_worker(*WORKER)
    crowd = Crowd(world, people)
    crowd.begin()
    time.sleep(3)
    go()
    before = len(crowd.ledger.waits)
    time.sleep(DOWN)
    waits = crowd.ledger.waits[before:]
    owed = reckoning.owed(world)
    crowd.end()
    come_back()
    drained = reckoning.settle(world, 120)
    refused = crowd.ledger.answers.total() - crowd.ledger.answers["303"]
    return [
        figures.at_least(f"{broker}: POSTs while it was away", len(waits), 30),
        figures.none(f"{broker}: POSTs not answered 303", refused),
        figures.at_most(f"{broker}: POST, 95th percentile s", figures.percentile(waits, 0.95), 1),
        figures.seen(f"{broker}: owed when it came back", owed),
        figures.at_most(f"{broker}: seconds until nothing was owed", drained, 60),
        *reckoning.contributions(world, crowd.ledger),
        *reckoning.queue(world),
    ]


if __name__ == "__main__":
    figures.main(drill)
