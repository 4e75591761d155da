"""The frame of every staff page: the entries of its navigation, by the roles of the person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Flask, request
from flask_babel import gettext as _
from flask_login import current_user

from dialogue.accounts.models import Role
from dialogue.accounts.queries import dialogue_ids_with_role, has_role
from dialogue.kernel import clock


@dataclass(frozen=True)
class Entry:
    """A page that exists and that this person may open."""

    key: str
    name: str
    url: str


class StaffNav:
    """The entries, found when a staff page asks for them: other pages pay nothing."""

    def __iter__(self) -> Iterator[Entry]:
        """Yield the entries in their order."""
        now = clock.now()
        if has_role(current_user, (Role.MODERATOR,), now):
            yield Entry("queue", _("Queue"), "/mod/queue")
            yield Entry("watch", _("Watch lists"), "/mod/watch")
        if has_role(current_user, (Role.OFFICER, Role.ANALYST), now):
            yield Entry("dialogues", _("Dialogues"), "/agency/")
        if has_role(current_user, (Role.MODERATOR, Role.OFFICER), now):
            yield Entry("record", _("Audit record"), "/mod/audit")
        if dialogue_ids_with_role(current_user, (Role.ADMIN,), now) is None:
            yield Entry("people", _("People"), "/admin/people")


def attach(app: Flask) -> None:
    """Give every template `staff_nav` and `staff_area`."""
    app.context_processor(_frame)


def _frame() -> dict[str, Any]:
    moderates = request and request.path.startswith("/mod")
    return {
        "staff_nav": StaffNav(),
        "staff_area": _("Moderation") if moderates else _("Agency"),
    }
