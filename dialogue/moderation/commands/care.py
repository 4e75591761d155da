"""Moderators look after each other: notes that hand an item over, and what is hard to read.

Nothing here is ever public, and none of it changes what the public reads.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select, update

from dialogue.accounts.models import User
from dialogue.kernel import mail, text
from dialogue.kernel.db import db
from dialogue.kernel.errors import FieldErrors, NotFound
from dialogue.kernel.outbox import publish
from dialogue.moderation import letters
from dialogue.moderation.events import ItemHandedOver
from dialogue.moderation.models import HandOver, Mention, QueueItem
from dialogue.moderation.policies import Moderator, Scope, in_scope

WORDS_LIMIT = 1_000  # code points of a note


def write_note(
    *,
    item_id: int,
    words: str,
    to: Collection[int],
    colleagues: Collection[int],
    moderator: Moderator,
    scope: Scope,
    now: datetime,
) -> HandOver:
    """Leave a note about an item for the other moderators; those in `to` are told.

    `colleagues`: who may be told. Publishes ItemHandedOver when somebody is. Raises NotFound,
    FieldErrors (`words`, `to`).
    """
    item = _item(item_id, scope)
    try:
        clean = text.clean_source(words).strip()
    except text.BadText as problem:
        raise FieldErrors({"words": problem.message}) from None
    if not clean:
        raise FieldErrors({"words": _("Write what the others should know.")})
    if text.count(clean) > WORDS_LIMIT:
        raise FieldErrors({"words": _("Shorten it to %(n)s characters or fewer.", n=WORDS_LIMIT)})
    if not set(to) <= set(colleagues):
        raise FieldErrors({"to": _("Choose somebody from the list")})
    note = HandOver(
        dialogue_id=item.dialogue_id,
        contribution_id=item.contribution_id,
        words=clean,
        by_id=moderator.id,
        at=now,
    )
    db.session.add(note)
    db.session.flush()
    db.session.add_all(Mention(hand_over_id=note.id, user_id=one) for one in sorted(set(to)))
    db.session.flush()
    if to:
        publish(ItemHandedOver(note.id))
    return note


def erase_note(*, note_id: int, moderator: Moderator, scope: Scope, now: datetime) -> HandOver:
    """Empty a note, for good; that there was one stays. Its writer may. Raises NotFound."""
    note = db.session.get(HandOver, note_id)
    if note is None or not in_scope(scope, note.dialogue_id) or note.by_id != moderator.id:
        raise NotFound("")
    note.words = ""
    note.erased_at = note.erased_at or now
    return note


def see_notes(*, contribution_id: int, moderator: Moderator, now: datetime) -> None:
    """Note that a moderator has opened the notes that are meant for them."""
    about_it = select(HandOver.id).where(HandOver.contribution_id == contribution_id)
    db.session.execute(
        update(Mention)
        .where(
            Mention.user_id == moderator.id,
            Mention.seen_at.is_(None),
            Mention.hand_over_id.in_(about_it),
        )
        .values(seen_at=now)
        .execution_options(synchronize_session=False)
    )


def mark(*, item_id: int, distressing: bool, scope: Scope) -> QueueItem:
    """Say that an item is hard to read, or that it is not: the next moderator meets it behind a
    click. Raises NotFound."""
    item = _item(item_id, scope)
    item.distressing = distressing
    return item


def tell(*, hand_over_id: int, now: datetime) -> None:
    """Mail those whom a note is meant for, unless it was erased or they have opened it meanwhile.
    The mail says where, never what. Safe to repeat."""
    note = db.session.get(HandOver, hand_over_id)
    if note is None or note.erased_at is not None:
        return
    item_id = db.session.scalar(
        select(QueueItem.id)
        .where(QueueItem.contribution_id == note.contribution_id)
        .order_by(QueueItem.closed_at.is_(None).desc(), QueueItem.id.desc())
        .limit(1)
    )
    people = db.session.scalars(
        select(User)
        .join(Mention, Mention.user_id == User.id)
        .where(Mention.hand_over_id == note.id, Mention.seen_at.is_(None))
        .order_by(User.id)
    ).unique()
    for person in people:
        letter = letters.handed_over(item_id or 0, language=person.language)
        mail.queue(
            person.email,
            letter.subject,
            letter.text,
            key=f"hand_over:{note.id}:{person.id}",
            now=now,
        )


def _item(item_id: int, scope: Scope) -> QueueItem:
    item = db.session.get(QueueItem, item_id)
    if item is None or not in_scope(scope, item.dialogue_id):
        raise NotFound("")
    return item
