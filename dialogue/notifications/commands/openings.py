""" "Get an email when it opens", for an address without an account: asked for, confirmed by a link,
answered once, forgotten."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from dialogue.accounts import limits
from dialogue.accounts.addresses import fold
from dialogue.dialogues.models import Dialogue
from dialogue.kernel import ids, mail
from dialogue.kernel.db import db, dialect
from dialogue.kernel.errors import TooMany
from dialogue.kernel.settings import setting
from dialogue.notifications import letters
from dialogue.notifications.models import OpeningRequest

KEPT = timedelta(days=7)  # a request that nobody confirms
LINKS_A_DAY = 3  # to one address, for all dialogues together


def ask(*, dialogue: Dialogue, email: str, language: str, network: str, now: datetime) -> None:
    """Write down an address and send it a link that confirms it. An address that is known already
    gets its link again, or, when it is confirmed, nothing; the page says the same each time.

    Raises TooMany when a network asks very often.
    """
    folded = fold(email)
    say = _("A lot was asked for from your network. Please try again in an hour.")
    hour = timedelta(hours=1)
    most: int = setting("MAILS_PER_HOUR")
    limits.count("opening-from", network, limit=most * 5, window=hour, now=now, say=say)
    insert = sqlite.insert if dialect() == "sqlite" else postgresql.insert
    db.session.execute(
        insert(OpeningRequest)
        .values(
            dialogue_id=dialogue.id,
            email=email,
            email_folded=folded,
            language=language,
            token=ids.token(),
            asked_at=now,
        )
        .on_conflict_do_nothing(index_elements=["dialogue_id", "email_folded"])
    )
    wanted = db.session.scalars(
        select(OpeningRequest)
        .where(OpeningRequest.dialogue_id == dialogue.id, OpeningRequest.email_folded == folded)
        .with_for_update()
    ).one()
    if wanted.confirmed_at is not None:
        return
    # Nobody's mailbox is flooded: a few links a day, whoever asks for them and from where. Who
    # asks is not told, lest the page say which addresses are confirmed.
    with suppress(TooMany):
        limits.count(
            "opening-to", folded, limit=LINKS_A_DAY, window=timedelta(days=1), now=now, say=say
        )
        _send_link(wanted, dialogue, now)


def confirm(*, request_id: int, now: datetime) -> None:
    """Note that the owner of the address wants the mail. Twice is once."""
    db.session.execute(
        update(OpeningRequest)
        .where(OpeningRequest.id == request_id, OpeningRequest.confirmed_at.is_(None))
        .values(confirmed_at=now)
    )


def withdraw(*, request_id: int) -> None:
    """Forget a request with its address."""
    db.session.execute(delete(OpeningRequest).where(OpeningRequest.id == request_id))


def forget(*, before: datetime) -> None:
    """Forget the requests that nobody confirmed since `before`."""
    db.session.execute(
        delete(OpeningRequest).where(
            OpeningRequest.confirmed_at.is_(None), OpeningRequest.asked_at < before
        )
    )


def _send_link(wanted: OpeningRequest, dialogue: Dialogue, now: datetime) -> None:
    language = wanted.language
    letter = letters.opening_asked(wanted.token, dialogue=dialogue, language=language)
    key = f"opening-asked:{wanted.id}:{now.isoformat()}"
    mail.queue(wanted.email, letter.subject, letter.text, key=key, now=now)
