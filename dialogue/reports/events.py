"""What happened to reports, for `wiring.py` to pass on. Ids and primitives only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ReportRequested:
    """An officer asked for a report, or the sweep found one whose worker went silent."""

    report_id: int


@dataclass(frozen=True)
class ReportFinished:
    """A report ended, done or failed."""

    report_id: int


@dataclass(frozen=True)
class ReportChanged:
    """A person changed something in a draft, or wants it public: its files are to be renewed."""

    report_id: int


@dataclass(frozen=True)
class ReportPublished:
    """Everybody can read a report from now on."""

    report_id: int


@dataclass(frozen=True)
class PartsLaidOut:
    """Parts of a report wait for whoever finds time; told once for each worker that may help."""

    report_id: int
