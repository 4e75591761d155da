"""The button "Helpful" beside a comment; with and without a script."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from dialogue.accounts.access import participant
from dialogue.kernel.db import transaction
from dialogue.kernel.errors import FieldErrors
from dialogue.participation import addresses
from dialogue.participation.commands import helping
from dialogue.participation.views import drafting

blueprint = Blueprint("helpful", __name__)


@blueprint.post("/d/<slug>/comments/<int:comment_id>/helpful")
@participant
def mark(slug: str, comment_id: int) -> Any:
    """Find a comment helpful, or not any more. The button says which: sent twice is sent once."""
    dialogue, now = drafting.open_dialogue(slug)
    wanted = request.form.get("helpful", "")
    if wanted not in {"yes", "no"}:
        raise FieldErrors({"helpful": _("Use the button beside the comment.")})
    with transaction():
        count = helping.mark_helpful(
            dialogue=dialogue,
            comment_id=comment_id,
            user=current_user.user,
            is_helpful=wanted == "yes",
            now=now,
        )
    said = _("You find this helpful.") if wanted == "yes" else _("Your mark is removed.")
    said += " " + ngettext("%(num)s person does.", "%(num)s people do.", count)
    if request.headers.get("X-Fragment") == "helpful":
        return render_template(
            "participation/helpful_fragment.html",
            comment={
                "id": comment_id,
                "helpful": count,
                "found_helpful": wanted == "yes",
                "helpful_url": request.path,
            },
            said=said,
        )
    flash(said, "success")
    return redirect(addresses.comment_url(comment_id), 303)
