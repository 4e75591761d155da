"""The public moderation log: what moderators did in a dialogue, and why, with totals."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, g, render_template, request, url_for
from flask_babel import get_locale
from flask_login import current_user

from dialogue.accounts.access import public
from dialogue.dialogues.models import Dialogue
from dialogue.dialogues.queries import dialogue_for, public_dialogues
from dialogue.kernel import clock
from dialogue.moderation import wording
from dialogue.moderation.queries import log
from dialogue.moderation.queries.log import LogRow
from dialogue.participation import addresses
from dialogue.participation.restrictions import STEP_NAMES, Step

blueprint = Blueprint("moderation_log", __name__)


@blueprint.get("/mod/log")
@public
def show() -> str:
    """Show the log of one dialogue, or which dialogues have one."""
    now, asked = clock.now(), request.args.get("dialogue")
    if not asked:
        return render_template(
            "site/moderation_logs.html",
            dialogues=[
                (_name(dialogue), url_for("moderation_log.show", dialogue=dialogue.slug))
                for dialogue in public_dialogues(now)
            ],
        )
    return _page(dialogue_for(asked, current_user, now), now)


def _page(dialogue: Dialogue, now: datetime) -> str:
    g.zone = dialogue.time_zone
    language = str(get_locale())
    page = log.log_page(dialogue.id, after=request.args.get("after", ""), language=language)
    totals = log.totals(dialogue.id, language=language)
    here = url_for("moderation_log.show", dialogue=dialogue.slug)
    return render_template(
        "site/moderation_log.html",
        dialogue={"name": _name(dialogue), "url": addresses.dialogue_url(dialogue.slug)},
        outcomes=[(wording.outcome_done(one), n) for one, n in totals.outcomes.items()],
        reasons=totals.reasons,
        steps=[(STEP_NAMES[Step(one)], n) for one, n in totals.steps.items()],
        undone=totals.undone,
        rows=[_row(dialogue, row) for row in page.rows],
        newer_url=here if request.args.get("after") else None,
        older_url=f"{here}&after={page.older}" if page.older else None,
    )


def _row(dialogue: Dialogue, row: LogRow) -> dict[str, Any]:
    return {
        "at": row.at,
        "done": wording.outcome_done(row.outcome),
        "is_idea": log.is_idea(row),
        "idea_id": row.idea_id,
        "url": addresses.idea_url(dialogue.slug, row.idea_id, row.idea_slug)
        if row.idea_id
        else None,
        "reason": row.reason,
        "by": row.by,
        "is_undone": row.is_undone,
    }


def _name(dialogue: Dialogue) -> str:
    return dialogue.text(dialogue.language).short_name
