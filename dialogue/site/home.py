"""The front page and the list of dialogues."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template
from sqlalchemy import select

from dialogue.accounts.access import public
from dialogue.accounts.models import Agency
from dialogue.dialogues.queries import public_dialogues
from dialogue.kernel import clock
from dialogue.kernel.db import db
from dialogue.site.view_models import dialogue_view

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
@public
def index() -> Any:
    """Show what is open now, then the rest."""
    return _page()


@blueprint.get("/d/", strict_slashes=False)
@public
def dialogues() -> Any:
    """Show the list of dialogues."""
    return _page()


def _page() -> str:
    now = clock.now()
    agencies = dict(db.session.execute(select(Agency.id, Agency.name)).all())
    views = [
        dialogue_view(dialogue, now, agency=agencies.get(dialogue.agency_id, ""))
        for dialogue in public_dialogues(now)
    ]
    return render_template(
        "site/home.html",
        open_dialogues=[view for view in views if view.state == "open"],
        other_dialogues=[view for view in views if view.state != "open"],
        total=len(views),
        newer_url=None,
        older_url=None,
    )
