"""A report is a row first: what was asked, how far it is, how it ended; and its files."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from dialogue.kernel.db import UtcDateTime, db


class ReportState(StrEnum):
    """How far a report is; `done`, `failed` and `cancelled` are ends."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


ACTIVE = text("state IN ('queued', 'running')")


class Report(db.Model):  # type: ignore[name-defined]
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


class ReportFile(db.Model):  # type: ignore[name-defined]
    """A finished file of a report; the row is written after the file is whole on the disk."""

    __tablename__ = "report_file"
    __table_args__ = (UniqueConstraint("report_id", "format"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("report.id"))
    format: Mapped[str]
    path: Mapped[str]  # below the instance's files folder
    size: Mapped[int]  # bytes
    sha256: Mapped[str]
