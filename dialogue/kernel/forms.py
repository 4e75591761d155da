"""Forms that can be sent twice and count once, and that remember when they were opened."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from flask import current_app, flash, session
from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from dialogue.kernel import ids
from dialogue.kernel.db import Json, Model, UtcDateTime, db
from dialogue.kernel.errors import DomainError

_ALWAYS_WORDS = ("title", "body", "note")
_NEVER_WORDS = frozenset(
    {"csrf_token", "form_key", "opened", "next", "intent", "password", "code", "remark"}
)
_LONG = 30  # characters: what is shorter is quickly typed again


TRAP = "remark"  # a field that no person sees; macros of components/forms.html show it to robots


def is_trapped(form: Mapping[str, str]) -> bool:
    """Tell whether the field is filled in that no person sees. A reason to look, not to refuse."""
    return bool(form.get(TRAP, "").strip())


def words(form: Mapping[str, str]) -> dict[str, str]:
    """Return what a person wrote in a form, to give it back when it could not be taken."""
    return {
        name: value
        for name, value in form.items()
        if name not in _NEVER_WORDS
        and value.strip()
        and (name in _ALWAYS_WORDS or len(value.strip()) >= _LONG)
    }


Said = list[list[str]]  # what the page after a form tells: pairs of words and category


class FormKey(Model):
    """The result of a form that was sent: a second sending leads there."""

    __tablename__ = "form_key"

    key: Mapped[str] = mapped_column(primary_key=True)
    actor: Mapped[str] = mapped_column(primary_key=True)
    result: Mapped[str]  # an address of ours
    said: Mapped[Said] = mapped_column(Json, default=list, server_default="[]")
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class AlreadySent(DomainError):
    """This form was sent before; `earlier_result` knows where that led."""

    status = 409

    def __init__(self, key: str, actor: str):
        super().__init__("")
        self.key, self.actor = key, actor


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="form-key")


def new_form_key() -> str:
    """Return a signed key for a form that is being shown: random, with the time of showing."""
    return _signer().dumps(ids.token()[:22])


def opened_at(key: str) -> datetime | None:
    """Return when the form of this key was shown; None for a key that is not ours."""
    try:
        _, when = _signer().loads(key, return_timestamp=True)
    except BadSignature:
        return None
    return when.astimezone(UTC)


def earlier_result(key: str, actor: str) -> str | None:
    """Return the address that the first sending of this form led to, if there was one.

    A key that we did not sign (or none) stands for no form: such sendings count each for itself.
    """
    if opened_at(key) is None:
        return None
    return db.session.scalar(
        select(FormKey.result).where(FormKey.key == ids.digest(key), FormKey.actor == actor)
    )


def repeat_result(key: str, actor: str) -> str | None:
    """Return the address that the first sending led to, and say again on the next page what was
    said there: of two sendings at once, a browser shows the answer to the second alone."""
    result = earlier_result(key, actor)
    if result is not None:
        said = db.session.scalar(
            select(FormKey.said).where(FormKey.key == ids.digest(key), FormKey.actor == actor)
        )
        tell(said or [])
    return result


def tell(said: Said) -> None:
    """Say it on the next page, unless that page is to say so already."""
    waiting = session.get("_flashes", [])
    for words, category in said:
        if (category, words) not in waiting and [category, words] not in waiting:
            flash(words, category)


def remember_result(
    key: str, actor: str, result: str, *, now: datetime, said: Said | None = None
) -> None:
    """Record, in the transaction of the act, where this form led and what it told.

    Raises AlreadySent when the same form was sent at the same moment: the other one counts.
    """
    if opened_at(key) is None:
        return
    if earlier_result(key, actor) is not None:
        raise AlreadySent(key, actor)
    db.session.add(
        FormKey(key=ids.digest(key), actor=actor, result=result, said=said or [], at=now)
    )
    try:
        db.session.flush()
    except IntegrityError:
        raise AlreadySent(key, actor) from None
