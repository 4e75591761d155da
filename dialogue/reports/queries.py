"""Every question about reports that pages, jobs and other parts ask."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import aliased

from dialogue.dialogues.models import Dialogue
from dialogue.kernel.db import db
from dialogue.kernel.text import fold
from dialogue.moderation.models import ModerationDecision, Outcome
from dialogue.participation.models import Contribution, Revision
from dialogue.participation.queries.visibility import is_still_shown
from dialogue.reports.hand import Count, Edit
from dialogue.reports.model import Model
from dialogue.reports.models import (
    EditKind,
    Report,
    ReportDraft,
    ReportEdit,
    ReportEdition,
    ReportFile,
    ReportQuotation,
    ReportRun,
    ReportSchedule,
    ReportState,
)
from dialogue.reports.sections.counting import counted
from dialogue.reports.sections.quotes import quotations

MOST_WORDINGS = 100  # on a page to choose from

VOTES_A_CONTRIBUTION = 20.0  # counting so many votes takes about as long as reading one text
ACTIVE_STATES = (ReportState.QUEUED, ReportState.RUNNING)


def report_by_id(report_id: int) -> Report | None:
    """Return a report; None when there is none."""
    return db.session.get(Report, report_id)


def has_ended(report_id: int) -> bool:
    """Tell whether a report has ended, or is none, as the database has it now.

    Ends the session's reading, so that nothing is held meanwhile: not for use in a transaction.
    """
    active = db.session.scalar(
        select(Report.id).where(Report.id == report_id, Report.state.in_(ACTIVE_STATES))
    )
    db.session.commit()
    return active is None


def report_by_number(dialogue_id: int, number: int) -> Report | None:
    """Return a dialogue's report by its number."""
    return db.session.scalars(
        select(Report).where(Report.dialogue_id == dialogue_id, Report.number == number)
    ).first()


def active_report(dialogue_id: int) -> Report | None:
    """Return the report that is being made; None when none is."""
    return db.session.scalars(
        select(Report)
        .where(Report.dialogue_id == dialogue_id, Report.state.in_(ACTIVE_STATES))
        .order_by(Report.id)
    ).first()


def finished_reports(dialogue_id: int, *, drafts: bool) -> Sequence[Report]:
    """Return the finished reports, newest first; the public sees published ones only."""
    query = select(Report).where(
        Report.dialogue_id == dialogue_id, Report.state == ReportState.DONE
    )
    if not drafts:
        query = query.where(Report.published_at.is_not(None))
    return db.session.scalars(query.order_by(Report.number.desc())).all()


def failed_since_last_done(dialogue_id: int) -> Report | None:
    """Return the newest report when it has failed: staff pages offer to try again."""
    newest = db.session.scalars(
        select(Report).where(Report.dialogue_id == dialogue_id).order_by(Report.id.desc()).limit(1)
    ).first()
    return newest if newest is not None and newest.state == ReportState.FAILED else None


def being_made(now: datetime, *, but: int) -> int:
    """Return how many reports are being made by workers that are alive, one left out."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(Report)
            .where(Report.state == ReportState.RUNNING, Report.lease_until >= now, Report.id != but)
        )
        or 0
    )


def longest_waiting() -> int | None:
    """Return the report that nobody has taken and that was asked for first."""
    return db.session.scalar(
        select(Report.id)
        .where(Report.state == ReportState.QUEUED)
        .order_by(Report.requested_at, Report.id)
        .limit(1)
    )


def waiting_before(report: Report) -> int:
    """Return how many reports have their turn before one that waits."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(Report)
            .where(Report.state.in_(ACTIVE_STATES), Report.id < report.id)
        )
        or 0
    )


def seconds_expected(report: Report) -> float | None:
    """Return how long earlier reports of about this size took, the one in the middle.

    The last twenty whose size is half to twice this one's; None while there are fewer than two:
    then nothing is known, and nothing is said.
    """
    run = db.session.get(ReportRun, report.id)
    if run is None:
        return None
    size = run.contributions + run.votes / VOTES_A_CONTRIBUTION
    of_size = ReportRun.contributions + ReportRun.votes / VOTES_A_CONTRIBUTION
    seconds = db.session.scalars(
        select(ReportRun.seconds)
        .where(
            ReportRun.seconds.is_not(None),
            ReportRun.report_id != report.id,
            of_size.between(size / 2, 2 * size + 10),
        )
        .order_by(ReportRun.report_id.desc())
        .limit(20)
    ).all()
    known = [one for one in seconds if one is not None]
    return median(known) if len(known) > 1 else None


def run_of(report_id: int) -> ReportRun | None:
    """Return when the work on a report began and how much there is to count."""
    return db.session.get(ReportRun, report_id, populate_existing=True)


def weekly_of(dialogue_id: int) -> ReportSchedule | None:
    """Return when the next weekly report of a dialogue is made; None when none is."""
    return db.session.get(ReportSchedule, dialogue_id, populate_existing=True)


def has_news(dialogue: Dialogue) -> bool:
    """Tell whether anything was said or voted since the last finished report."""
    last = db.session.scalars(
        select(ReportRun)
        .join(Report, Report.id == ReportRun.report_id)
        .where(Report.dialogue_id == dialogue.id, Report.state == ReportState.DONE)
        .order_by(Report.number.desc())
        .limit(1)
    ).first()
    contributions = dialogue.ideas_published + dialogue.comments_published
    if last is None:
        return contributions > 0 or dialogue.votes_cast > 0
    return (last.contributions, last.votes) != (contributions, dialogue.votes_cast)


def dialogue_of(report: Report) -> Dialogue:
    """Return the dialogue that a report is about."""
    return db.session.get_one(Dialogue, report.dialogue_id)


@dataclass(frozen=True)
class Quoted:
    """What a document quotes, as it stands now.

    `public`: contribution → part of its address (empty for a comment) where the public can read it.
    `taken_back`: contributions whose quoted words are not public any more.
    """

    public: dict[int, str]
    taken_back: frozenset[int]


def quoted_now(document: Model) -> Quoted:
    """Compare what a document quotes with what the public can read at this moment.

    Words are taken back when their contribution is not shown any more, or when the revision that
    they were taken from reads otherwise now: a redaction overwrites it, an erasure empties it.
    """
    quoted = [quotation for _path, quotation in quotations(document)]
    rows = {}
    for part in _parts({quotation["revision"] for quotation in quoted}):
        for row in db.session.execute(
            select(
                Revision.id,
                Revision.title,
                Revision.plain,
                Contribution.id.label("contribution"),
                Contribution.slug,
                is_still_shown().label("shown"),
            )
            .join(Contribution, Contribution.id == Revision.contribution_id)
            .where(Revision.id.in_(part))
        ):
            rows[row.id] = row
    gone = set()
    for quotation in quoted:
        now = rows.get(quotation["revision"])
        text = quotation["text"]
        if text is not None and (
            now is None
            or not now.shown
            or f"{now.title}\n{now.plain}"[quotation["start"] : quotation["end"]] != text
        ):
            gone.add(quotation["contribution"])
    return Quoted(
        {row.contribution: row.slug for row in rows.values() if row.shown},
        frozenset(gone),
    )


def redacted_since(contributions: Collection[int], moment: datetime) -> set[int]:
    """Return which of these had words hidden by a moderator after a moment, and not undone."""
    return _decided_since(Outcome.REDACTED, contributions, moment)


def moved_since(contributions: Collection[int], moment: datetime) -> set[int]:
    """Return which of these a moderator moved to another topic after a moment."""
    return _decided_since(Outcome.MOVED, contributions, moment)


def _decided_since(outcome: Outcome, contributions: Collection[int], moment: datetime) -> set[int]:
    undo = aliased(ModerationDecision)
    found: set[int] = set()
    for part in _parts(contributions):
        found.update(
            db.session.scalars(
                select(ModerationDecision.contribution_id).where(
                    ModerationDecision.contribution_id.in_(part),
                    ModerationDecision.outcome == outcome,
                    ModerationDecision.at > moment,
                    ~exists().where(undo.undo_of_id == ModerationDecision.id),
                )
            )
        )
    return found


def shown_of(contributions: Collection[int]) -> set[int]:
    """Return which of these the public can read now, wherever they stand."""
    found: set[int] = set()
    for part in _parts(contributions):
        query = select(Contribution.id).where(Contribution.id.in_(part), is_still_shown())
        found.update(db.session.scalars(query))
    return found


def states_of(contributions: Collection[int]) -> dict[int, str]:
    """Return the states of these contributions: what became of those that are gone."""
    found: dict[int, str] = {}
    for part in _parts(contributions):
        rows = db.session.execute(
            select(Contribution.id, Contribution.state).where(Contribution.id.in_(part))
        )
        found.update((row.id, row.state) for row in rows)
    return found


@dataclass(frozen=True)
class Fate:
    """What became of a contribution."""

    state: str
    merged_into: int | None


def fates(contributions: Collection[int]) -> dict[int, Fate]:
    """Return what became of these contributions."""
    found: dict[int, Fate] = {}
    for part in _parts(contributions):
        rows = db.session.execute(
            select(Contribution.id, Contribution.state, Contribution.merged_into_id).where(
                Contribution.id.in_(part)
            )
        )
        found.update((row.id, Fate(row.state, row.merged_into_id)) for row in rows)
    return found


def is_shown(dialogue_id: int, number: int, *, drafts: bool) -> bool:
    """Tell whether a reader finds the finished report of this number."""
    report = report_by_number(dialogue_id, number)
    return (
        report is not None
        and report.state == ReportState.DONE
        and (drafts or report.published_at is not None)
    )


def quoting(contribution_id: int) -> Sequence[int]:
    """Return the finished reports that quote a contribution, or one of its comments."""
    comments = select(Contribution.id).where(Contribution.idea_id == contribution_id)
    return db.session.scalars(
        select(ReportQuotation.report_id)
        .join(Report, Report.id == ReportQuotation.report_id)
        .where(
            Report.state == ReportState.DONE,
            or_(
                ReportQuotation.contribution_id == contribution_id,
                ReportQuotation.contribution_id.in_(comments),
            ),
        )
        .distinct()
        .order_by(ReportQuotation.report_id)
    ).all()


def to_be_renewed() -> Sequence[int]:
    """Return the finished reports whose files are behind: they quote what is not shown any more,
    or a person changed something since they were written."""
    behind = db.session.scalars(
        select(ReportQuotation.report_id)
        .join(Report, Report.id == ReportQuotation.report_id)
        .join(Contribution, Contribution.id == ReportQuotation.contribution_id)
        .where(Report.state == ReportState.DONE, or_(~is_still_shown(), _was_redacted()))
        .distinct()
    )
    changed = db.session.scalars(
        select(ReportDraft.report_id)
        .join(Report, Report.id == ReportDraft.report_id)
        .where(
            Report.state == ReportState.DONE,
            or_(
                ReportDraft.written < ReportDraft.changes,
                ReportDraft.publish_asked_at.is_not(None) & Report.published_at.is_(None),
            ),
        )
    )
    return sorted({*behind, *changed})


def _was_redacted() -> ColumnElement[bool]:
    """Tell whether words of a quoted contribution were hidden after the report was made, and are.

    An edition without them quotes the contribution no more, so this ends with it.
    """
    undo = aliased(ModerationDecision)
    return exists().where(
        ModerationDecision.contribution_id == Contribution.id,
        ModerationDecision.outcome == Outcome.REDACTED,
        ModerationDecision.at > Report.cut_off_at,
        ~exists().where(undo.undo_of_id == ModerationDecision.id),
    )


def editions_of(report_id: int) -> Sequence[ReportEdition]:
    """Return the editions of a report, the first one first."""
    return db.session.scalars(
        select(ReportEdition)
        .where(ReportEdition.report_id == report_id)
        .order_by(ReportEdition.number)
    ).all()


def edition_by_digest(dialogue_id: int, sha256: str) -> ReportEdition | None:
    """Return the edition of a report of this dialogue that has this digest."""
    return db.session.scalars(
        select(ReportEdition)
        .join(Report, Report.id == ReportEdition.report_id)
        .where(Report.dialogue_id == dialogue_id, ReportEdition.sha256 == sha256)
        .order_by(ReportEdition.id.desc())
    ).first()


def file_paths() -> Sequence[str]:
    """Return where the files of all reports lie, below the files folder."""
    return db.session.scalars(select(ReportFile.path)).all()


def draft_of(report_id: int) -> ReportDraft | None:
    """Return how far a person's changes of a report are in its files; None without changes."""
    return db.session.get(ReportDraft, report_id)


def report_before(report: Report) -> Report | None:
    """Return the finished report of the same dialogue that came before this one."""
    return db.session.scalars(
        select(Report)
        .where(
            Report.dialogue_id == report.dialogue_id,
            Report.number < report.number,
            Report.state == ReportState.DONE,
        )
        .order_by(Report.number.desc())
        .limit(1)
    ).first()


def edit_rows(report_id: int) -> Sequence[ReportEdit]:
    """Return what people changed in a report and did not take back, the first change first."""
    return db.session.scalars(
        select(ReportEdit)
        .where(ReportEdit.report_id == report_id, ReportEdit.undone_at.is_(None))
        .order_by(ReportEdit.id)
    ).all()


def edits_of(report_id: int) -> list[Edit]:
    """Return the same as a document holds it."""
    return as_edits(edit_rows(report_id))


def as_edits(rows: Sequence[ReportEdit]) -> list[Edit]:
    """Return changes as a document holds them, with the number of its row beside each.

    The words of a picked quotation come from where they stand; none when they read otherwise now.
    """
    picked = {row.value["quotation"]["revision"]: "" for row in rows if row.kind == EditKind.PICK}
    for part in _parts(picked):
        found = select(Revision.id, Revision.title, Revision.plain).where(Revision.id.in_(part))
        for text in db.session.execute(found):
            picked[text.id] = f"{text.title}\n{text.plain}"
    return [
        {
            "kind": str(row.kind),
            "target": row.target,
            "value": _with_words(row.value, picked) if row.kind == EditKind.PICK else row.value,
            "by": row.by_name,
            "day": row.at.date().isoformat(),
            "row": row.id,
        }
        for row in rows
    ]


def digest_of(words: str) -> str:
    """Return what stands for words that are not kept."""
    return hashlib.sha256(words.encode()).hexdigest()


def _with_words(value: dict[str, Any], wordings_by_revision: dict[int, str]) -> dict[str, Any]:
    quotation = value["quotation"]
    words = wordings_by_revision[quotation["revision"]][quotation["start"] : quotation["end"]]
    as_picked = digest_of(words) == value["sha256"]
    return {"quotation": {**quotation, "text": words if as_picked else None}}


def recorded_edits(dialogue_id: int) -> set[tuple[str, str, str]]:
    """Return kind, target and signature of everything that people ever changed in the reports of a
    dialogue."""
    rows = db.session.execute(
        select(ReportEdit.kind, ReportEdit.target, ReportEdit.by_name)
        .join(Report, Report.id == ReportEdit.report_id)
        .where(Report.dialogue_id == dialogue_id)
    )
    return {(row.kind, row.target, row.by_name) for row in rows}


@dataclass(frozen=True)
class Wording:
    """A contribution's words as a report counted them."""

    id: int
    revision: int
    language: str
    title: str
    plain: str

    @property
    def wording(self) -> str:
        """Return the text that quotations count their characters in."""
        return f"{self.title}\n{self.plain}"


def wordings(document: Model, contributions: Collection[int], words: str = "") -> list[Wording]:
    """Return what these contributions say, as far as it is public, by id; one more than
    MOST_WORDINGS at most. `words`: only those with these words in them."""
    counted_in = {row["id"]: row["revision"] for row in document["texts"]}
    wanted = fold(words)
    found: list[Wording] = []
    for part in _parts({counted_in[i] for i in contributions if i in counted_in}):
        rows = db.session.execute(
            select(
                Contribution.id,
                Revision.id.label("revision"),
                Revision.language,
                Revision.title,
                Revision.plain,
            )
            .join(Revision, Revision.contribution_id == Contribution.id)
            .where(Revision.id.in_(part), is_still_shown())
        )
        texts = [Wording(**row._mapping) for row in rows]
        found += [text for text in texts if wanted in fold(text.wording)]
    return sorted(found, key=lambda text: text.id)[: MOST_WORDINGS + 1]


@dataclass(frozen=True)
class _Written:
    author: int
    wording: str


def counter(document: Model) -> Count:
    """Return what counts different texts and people of some contributions of a document."""
    revisions = {row["id"]: row["revision"] for row in document["texts"]}

    def count(contributions: Collection[int]) -> dict[str, Any]:
        found: list[_Written] = []
        for part in _parts({revisions[i] for i in contributions}):
            rows = db.session.execute(
                select(Contribution.participant_id, Revision.title, Revision.plain)
                .join(Revision, Revision.contribution_id == Contribution.id)
                .where(Revision.id.in_(part))
            )
            found += [_Written(r.participant_id, f"{r.title}\n{r.plain}") for r in rows]
        return counted(found)

    return count


def _parts(ids: Collection[int], size: int = 500) -> Iterator[list[int]]:
    ordered = sorted(ids)
    for start in range(0, len(ordered), size):
        yield ordered[start : start + size]
