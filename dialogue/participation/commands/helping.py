"""Finding a comment helpful: one mark a person and comment, taken back the same way.

It sorts comments and is counted in no result.
"""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import delete, insert, select, update

from dialogue.accounts.models import User
from dialogue.dialogues.models import Dialogue
from dialogue.kernel.db import db
from dialogue.kernel.errors import Conflict, NotFound
from dialogue.participation import policies
from dialogue.participation.commands import joining
from dialogue.participation.models import Contribution, Helpful, Kind
from dialogue.participation.queries.threads import is_closed_around
from dialogue.participation.queries.visibility import is_readable


def mark_helpful(
    *, dialogue: Dialogue, comment_id: int, user: User, is_helpful: bool, now: datetime
) -> int:
    """Record whether the person finds a comment helpful; return how many do.

    The comment's row is locked first, so its count always equals its marks. Saying the same again
    changes nothing. Raises NotFound (no such public comment here), Conflict (closed, one's own).
    """
    comment = db.session.execute(
        select(Contribution.helpful, Contribution.participant_id)
        .where(
            Contribution.id == comment_id,
            Contribution.dialogue_id == dialogue.id,
            Contribution.kind == Kind.COMMENT,
            is_readable(),
        )
        .with_for_update(of=Contribution, key_share=True)
    ).first()
    if comment is None:
        raise NotFound("")
    if not policies.may_write(dialogue, Kind.COMMENT, now) or is_closed_around(comment_id):
        raise Conflict(_("Comments are closed. Nothing was changed."))
    person = joining.participant_for(dialogue_id=dialogue.id, user=user, now=now)
    if person.id == comment.participant_id:
        raise Conflict(_("This is your own comment: whether it helps, others say."))
    mine = (Helpful.comment_id == comment_id, Helpful.participant_id == person.id)
    was_helpful = db.session.scalar(select(Helpful.comment_id).where(*mine)) is not None
    if was_helpful == is_helpful:
        return int(comment.helpful)
    if is_helpful:
        db.session.execute(
            insert(Helpful).values(comment_id=comment_id, participant_id=person.id, at=now)
        )
    else:
        db.session.execute(delete(Helpful).where(*mine))
    count = comment.helpful + (1 if is_helpful else -1)
    db.session.execute(
        update(Contribution).where(Contribution.id == comment_id).values(helpful=count)
    )
    return int(count)
