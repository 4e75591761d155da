"""Fifty votes at the same moment, again and again: by one person, and by fifty people on one idea.

Promised: nobody has two votes, every stored count equals a recount, no vote is refused as locked
or deadlocked. On both databases.
"""

from __future__ import annotations

import argparse
import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import func, select

from dialogue.accounts.models import User
from dialogue.dialogues.queries import dialogue_by_slug
from dialogue.kernel import clock
from dialogue.kernel.db import db, transaction
from dialogue.participation.commands import voting
from dialogue.participation.models import Choice, Participant, Vote
from drills import figures, reckoning
from drills.figures import Figure
from drills.world import SLUG, World, planted

VOICES = 50
DATABASES = ("sqlite", "postgresql")


def drill() -> list[Figure]:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--database", choices=DATABASES, action="append", help="both by default")
    chosen = parser.parse_args()
    rounds = chosen.rounds
    found = []
    for database in chosen.database or DATABASES:
        with planted(database) as world:
            for figure in race(world, rounds):
                name = f"{database}: {figure.name}"
                found.append(Figure(name, figure.value, figure.promise, figure.holds))
    return found


def race(world: World, rounds: int) -> list[Figure]:
    world.people(VOICES)
    ideas = world.ideas()
    with world.app.app_context():
        people = list(
            db.session.scalars(select(User.id).where(User.email.endswith("@drill.example.org")))
        )
    refused: Counter[str] = Counter()
    waits: list[float] = []
    dice = random.Random(1)
    with ThreadPoolExecutor(VOICES) as threads:
        for number in range(rounds):
            idea = ideas[number % len(ideas)]
            # Now one person fifty times, now fifty people once each.
            voices = [people[number % VOICES]] * VOICES if number % 2 else people
            together = threading.Barrier(VOICES)
            for user in voices:
                choice = dice.choice([*Choice, None])
                threads.submit(vote, world, user, idea, choice, together, refused, waits)
    return [
        figures.equal("votes sent", len(waits), rounds * VOICES),
        figures.none("votes refused", refused.total()),
        *(figures.seen(f"refused: {name}", count) for name, count in refused.items()),
        figures.seen("mean wait of a vote s", sum(waits) / max(len(waits), 1)),
        figures.seen("longest wait of a vote s", max(waits)),
        *doubles(world),
        *reckoning.recount(world),
    ]


def vote(
    world: World,
    user_id: int,
    idea: int,
    choice: Choice | None,
    together: threading.Barrier,
    refused: Counter[str],
    waits: list[float],
) -> None:
    try:
        with world.app.app_context():
            user = db.session.get_one(User, user_id)
            dialogue = dialogue_by_slug(SLUG)
            assert dialogue is not None
            db.session.commit()  # nobody waits at the barrier with a connection in hand
            together.wait(60)
            began = time.monotonic()
            with transaction():
                voting.cast_vote(
                    dialogue=dialogue, idea_id=idea, user=user, choice=choice, now=clock.now()
                )
            waits.append(time.monotonic() - began)
    except Exception as problem:  # counted, and shown by the drill
        refused[f"{type(problem).__name__}: {str(problem)[:80]}"] += 1


def doubles(world: World) -> list[Figure]:
    """People with two rows in a dialogue, and people with two votes on an idea."""
    with world.app.app_context():
        twice = select(func.count()).group_by(Participant.dialogue_id, Participant.user_id)
        people = db.session.scalars(
            twice.where(Participant.user_id.is_not(None)).having(func.count() > 1)
        ).all()
        votes = db.session.scalars(
            select(func.count())
            .select_from(Vote)
            .join(Participant, Participant.id == Vote.participant_id)
            .where(Participant.user_id.is_not(None))
            .group_by(Vote.idea_id, Participant.user_id)
            .having(func.count() > 1)
        ).all()
        return [
            figures.none("people taking part twice", len(people)),
            figures.none("people with two votes on an idea", len(votes)),
        ]


if __name__ == "__main__":
    figures.main(drill)
