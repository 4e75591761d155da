"""A report is a row first: what was asked, how far it is, how it ended; and its files.

Beside it stand what a person changed in it, its editions, and what it quotes.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from dialogue.kernel.db import Json, Model, UtcDateTime


class ReportState(StrEnum):
    """How far a report is; `done`, `failed` and `cancelled` are ends."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


ACTIVE = text("state IN ('queued', 'running')")


class Report(Model):
    """One summary of one dialogue at one moment.

    The worker that builds it holds a lease and renews it; when the lease runs out another worker
    takes over, at most REPORT_ATTEMPTS times; then the report has failed, with the reason.
    """

    __tablename__ = "report"
    __table_args__ = (
        UniqueConstraint("dialogue_id", "number"),
        CheckConstraint(
            "state IN ('queued', 'running', 'done', 'failed', 'cancelled')", name="state"
        ),
        # One at a time: whoever asks for a second one is led to the first.
        Index(
            "uq_report_active_dialogue",
            "dialogue_id",
            unique=True,
            sqlite_where=ACTIVE,
            postgresql_where=ACTIVE,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    dialogue_id: Mapped[int] = mapped_column(ForeignKey("dialogue.id"), index=True)
    number: Mapped[int]
    state: Mapped[str] = mapped_column(default=ReportState.QUEUED, index=True)
    step: Mapped[int] = mapped_column(default=0)  # 1 to 5, the names stand in steps.py
    percent: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lease_holder: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")  # why it failed, for the officer
    cut_off_at: Mapped[datetime] = mapped_column(UtcDateTime)
    input_hash: Mapped[str] = mapped_column(default="")
    sha256: Mapped[str] = mapped_column(default="")  # of the canonical JSON model
    requested_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    files: Mapped[list[ReportFile]] = relationship(lazy="selectin", order_by="ReportFile.format")

    @property
    def ended(self) -> bool:
        """Tell whether no worker will touch this report any more."""
        return self.state in (ReportState.DONE, ReportState.FAILED, ReportState.CANCELLED)

    @property
    def reference(self) -> str:
        """Return the number under which the log knows the last attempt: `report-12-2`."""
        return f"report-{self.id}-{self.attempts}"

    def file(self, kind: str) -> ReportFile | None:
        """Return the file of one format; None when there is none."""
        return next((file for file in self.files if file.format == kind), None)


class ReportFile(Model):
    """A finished file of a report; the row is written after the file is whole on the disk."""

    __tablename__ = "report_file"
    __table_args__ = (UniqueConstraint("report_id", "format"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("report.id"))
    format: Mapped[str]
    path: Mapped[str]  # below the instance's files folder
    size: Mapped[int]  # bytes
    sha256: Mapped[str]


class ReportRun(Model):
    """How long a report took and how much it counted: what the next estimate rests on."""

    __tablename__ = "report_run"

    report_id: Mapped[int] = mapped_column(ForeignKey("report.id"), primary_key=True)
    contributions: Mapped[int]
    votes: Mapped[int]
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)  # of the last attempt
    seconds: Mapped[float | None]  # None until it is done


class PartState(StrEnum):
    """How far a part is; a part that is held by a worker that went silent is to be had again."""

    OPEN = "open"
    HELD = "held"
    DONE = "done"
    FAILED = "failed"


class ReportPart(Model):
    """A part of the making of a report, for any worker to take; gone when the report has ended.

    What it is given and what it gives back are files, named here by their digests. A part that is
    done is not done again when another worker takes the report over, if it is given the same.
    """

    __tablename__ = "report_part"
    __table_args__ = (
        UniqueConstraint("report_id", "stage", "number"),
        CheckConstraint("state IN ('open', 'held', 'done', 'failed')", name="state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("report.id"))
    stage: Mapped[str]  # name of its function, see parts/works.py
    number: Mapped[int]  # from 0
    given: Mapped[str]
    result: Mapped[str] = mapped_column(default="")  # of one that is done
    state: Mapped[str] = mapped_column(default=PartState.OPEN)
    attempts: Mapped[int] = mapped_column(default=0)
    lease_holder: Mapped[str] = mapped_column(default="")
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error: Mapped[str] = mapped_column(default="")  # why the last attempt failed, for the officer
    laid_out_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ReportEdition(Model):
    """One edition of a report: the first as it was made, each later one with fewer words.

    An edition follows when words that the report quotes are not public any more: the same numbers,
    a placeholder for the words. `numbers_sha256` covers the document without anybody's words, so it
    is the same in all editions.
    """

    __tablename__ = "report_edition"
    __table_args__ = (UniqueConstraint("report_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("report.id"))
    number: Mapped[int]
    sha256: Mapped[str] = mapped_column(index=True)
    numbers_sha256: Mapped[str]
    taken_back: Mapped[int]  # contributions whose words are placeholders in it
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ReportQuotation(Model):
    """Which contribution a report quotes: what is taken back leads to its reports by one look."""

    __tablename__ = "report_quotation"
    __table_args__ = (Index("ix_report_quotation_contribution_id", "contribution_id"),)

    report_id: Mapped[int] = mapped_column(ForeignKey("report.id"), primary_key=True)
    contribution_id: Mapped[int] = mapped_column(ForeignKey("contribution.id"), primary_key=True)


class EditKind(StrEnum):
    """What a person can change in a draft; nothing of it changes a count."""

    NAME = "name"  # a topic, theme or group
    MERGE = "merge"  # two topics or themes into one
    SPLIT = "split"  # some contributions of a topic or theme into one of their own
    LEAVE_OUT = "leave_out"  # a quotation
    PICK = "pick"  # a quotation
    FOREWORD = "foreword"


class ReportEdit(Model):
    """One change that a person made in a report: who, when, what; taken back by a date."""

    __tablename__ = "report_edit"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('name', 'merge', 'split', 'leave_out', 'pick', 'foreword')", name="kind"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("report.id"), index=True)
    kind: Mapped[str]
    target: Mapped[str]  # key of a topic, theme or group in the document; "" for the foreword
    value: Mapped[dict[str, Any]] = mapped_column(Json)  # see hand.py
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    by_name: Mapped[str]  # as the report shows it
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    # Of the report before, when it was kept from there.
    kept_from_id: Mapped[int | None] = mapped_column(ForeignKey("report_edit.id"))
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))


class ReportDraft(Model):
    """How far the files of a report hold what people changed in it, and who wants it public."""

    __tablename__ = "report_draft"

    report_id: Mapped[int] = mapped_column(ForeignKey("report.id"), primary_key=True)
    changes: Mapped[int] = mapped_column(default=0)  # rises with each
    written: Mapped[int] = mapped_column(default=0)  # the number of `changes` that the files hold
    publish_asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    publish_asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ReportSchedule(Model):
    """A dialogue whose report is made every week without being asked for."""

    __tablename__ = "report_schedule"

    dialogue_id: Mapped[int] = mapped_column(ForeignKey("dialogue.id"), primary_key=True)
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))  # gets the mail
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    next_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
