"""Looks at words while they are being written and says what could give a person away.

The answer is a fragment for the script of the form. Whoever writes without JavaScript gets the
same on the preview and on a form that is shown again.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request

from dialogue.accounts.access import public
from dialogue.participation import hints
from dialogue.participation.views import drafting

blueprint = Blueprint("writing_check", __name__, url_prefix="/d/<slug>/writing")

FIELDS = ("title", "body")


@blueprint.post("/check")
@public
def check(slug: str) -> Any:
    """Answer with the hints for the words that were sent; step=hide also sends the words back
    with placeholders. Stores and logs nothing; the limits of a form bound the work."""
    dialogue, _now = drafting.open_dialogue(slug)
    typed = {name: request.form[name] for name in FIELDS if name in request.form}
    hides = request.form.get("step") == drafting.HIDE
    fields = hints.hidden(typed, dialogue) if hides else typed
    return render_template(
        "participation/writing_fragment.html",
        notice=hints.notice(fields, dialogue),
        hidden=fields if hides and fields != typed else {},
        comment="title" not in typed,
    )
