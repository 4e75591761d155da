"""What I reported to the moderators, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint, render_template, request
from flask_login import current_user

from dialogue.accounts.access import participant
from dialogue.dialogues import schedule
from dialogue.dialogues.models import Dialogue
from dialogue.dialogues.queries import dialogue_by_id, is_staff_of
from dialogue.kernel import clock, text
from dialogue.participation import addresses
from dialogue.participation.flag_wording import OUTCOMES, REASONS
from dialogue.participation.models import FlagOutcome, FlagReason
from dialogue.participation.queries import flags
from dialogue.participation.queries.flags import OwnFlag

blueprint = Blueprint("my_flags", __name__)


@blueprint.get("/me/reported")
@participant
def show() -> Any:
    """Show one page of what the person reported, newest first."""
    now = clock.now()
    after = request.args.get("after", "")
    page = flags.flags_of_user(user_id=current_user.id, after=after)
    by_id = {found: dialogue_by_id(found) for found in {flag.dialogue_id for flag in page.rows}}
    return render_template(
        "site/my_flags.html",
        flags=[_flag(flag, by_id, now) for flag in page.rows],
        newer_url="/me/reported" if after else None,
        older_url=f"/me/reported?after={page.older}" if page.older else None,
    )


def _flag(flag: OwnFlag, by_id: Mapping[int, Dialogue], now: datetime) -> dict[str, Any]:
    dialogue = by_id[flag.dialogue_id]
    is_open_to_me = schedule.is_public(dialogue, now) or is_staff_of(current_user, dialogue, now)
    readable = flag.readable and is_open_to_me
    return {
        "kind": flag.kind,
        "id": flag.contribution_id,
        "title": flag.title if readable else "",
        "text": text.excerpt(flag.excerpt, 160) if readable and flag.kind == "comment" else "",
        "dialogue_name": dialogue.text(dialogue.language).short_name if is_open_to_me else "",
        "url": addresses.flag_url(dialogue.slug, flag.kind, flag.contribution_id)
        if is_open_to_me
        else None,
        "reason": REASONS[FlagReason(flag.reason)],
        "note": flag.note,
        "at": flag.at,
        "withdrawn": flag.withdrawn_at is not None and flag.decided_at is None,
        "outcome": OUTCOMES[FlagOutcome(flag.outcome)] if flag.outcome else "",
        "decided_at": flag.decided_at,
    }
