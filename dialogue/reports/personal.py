"""What reports hold about a person: what staff changed in them, signed."""

from __future__ import annotations

from collections.abc import Sequence

from dialogue.kernel import personal
from dialogue.kernel.personal import Person, Row
from dialogue.reports.models import ReportEdit


def edits(person: Person) -> Sequence[Row]:
    """What the person changed in reports."""
    only = ("report_id", "kind", "target", "value", "by_name", "at", "undone_at")
    return personal.rows(ReportEdit, ReportEdit.by_id == person.user_id, only=only)
