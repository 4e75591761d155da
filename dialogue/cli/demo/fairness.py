"""What the demonstration shows of fairness: a watch list, and an author who asked for a second look
at what was not published, was answered by somebody else, and was told a rule."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from dialogue.accounts.models import User
from dialogue.analysis.watching import WatchKind
from dialogue.dialogues.models import Dialogue
from dialogue.kernel.db import db
from dialogue.moderation.commands import appeals, sanctions, screening
from dialogue.moderation.models import ModerationDecision, Outcome
from dialogue.moderation.queries.outcomes import may_ask_until
from dialogue.participation.models import Contribution, Participant

WATCHED = {WatchKind.WORD: "casino\nmiracle cure", WatchKind.DOMAIN: "bit.ly"}
ASKED = "I only wanted to say what happens. Can it not be published without the name?"
ANSWERED = (
    "I have read it again. With the name in it we cannot publish it: the business can be found."
    " Without it we gladly would; you can still send it again."
)
WARNED = "Please leave the name of the business out when you write again."


def plant(
    dialogue: Dialogue, *, moderator: User, second: User, participant: User, now: datetime
) -> None:
    """Keep a list; let the participant ask, be answered by `second`, and be warned."""
    entries = screening.read_list(WATCHED)
    screening.replace_list(dialogue_id=dialogue.id, entries=entries, moderator=moderator, now=now)
    refused = db.session.scalars(
        select(ModerationDecision)
        .join(Contribution, Contribution.id == ModerationDecision.contribution_id)
        .join(Participant, Participant.id == Contribution.participant_id)
        .where(
            ModerationDecision.dialogue_id == dialogue.id,
            ModerationDecision.outcome == Outcome.REJECTED,
            Participant.user_id == participant.id,
        )
        .limit(1)
    ).first()
    if refused is None or now >= may_ask_until(refused.at):
        return
    asked = appeals.ask_about_decision(
        decision_id=refused.id, user_id=participant.id, words=ASKED, now=now
    )
    appeals.answer(
        item_id=asked.item_id,
        version=1,
        granted=False,
        words=ANSWERED,
        moderator=second,
        scope=None,
        now=now,
    )
    sanctions.take_step(
        item_id=refused.item_id,
        step="warn",
        until=None,
        reason_code=refused.reason_code,
        note=WARNED,
        moderator=moderator,
        scope=None,
        now=now,
    )
