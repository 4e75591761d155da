"""After a drill: is everything there that was acknowledged, whole, and counted right?"""

from __future__ import annotations

import hashlib
import re
import time
from collections import Counter
from collections.abc import Callable

from sqlalchemy import func, select, text

from dialogue.accounts.models import User
from dialogue.dialogues.models import Dialogue
from dialogue.kernel import storage
from dialogue.kernel.db import db, dialect
from dialogue.kernel.mail import MailMessage
from dialogue.kernel.outbox import OutboxDelivery, OutboxEvent
from dialogue.moderation.models import QueueItem
from dialogue.participation.models import Contribution, Kind, Participant, Revision, Vote
from dialogue.reports.models import Report, ReportState
from drills.crowd import MARK, Ledger
from drills.figures import Figure, equal, none, seen
from drills.world import World
from tests.parts import run


def contributions(world: World, ledger: Ledger) -> list[Figure]:
    """Everything acknowledged is there once, and with all that belongs to it."""
    with world.app.app_context():
        rows = db.session.execute(
            select(Revision.contribution_id, Revision.source).where(
                Revision.source.contains("drill-")
            )
        ).all()
        stored = Counter(mark for row in rows for mark in set(MARK.findall(row.source)))
        home = {mark: row.contribution_id for row in rows for mark in MARK.findall(row.source)}
        lost = [
            mark
            for mark, where in ledger.acknowledged.items()
            if str(home.get(mark)) != _id_in(where)
        ]
        ideas = sum("#comment-" not in where for where in ledger.acknowledged.values())
        return [
            seen("ideas acknowledged", ideas),
            seen("comments acknowledged", len(ledger.acknowledged) - ideas),
            seen("votes acknowledged", ledger.votes_acknowledged),
            none("acknowledged contributions lost", len(lost)),
            none("contributions stored twice", sum(count > 1 for count in stored.values())),
            none("half contributions", _half_contributions()),
        ]


def votes(world: World, ledger: Ledger) -> list[Figure]:
    """The last acknowledged choice of everybody stands, and every count equals a recount."""
    with world.app.app_context():
        stored = {
            (email, idea): choice
            for email, idea, choice in db.session.execute(
                select(User.email, Vote.idea_id, Vote.choice)
                .join(Participant, Participant.user_id == User.id)
                .join(Vote, Vote.participant_id == Participant.id)
            )
        }
        wrong = [
            key
            for key in ledger.votes
            if stored.get(key, "none") not in ledger.possible_choices(key)
        ]
        return [none("acknowledged votes lost", len(wrong)), *recount(world)]


def recount(world: World) -> list[Figure]:
    """The stored counts of ideas and dialogues beside a recount of the votes."""
    with world.app.app_context():
        counted: Counter[tuple[int, str]] = Counter()
        for idea, choice, count in db.session.execute(
            select(Vote.idea_id, Vote.choice, func.count()).group_by(Vote.idea_id, Vote.choice)
        ):
            counted[idea, choice] = count
        rows = db.session.execute(
            select(
                Contribution.id,
                Contribution.dialogue_id,
                Contribution.listed,
                Contribution.agree,
                Contribution.disagree,
                Contribution.passed,
            ).where(Contribution.kind == Kind.IDEA)
        ).all()
        wrong = sum(
            (row.agree, row.disagree, row.passed)
            != tuple(counted[row.id, choice] for choice in ("agree", "disagree", "pass"))
            for row in rows
        )
        totals: Counter[int] = Counter()
        for row in rows:
            totals[row.dialogue_id] += (row.agree + row.disagree + row.passed) if row.listed else 0
        stored = db.session.execute(select(Dialogue.id, Dialogue.votes_cast)).all()
        return [
            none("ideas whose counts differ from a recount", wrong),
            none(
                "dialogues whose votes differ from a recount",
                sum(totals[row.id] != row.votes_cast for row in stored),
            ),
        ]


def database(world: World) -> list[Figure]:
    """What the database says about itself."""
    with world.app.app_context():
        if dialect() != "sqlite":
            return []
        answer = str(db.session.scalar(text("PRAGMA integrity_check")))
        broken = len(db.session.execute(text("PRAGMA foreign_key_check")).all())
        return [equal("integrity check", answer, "ok"), none("broken foreign keys", broken)]


def queue(world: World) -> list[Figure]:
    """Whatever waits for a moderator stands in the queue."""
    with world.app.app_context():
        missing = _unqueued()
        return [none("waiting contributions without a queue item", missing)]


def reports(world: World) -> list[Figure]:
    """Every report has ended; a finished one has whole files, a failed one a reason."""
    folder = world.site.instance / "files"
    with world.app.app_context():
        rows = list(db.session.scalars(select(Report)))
        by_state = Counter(row.state for row in rows)
        broken = sum(
            hashlib.sha256((folder / file.path).read_bytes()).hexdigest() != file.sha256
            if (folder / file.path).exists()
            else True
            for row in rows
            for file in row.files
        )
        mute = sum(row.state == ReportState.FAILED and not row.reason for row in rows)
        empty = sum(row.state == ReportState.DONE and not row.files for row in rows)
        return [
            seen("reports asked for", len(rows)),
            seen("reports done", by_state[ReportState.DONE]),
            seen("reports failed with a reason", by_state[ReportState.FAILED] - mute),
            none("reports that never ended", sum(not row.ended for row in rows)),
            none("reports failed without a reason", mute),
            none("finished reports without files", empty),
            none("files that differ from their digest", broken),
        ]


def files(world: World) -> list[Figure]:
    """No half-written file stays; files that belong to no report are counted."""
    left = list(world.site.instance.rglob(".part-*"))
    known: set[str] = set()
    with world.app.app_context():
        for report in db.session.scalars(select(Report)):
            known |= {file.path for file in report.files}
    folder = world.site.instance / "files"
    made = {str(file.relative_to(folder)) for file in folder.rglob("report.*")}
    return [
        none("half-written files", len(left)),
        none("files of reports that were given up", len(made - known)),
    ]


def mails(world: World) -> list[Figure]:
    """Nothing was mailed twice: one file for each mail that was sent."""
    with world.app.app_context():
        sent = db.session.scalar(
            select(func.count()).select_from(MailMessage).where(MailMessage.sent_at.is_not(None))
        )
    return [seen("mails sent more than once", max(0, len(world.site.mails()) - (sent or 0)))]


def settle(world: World, seconds: float) -> float:
    """Wait until nothing is owed any more; return how long that took, fail after `seconds`."""
    began = time.monotonic()
    run.wait_until(
        lambda: not owed(world), seconds, "Everything was done", world.site.log("worker")
    )
    return time.monotonic() - began


def owed(world: World) -> int:
    """How many deliveries, reports and queue items are still to come."""
    with world.app.app_context():
        deliveries = db.session.scalar(
            select(func.count()).select_from(OutboxDelivery).where(OutboxDelivery.done_at.is_(None))
        )
        reports_open = db.session.scalar(
            select(func.count())
            .select_from(Report)
            .where(Report.state.in_([ReportState.QUEUED, ReportState.RUNNING]))
        )
        return (deliveries or 0) + (reports_open or 0) + _unqueued()


def wait_for(world: World, ready: Callable[[], bool], seconds: float, what: str) -> None:
    run.wait_until(ready, seconds, what, world.site.log("worker"))


def _unqueued() -> int:
    waiting = (
        select(func.count())
        .select_from(Contribution)
        .where(
            Contribution.state == "pending",
            ~select(QueueItem.id)
            .where(QueueItem.contribution_id == Contribution.id, QueueItem.closed_at.is_(None))
            .exists(),
        )
    )
    return db.session.scalar(waiting) or 0


def _half_contributions() -> int:
    """Contributions of the web without wording, or whose submission nobody was told of."""
    ours = select(Contribution.id).where(Contribution.channel == "web")
    written = set(db.session.scalars(ours))
    worded = set(db.session.scalars(select(Revision.contribution_id)))
    told = {
        fields["contribution_id"]
        for fields in db.session.scalars(
            select(OutboxEvent.fields).where(OutboxEvent.name == "RevisionSubmitted")
        )
    }
    events = set(db.session.scalars(select(OutboxEvent.id)))
    delivered = set(db.session.scalars(select(OutboxDelivery.event_id)))
    wired = set(
        db.session.scalars(
            select(OutboxEvent.id).where(
                OutboxEvent.name.in_(["RevisionSubmitted", "ReportRequested", "MailQueued"])
            )
        )
    )
    return len((written - worded) | (written - told)) + len((wired & events) - delivered)


def _id_in(where: str) -> str:
    """The id of the contribution that an answer leads to."""
    found = re.search(r"#comment-(\d+)", where) or re.search(r"/ideas/(\d+)", where)
    return found[1] if found else ""


def remove_leftovers(world: World) -> None:
    """What the hourly tidying does about files of writers that died, as if an hour had passed."""
    storage.remove_unfinished(world.site.instance, before=time.time() + 3600)


def item_about(world: World, title: str) -> int:
    """The open queue item of the contribution with this title."""
    with world.app.app_context():
        item: int = db.session.scalars(
            select(QueueItem.id)
            .join(Revision, Revision.id == QueueItem.revision_id)
            .where(Revision.title == title, QueueItem.closed_at.is_(None))
        ).one()
        return item
