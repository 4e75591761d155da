"""After an edit: keeping one's vote as it is. (Changing it is voting again.)"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, request
from flask_babel import gettext as _
from flask_login import current_user

from dialogue.accounts.access import participant
from dialogue.kernel import security
from dialogue.kernel.db import transaction
from dialogue.kernel.errors import FieldErrors
from dialogue.kernel.routing import number
from dialogue.participation import addresses
from dialogue.participation.commands import keeping
from dialogue.participation.views import drafting

blueprint = Blueprint("keeping", __name__)


@blueprint.post("/d/<slug>/ideas/<int:idea_id>/vote/keep")
@participant
def keep(slug: str, idea_id: int) -> Any:
    """Keep a vote on what the idea says now."""
    dialogue, now = drafting.open_dialogue(slug)
    revision = number(request.form.get("wording", ""))
    if revision is None:
        raise FieldErrors({"wording": _("Load the page of the idea again, then choose.")})
    with transaction():
        keeping.keep_vote(
            dialogue=dialogue,
            idea_id=idea_id,
            revision=revision,
            user=current_user.user,
            now=now,
        )
    flash(_("Your vote stays as it is."), "success")
    back = security.local_path(request.form.get("next"))
    return redirect(back or addresses.idea_url(slug, idea_id), 303)
