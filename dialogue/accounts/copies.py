"""What stands in a copy of everything held about a person: one JSON file and the same as a page."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import current_app
from flask_babel import gettext as _

from dialogue.kernel import personal
from dialogue.kernel.personal import Person, Row
from dialogue.kernel.settings import setting


@dataclass(frozen=True)
class Section:
    """The rows of one table, as the page shows them."""

    name: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


def made(person: Person, now: datetime) -> bytes:
    """Return the zip file. Every table of the personal-data map is in it, or the reason why not."""
    tables: dict[str, list[dict[str, Any]]] = {}
    not_here: dict[str, str] = {}
    for table, held in personal.held().items():
        if held.export is None:
            not_here[table] = held.why
        else:
            tables[table] = [_plain(row) for row in held.export(person)]
    whole = {
        "site": setting("SITE_NAME"),
        "made_at": now.isoformat(),
        "tables": tables,
        "not_in_this_copy": not_here,
    }
    # Nobody asks for it: it has no frame, and no request to find one by.
    page = current_app.jinja_env.get_template("accounts/copy.html").render(
        site_name=setting("SITE_NAME"),
        made_at=now,
        sections=[_section(name, rows) for name, rows in tables.items() if rows],
        empty=[_name(name) for name, rows in tables.items() if not rows],
        not_here=[(_name(name), why) for name, why in not_here.items()],
    )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.json", json.dumps(whole, ensure_ascii=False, indent=2))
        archive.writestr("data.html", page)
    return file.getvalue()


def _section(name: str, rows: Sequence[Mapping[str, Any]]) -> Section:
    columns = list(rows[0])
    return Section(
        _name(name),
        [column.replace("_", " ") for column in columns],
        [[_words(row[column]) for column in columns] for row in rows],
    )


def _plain(row: Row) -> dict[str, Any]:
    """Return a row as JSON knows it."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in row.items()
    }


def _words(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _name(table: str) -> str:
    known = {
        "account_session": _("Where you were signed in"),
        "address_change": _("Changes of your address"),
        "audit_entry": _("Acts of staff"),
        "contribution": _("Ideas and comments"),
        "data_copy": _("Copies like this one"),
        "draft": _("Drafts"),
        "flag": _("What you reported"),
        "form_key": _("Forms that you sent"),
        "intent": _("What you began before you signed in"),
        "mail_code": _("Codes that were mailed"),
        "mail_message": _("Mails to you"),
        "moderation_decision": _("Decisions about what you wrote"),
        "participant": _("Your names in dialogues"),
        "revision": _("What you wrote, every wording"),
        "role_grant": _("Roles"),
        "subscription": _("What you follow"),
        "taken_name": _("Names that are kept for you"),
        "user_account": _("Your account"),
        "vote": _("Votes"),
    }
    return known.get(table, table.replace("_", " ").capitalize())
