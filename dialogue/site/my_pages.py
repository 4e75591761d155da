"""The pages of a person, in the order of their navigation. They share `layouts/mine.html`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Flask, request, url_for
from flask_babel import lazy_gettext as _l

# A new page: its endpoint and what the navigation calls it.
PAGES = [
    # What I do and what becomes of it.
    ("activity.me", _l("Activity")),
    ("notices.mine", _l("News")),
    ("drafts.index", _l("Drafts")),
    ("my_votes.show", _l("Votes")),
    ("steps.show", _l("From the moderators")),
    ("my_flags.show", _l("Reported")),
    # Who I am here.
    ("my_name.index", _l("Names")),
    ("emails.show", _l("Emails")),
    ("my_account.show", _l("Account")),
    ("my_sessions.show", _l("Devices")),
    ("my_data.show", _l("Data")),
]


@dataclass(frozen=True)
class Entry:
    """A page of mine."""

    name: str
    url: str
    is_here: bool


class MyNav:
    """The entries, found when a page asks for them: other pages pay nothing."""

    def __iter__(self) -> Iterator[Entry]:
        """Yield the entries in their order."""
        for endpoint, name in PAGES:
            blueprint = endpoint.partition(".")[0]
            is_here = request.endpoint == endpoint or (
                blueprint != "activity" and request.blueprint == blueprint
            )
            yield Entry(str(name), url_for(endpoint), is_here)


def attach(app: Flask) -> None:
    """Give every template `my_nav`."""
    app.context_processor(_frame)


def _frame() -> dict[str, Any]:
    return {"my_nav": MyNav()}
