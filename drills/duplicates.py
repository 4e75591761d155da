"""Every task is delivered ten times: ten at once the first time, ten more afterwards.

Promised: one effect. The first ten at once leave one queue item, one mail, one report; the ten
afterwards change no row and no file at all.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from celery import Celery
from sqlalchemy import func, select

from dialogue.accounts.models import User
from dialogue.dialogues.queries import dialogue_by_slug
from dialogue.jobs.celery import make_celery
from dialogue.jobs.schedule import SCHEDULE
from dialogue.kernel import clock
from dialogue.kernel.db import db, transaction
from dialogue.kernel.mail import MailMessage
from dialogue.kernel.outbox import OutboxDelivery, OutboxEvent
from dialogue.moderation.commands import decisions
from dialogue.moderation.models import Outcome, QueueItem
from dialogue.participation.commands import writing
from dialogue.participation.models import Revision
from dialogue.participation.schemas import IdeaInput
from dialogue.reports.commands import making as reports
from dialogue.reports.models import Report, ReportState
from drills import figures
from drills.figures import Figure
from drills.world import SLUG, World, planted

TIMES = 10
Work = tuple[str, dict[str, Any]]  # a task's name and its fields

# Says when a part was last heard of: it changes with each beat, and is meant to.
RESTLESS = {"heartbeat"}


def drill() -> list[Figure]:
    found = []
    for database in ("sqlite", "postgresql"):
        with planted(database, DIALOGUE_UNDO_MINUTES="0") as world:
            found += [named(database, figure) for figure in deliver(world)]
    return found


def named(database: str, figure: Figure) -> Figure:
    return Figure(f"{database}: {figure.name}", figure.value, figure.promise, figure.holds)


def deliver(world: World) -> list[Figure]:
    celery = make_celery(world.app)
    celery.loader.import_default_modules()
    problems: Counter[str] = Counter()
    (officer,) = world.people(1, "officer")
    share_an_idea(world)
    done = [*work_off(world, celery, problems)]
    decide(world)
    ask_for_a_report(world, officer.email)
    done += [*work_off(world, celery, problems)]
    firsts = first_effects(world)
    done += [(entry["task"], {}) for entry in SCHEDULE.values()]
    for work in done:  # what is due by the clock has run once
        run_at_once(celery, [work], problems)
    before = everything(world)
    run_at_once(celery, [work for work in done for _time in range(TIMES)], problems)
    after = everything(world)
    changed = sorted(part for part in after if after[part] != before.get(part))
    return [
        figures.seen("tasks", len({task for task, _fields in done})),
        figures.at_least("deliveries", len(done), 8),
        figures.none("tasks that failed", problems.total()),
        *(figures.seen(f"failed: {name}", count) for name, count in problems.items()),
        *firsts,
        figures.equal("changed by ten more of each", ", ".join(changed) or "nothing", "nothing"),
    ]


def share_an_idea(world: World) -> None:
    with world.app.app_context():
        user = db.session.scalars(select(User).where(User.email == "participant@example.org")).one()
        dialogue = dialogue_by_slug(SLUG)
        assert dialogue is not None
        with transaction():
            writing.post_idea(
                dialogue=dialogue,
                user=user,
                idea=IdeaInput(title="An idea of a drill", body="Its text.", topic_id=None),
                now=clock.now(),
                opened_at=None,
            )


def decide(world: World) -> None:
    """A moderator approves and rejects some of what waits; their authors are told by mail."""
    with world.app.app_context():
        lee = db.session.scalars(select(User).where(User.email == "moderator@example.gov")).one()
        waiting = db.session.execute(
            select(QueueItem.id, QueueItem.version).where(QueueItem.closed_at.is_(None)).limit(4)
        ).all()
        dialogue = dialogue_by_slug(SLUG)
        assert dialogue is not None
        reason = next(reason.code for reason in dialogue.reasons if not reason.needs_note)
        for place, (item, version) in enumerate(waiting):
            outcome = Outcome.REJECTED if place % 2 else Outcome.APPROVED
            with transaction():
                decisions.decide(
                    item_id=item,
                    version=version,
                    outcome=outcome,
                    reason_code=reason if outcome == Outcome.REJECTED else "",
                    note="",
                    moderator=lee,
                    scope=None,
                    now=clock.now(),
                )


def ask_for_a_report(world: World, email: str) -> None:
    with world.app.app_context():
        officer = db.session.scalars(select(User).where(User.email == email)).one()
        dialogue = dialogue_by_slug(SLUG)
        assert dialogue is not None
        with transaction():
            reports.request_report(dialogue=dialogue, actor_id=officer.id, now=clock.now())


def work_off(world: World, celery: Celery, problems: Counter[str]) -> Iterable[Work]:
    """Run what the outbox owes, ten of each at once, until nothing is owed any more."""
    while True:
        with world.app.app_context():
            due = db.session.execute(
                select(OutboxDelivery.id, OutboxDelivery.task, OutboxEvent.fields)
                .join(OutboxEvent, OutboxEvent.id == OutboxDelivery.event_id)
                .where(OutboxDelivery.done_at.is_(None))
                .order_by(OutboxDelivery.id)
            ).all()
            if not due:
                return
            with transaction():
                for row in due:
                    db.session.get_one(OutboxDelivery, row.id).done_at = clock.now()
        for row in due:
            run_at_once(celery, [(row.task, row.fields)] * TIMES, problems)
            yield row.task, row.fields


def run_at_once(celery: Celery, work: list[Work], problems: Counter[str]) -> None:
    def one(task: str, fields: dict[str, Any]) -> None:
        try:
            celery.tasks[task](**fields)
        except Exception as problem:  # counted, and shown by the drill
            problems[f"{task}: {type(problem).__name__}"] += 1

    with ThreadPoolExecutor(TIMES) as threads:
        for task, fields in work:
            threads.submit(one, task, fields)


def first_effects(world: World) -> list[Figure]:
    """What ten at once have left."""
    with world.app.app_context():
        newest = db.session.scalars(select(Report).order_by(Report.id.desc())).first()
        assert newest is not None
        idea = select(Revision.contribution_id).where(Revision.title == "An idea of a drill")
        items = db.session.scalar(
            select(func.count()).select_from(QueueItem).where(QueueItem.contribution_id.in_(idea))
        )
        sent = db.session.scalar(
            select(func.count()).select_from(MailMessage).where(MailMessage.sent_at.is_not(None))
        )
        return [
            figures.equal("queue items of the new idea", items or 0, 1),
            figures.equal("the report", newest.state, ReportState.DONE),
            figures.equal("attempts at the report", newest.attempts, 1),
            figures.at_least("mails", sent or 0, 3),
            figures.equal("mail files", len(world.site.mails()), sent or 0),
        ]


def everything(world: World) -> dict[str, str]:
    """A digest of every table and of every file that tasks write."""
    digests: dict[str, str] = {}
    with world.app.app_context():
        for table in db.metadata.sorted_tables:
            if table.name not in RESTLESS:
                rows = db.session.execute(select(table)).all()
                digests[table.name] = _digest("\n".join(sorted(map(repr, rows))).encode())
    for folder in ("files", "mail"):
        for file in sorted((world.site.instance / folder).rglob("*")):
            if file.is_file():
                digests[str(file.relative_to(world.site.instance))] = _digest(file.read_bytes())
    return digests


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    figures.main(drill)
