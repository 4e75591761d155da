"""Keeping what people are writing: saved while they type, gone with the sending, never overwritten
by another window."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import bindparam, delete, func, or_, select
from sqlalchemy.exc import IntegrityError

from dialogue.kernel import forms, text
from dialogue.kernel.db import db, rows_changed
from dialogue.kernel.errors import Conflict, FieldErrors, NotFound
from dialogue.kernel.settings import setting
from dialogue.participation.drafts import Draft, Pen, Place, Words

_SENT_STAYS = timedelta(days=1)  # an empty row: longer than any network holds a request back
_FIELDS = ("title", "body", "topic")


@dataclass(frozen=True)
class Saved:
    """How a draft stands after saving. `opened` is another one than before when another window
    had changed the same draft: then both stay, as two."""

    id: int
    opened: str
    version: int
    is_second: bool = False


def save(*, user_id: int, place: Place, words: Words, pen: Pen, now: datetime) -> Saved | None:
    """Keep what stands in a form. None when there is nothing to keep, or it was sent already.

    A window overwrites only what it has itself saved or shown. What comes late from a slow
    network changes nothing. Raises FieldErrors (too long, not text), Conflict (too many drafts).
    """
    words = _checked(words)
    if forms.opened_at(pen.opened) is None:
        pen = _fresh(pen)
    row = _locked(user_id, pen.opened)
    if row is None:
        return None if words.is_empty else _insert(user_id, place, words, pen, now)
    is_mine = row.writer == pen.writer
    if is_mine and pen.version <= row.version:
        return Saved(row.id, row.opened, row.version)
    if row.sent_at is not None or not (is_mine or pen.version == row.version + 1):
        if words.is_empty or words == row.words:
            return Saved(row.id, row.opened, row.version)
        saved = _insert(user_id, place, words, _fresh(pen), now)
        return Saved(saved.id, saved.opened, saved.version, is_second=True)
    if not words.is_empty:
        row.title, row.body, row.topic = words.title, words.body, words.topic
    row.writer, row.version, row.saved_at = pen.writer, pen.version, now
    return Saved(row.id, row.opened, row.version)


def forget_sent(*, user_id: int, place: Place, pen: Pen, now: datetime) -> None:
    """Remove the draft of what is sent in the same transaction, whichever window saved it last."""
    if forms.opened_at(pen.opened) is None:
        return
    row = _locked(user_id, pen.opened)
    if row is None:
        _insert(user_id, place, Words(), pen, now, sent_at=now)
        return
    if row.writer != pen.writer and row.version >= pen.version:
        return  # another window has written on: those words were not sent
    row.title = row.body = row.topic = ""
    row.writer, row.version, row.sent_at = pen.writer, max(row.version, pen.version), now


def discard(*, user_id: int, draft_id: int) -> None:
    """Throw one's own draft away; raises NotFound."""
    mine = (Draft.id == draft_id, Draft.user_id == user_id, Draft.sent_at.is_(None))
    if not rows_changed(delete(Draft).where(*mine)):
        raise NotFound("")


def forget_edits(*, contribution_id: int) -> None:
    """Remove every draft of an edit of a contribution that is gone for good."""
    db.session.execute(delete(Draft).where(Draft.contribution_id == contribution_id))


def forget_old(*, now: datetime) -> int:
    """Remove drafts that nobody touched for DRAFT_DAYS, and the empty rows of what was sent."""
    old = now - timedelta(days=setting("DRAFT_DAYS"))
    return rows_changed(
        delete(Draft).where(or_(Draft.saved_at < old, Draft.sent_at < now - _SENT_STAYS))
    )


def _checked(words: Words) -> Words:
    """Return the words as they are stored: hidden characters gone, and not without end."""
    errors, cleaned = {}, {}
    ceiling: int = setting("TEXT_CEILING")
    for field in _FIELDS:
        try:
            cleaned[field] = text.clean_source(getattr(words, field))
        except text.BadText as problem:
            errors[field] = str(problem)
            continue
        over = text.count(cleaned[field]) - ceiling
        if over > 0:
            errors[field] = _(
                "This is too long to keep as a draft. Shorten it by %(over)s characters.", over=over
            )
    if errors:
        raise FieldErrors(errors)
    return Words(**cleaned)


def _fresh(pen: Pen) -> Pen:
    """A piece of writing of its own, for words that may not take another's place."""
    return Pen(forms.new_form_key(), pen.writer, pen.version)


def _locked(user_id: int, opened: str) -> Draft | None:
    return db.session.scalars(_LOCKED, {"user": user_id, "opened": opened}).first()


_LOCKED = (
    select(Draft)
    .where(Draft.user_id == bindparam("user"), Draft.opened == bindparam("opened"))
    .with_for_update()
    .execution_options(populate_existing=True)
)


def _insert(
    user_id: int,
    place: Place,
    words: Words,
    pen: Pen,
    now: datetime,
    *,
    sent_at: datetime | None = None,
) -> Saved:
    most: int = setting("DRAFTS_PER_PERSON")
    mine = select(func.count()).where(Draft.user_id == user_id, Draft.sent_at.is_(None))
    if sent_at is None and (db.session.scalar(mine) or 0) >= most:
        raise Conflict(
            _("You have %(n)s drafts, and more cannot be kept. Discard one of them first.", n=most)
        )
    draft = Draft(
        user_id=user_id,
        dialogue_id=place.dialogue_id,
        kind=place.kind,
        idea_id=place.idea_id,
        reply_to_id=place.reply_to_id,
        contribution_id=place.contribution_id,
        opened=pen.opened,
        writer=pen.writer,
        version=pen.version,
        title=words.title,
        body=words.body,
        topic=words.topic,
        created_at=now,
        saved_at=now,
        sent_at=sent_at,
    )
    try:
        with db.session.begin_nested():
            db.session.add(draft)
    except IntegrityError:  # the same form's other request was faster, on PostgreSQL
        raise Conflict(_("This draft is being saved already.")) from None
    return Saved(draft.id, draft.opened, draft.version)
