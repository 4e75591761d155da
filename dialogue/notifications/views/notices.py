"""What a person was told, on the site."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_login import current_user

from dialogue.accounts.access import participant
from dialogue.kernel import clock
from dialogue.kernel.db import transaction
from dialogue.kernel.routing import number
from dialogue.notifications import wording
from dialogue.notifications.commands import noticing
from dialogue.notifications.queries.notices import notices_of

blueprint = Blueprint("notices", __name__)


@blueprint.get("/me/notices")
@participant
def mine() -> Any:
    """Show a person what is new, newest first. Looking changes nothing."""
    after = request.args.get("after", "")
    page = notices_of(current_user.id, after=after, now=clock.now())
    language = str(get_locale())
    rows = [
        {
            "id": told.row.id,
            "text": wording.sentence(told, language),
            "words": told.row.excerpt if told.row.author else "",
            "url": wording.address(told),
            "dialogue_name": told.dialogue.text(language).short_name,
            "at": told.row.at,
            "is_new": told.row.read_at is None,
        }
        for told in page.rows
    ]
    g.pop("zone", None)
    return render_template(
        "notifications/notices.html",
        notices=rows,
        unread=current_user.beside["unread"],
        newer_url=url_for("notices.mine") if after else None,
        older_url=url_for("notices.mine", after=page.older) if page.older else None,
    )


@blueprint.post("/me/notices")
@participant
def mine_post() -> Any:
    """Mark one notice as read, or all."""
    with transaction():
        noticing.mark_read(
            user_id=current_user.id,
            notice_id=number(request.form.get("notice", "")),
            now=clock.now(),
        )
    flash(_("Marked as read."), "success")
    return redirect(url_for("notices.mine"), 303)
