"""The fair mix: a stored order in which new and seldom-voted ideas get their turn."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, update

from dialogue.dialogues.models import Act, Phase
from dialogue.kernel.db import db, transaction
from dialogue.kernel.settings import setting
from dialogue.participation.models import Contribution, Kind
from dialogue.participation.queries.visibility import is_listed
from dialogue.participation.tally import mix_key

_BATCH = 500  # rows a transaction: writers wait for no longer than one batch


def renew_mix(*, now: datetime) -> int:
    """Give each public idea of each open dialogue its key for today; return how many changed.

    In batches of its own transactions, in the order of ids; safe to repeat and to interrupt.
    """
    open_dialogues = select(Phase.dialogue_id).where(
        Phase.act == Act.VOTE, Phase.opens_at <= now, Phase.closes_at > now
    )
    changed, last = 0, 0
    while True:
        rows = db.session.execute(
            select(
                Contribution.id,
                Contribution.mix_key,
                Contribution.published_at,
                (Contribution.agree + Contribution.disagree + Contribution.passed).label("votes"),
            )
            .where(
                Contribution.id > last,
                Contribution.kind == Kind.IDEA,
                is_listed(),
                Contribution.dialogue_id.in_(open_dialogues),
            )
            .order_by(Contribution.id)
            .limit(_BATCH)
        ).all()
        if not rows:
            return changed
        last = rows[-1].id
        keys = {
            row.id: mix_key(
                row.id,
                row.votes,
                (now - row.published_at) / timedelta(days=1),
                now.date(),
                secret=setting("SECRET_KEY"),
            )
            for row in rows
        }
        moved = [row.id for row in rows if keys[row.id] != row.mix_key]
        if moved:
            with transaction():
                for idea_id in moved:
                    db.session.execute(
                        update(Contribution)
                        .where(Contribution.id == idea_id)
                        .values(mix_key=keys[idea_id])
                    )
        changed += len(moved)
