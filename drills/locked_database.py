"""Another program holds SQLite's write lock, for three seconds and for thirty.

Promised: after three seconds the waiting form is answered 303; after thirty it is answered 503
with Retry-After and the typed text; reading goes on meanwhile; nothing is ever answered 500.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import httpx

from drills import figures, reckoning
from drills.crowd import Ledger
from drills.figures import Figure
from drills.world import SLUG, World, planted
from tests.parts.person import Form, Person, choose, forms

WRITERS = 6


def drill() -> list[Figure]:
    with planted() as world:
        people = world.people(WRITERS)
        world.site.start_web()
        persons = [world.signed_in(account) for account in people]
        short = write_while_locked(world, persons, 3.0)
        long = write_while_locked(world, persons, 30.0)
        after = write_while_locked(world, persons, 0.0)
        kept = sum(
            answer.status_code == 503 and mark in answer.text for mark, answer in long.answers
        )
        told = sum("retry-after" in answer.headers for _mark, answer in long.answers)
        return [
            figures.equal("3 s: answers 303", short.count(303), WRITERS),
            figures.at_most("3 s: longest POST s", max(short.waits), 6),
            figures.seen("3 s: reading, 95th percentile s", figures.percentile(short.reads, 0.95)),
            figures.equal("30 s: answers 503", long.count(503), WRITERS),
            figures.equal("30 s: of these with the typed text", kept, WRITERS),
            figures.equal("30 s: of these with Retry-After", told, WRITERS),
            figures.at_most("30 s: longest POST s", max(long.waits), 15),
            figures.none("30 s: readings refused", long.refused_reads),
            figures.seen("30 s: reading, median s", figures.percentile(long.reads, 0.5)),
            figures.seen("30 s: reading, longest s", max(long.reads)),
            figures.equal("afterwards: answers 303", after.count(303), WRITERS),
            figures.none("answers 500", sum(round_.count(500) for round_ in (short, long, after))),
            *reckoning.contributions(world, merged(short, long, after)),
            *reckoning.database(world),
        ]


class Round:
    """What happened while the lock was held once."""

    def __init__(self) -> None:
        self.answers: list[tuple[str, httpx.Response]] = []
        self.waits: list[float] = []
        self.reads: list[float] = []
        self.refused_reads = 0

    def count(self, status: int) -> int:
        return sum(answer.status_code == status for _mark, answer in self.answers)


def merged(*rounds: Round) -> Ledger:
    ledger = Ledger()
    for mark, answer in (pair for done in rounds for pair in done.answers):
        if answer.status_code == 303:
            ledger.acknowledged[mark] = answer.headers["location"]
    return ledger


def write_while_locked(world: World, persons: Sequence[Person], seconds: float) -> Round:
    done = Round()
    prepared = [
        (person, *comment_form(world, person, place)) for place, person in enumerate(persons)
    ]
    with locked(world, seconds):
        threads = [
            threading.Thread(target=send, args=(done, person, form, mark))
            for person, form, mark in prepared
        ]
        for thread in threads:
            thread.start()
        with Person(world.site.url) as reader:
            ends = time.monotonic() + min(seconds, 12.0)
            while time.monotonic() < ends:
                began = time.monotonic()
                answer = reader.client.get(f"/d/{SLUG}")
                done.reads.append(time.monotonic() - began)
                done.refused_reads += answer.status_code != 200
                time.sleep(0.1)
        for thread in threads:
            thread.join()
    return done


def send(done: Round, person: Person, form: Form, mark: str) -> None:
    began = time.monotonic()
    answer = person.send(form, ("step", "post"))
    done.waits.append(time.monotonic() - began)
    done.answers.append((mark, answer))


def comment_form(world: World, person: Person, place: int) -> tuple[Form, str]:
    idea = world.ideas()[place]
    mark = f"drill-{time.time_ns():016x}"[:22]
    page = person.client.get(f"/d/{SLUG}/ideas/{idea}", follow_redirects=True)
    form = choose(forms(page.text, page.url.path), action=f"/d/{SLUG}/ideas/{idea}/comments")
    form.fields["body"] = f"A comment of a drill, {mark}."
    return form, mark


@contextmanager
def locked(world: World, seconds: float) -> Iterator[None]:
    """The write lock is taken when the block begins and let go after that many seconds."""
    connection = sqlite3.connect(
        world.site.instance / "dialogue.sqlite3", isolation_level=None, check_same_thread=False
    )
    connection.execute("BEGIN IMMEDIATE")
    timer = threading.Timer(seconds, lambda: connection.execute("ROLLBACK"))
    timer.start()
    try:
        yield
    finally:
        timer.join()
        connection.close()


if __name__ == "__main__":
    figures.main(drill)
