"""Somebody who wrote much deletes the account, and the worker is killed three times on the way.

Promised: whoever takes over does the rest; nothing of the person is left in any table or file of
the installation, nothing that others read or counted is changed.
"""

from __future__ import annotations

import argparse
import time

from sqlalchemy import func, select

from dialogue.accounts.commands import accounts, leaving
from dialogue.accounts.models import Departure, User
from dialogue.dialogues.queries import dialogue_by_slug
from dialogue.kernel import clock, mail
from dialogue.kernel.db import Base, db, transaction
from dialogue.participation.commands import writing
from dialogue.participation.models import Contribution, Participant, Revision, Vote
from dialogue.participation.schemas import CommentInput
from drills import figures
from drills.figures import Figure
from drills.world import SLUG, World, planted
from tests.parts import run, tables

CANARY = "canarywords"
KILLS = 3


def drill() -> list[Figure]:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=600)
    parser.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"])
    asked = parser.parse_args()
    texts = asked.texts
    found = []
    for database in asked.databases:
        with planted(database) as world:
            for figure in leave(world, texts):
                name = f"{database}: {figure.name}"
                found.append(Figure(name, figure.value, figure.promise, figure.holds))
    return found


def leave(world: World, texts: int) -> list[Figure]:
    email = world.people(1)[0].email
    write(world, email, texts)
    before = counts(world)
    with world.app.app_context(), transaction():
        user = accounts.by_email(email)
        assert user is not None
        departure = leaving.begin(user=user, words_go=True, now=clock.now()).id
    tables.let_go(world.app)
    began = time.monotonic()
    worker = ("--pool", "prefork", "--concurrency", "2")
    for number in range(KILLS):
        world.site.start_worker(*worker)
        share = (number + 1) / (KILLS + 1)
        few = texts * (1 - share)
        run.wait_until(lambda few=few: left(world) <= few, 120, "A part to be erased")
        world.site.kill("worker")
    halfway = left(world)
    world.site.start_worker(*worker)
    run.wait_until(lambda: is_done(world, departure), 180, "The departure to end")
    seconds = time.monotonic() - began
    with world.app.app_context():
        config = world.app.config
        mail.send_due(config["MAIL_URL"], config["MAIL_FROM"], "Drill", clock.now())
    world.site.kill("worker")
    stays = everything(world).count(CANARY) + everything(world).count(email)
    return [
        figures.seen("texts when the last worker began", halfway),
        figures.none("words and addresses left in tables", stays),
        figures.none("files that hold some", in_files(world, email)),
        figures.equal("what others counted", str(counts(world)), str(before)),
        figures.seen("seconds to the certificate", seconds),
    ]


def write(world: World, email: str, texts: int) -> None:
    idea = world.ideas()[0]
    with world.app.app_context():
        dialogue = dialogue_by_slug(SLUG)
        assert dialogue is not None
        for number in range(texts):
            with transaction():
                user = db.session.scalars(select(User).where(User.email == email)).one()
                writing.post_comment(
                    dialogue=dialogue,
                    user=user,
                    idea_id=idea,
                    reply_to_id=None,
                    comment=CommentInput(f"{CANARY} {number}"),
                    now=clock.now(),
                    opened_at=None,
                )


def left(world: World) -> int:
    """How many wordings still hold the canary."""
    holding = select(func.count(Revision.id)).where(Revision.source.contains(CANARY))
    with world.app.app_context():
        return db.session.scalar(holding) or 0


def is_done(world: World, departure: int) -> bool:
    with world.app.app_context():
        return db.session.get_one(Departure, departure).state == "done"


def counts(world: World) -> tuple[int, ...]:
    """What must not change: votes, people taking part, contributions as rows."""
    with world.app.app_context():
        return tuple(
            db.session.scalar(select(func.count()).select_from(model)) or 0
            for model in (Vote, Participant, Contribution)
        )


def everything(world: World) -> str:
    with world.app.app_context():
        connection = db.session.connection()
        return "\n".join(
            str(row)
            for table in [*Base.metadata.tables, "search_document"]
            for row in connection.exec_driver_sql(f"SELECT * FROM {table}")
        )


def in_files(world: World, email: str) -> int:
    """Files of the installation that hold canaries; mails that were delivered are not ours."""
    tables.let_go(world.app)
    files = [file for file in world.site.instance.rglob("*") if file.is_file()]
    return sum(
        CANARY.encode() in held or email.encode() in held
        for file in files
        if file.parent.name != "mail"
        for held in [file.read_bytes()]
    )


if __name__ == "__main__":
    figures.main(drill)
