"""What notifications hold about a person: how it is handed out, and how it goes."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete

from dialogue.kernel import personal
from dialogue.kernel.db import db
from dialogue.kernel.personal import Leaving, Person, Row
from dialogue.notifications.models import MailChoice, Notice, OpeningRequest, Subscription


def follows(person: Person) -> Sequence[Row]:
    """What the person follows, and followed once."""
    only = ("dialogue_id", "idea_id", "topic_id", "created_at", "ended_at")
    return personal.rows(Subscription, Subscription.user_id == person.user_id, only=only)


def erase_follows(leaving: Leaving) -> bool:
    """Forget what the person followed."""
    mine = Subscription.user_id == leaving.person.user_id
    db.session.execute(delete(Subscription).where(mine))
    return False


def notices(person: Person) -> Sequence[Row]:
    """What the person was told, and when they looked. The words stand with what was told of."""
    ids = ("dialogue_id", "idea_id", "contribution_id")
    only = ("kind", "event", *ids, "detail", "at", "read_at", "mailed_at")
    return personal.rows(Notice, Notice.user_id == person.user_id, only=only)


def erase_notices(leaving: Leaving) -> bool:
    """Forget what the person was told."""
    db.session.execute(delete(Notice).where(Notice.user_id == leaving.person.user_id))
    return False


def choices(person: Person) -> Sequence[Row]:
    """How the person wanted to be told by mail."""
    kinds = ("replies", "decisions", "news", "dates")
    only = (*kinds, "rhythm", "time_zone", "follow_commented")
    return personal.rows(MailChoice, MailChoice.user_id == person.user_id, only=only)


def erase_choices(leaving: Leaving) -> bool:
    """Forget the choices; links in old mails lead to nothing from now on."""
    db.session.execute(delete(MailChoice).where(MailChoice.user_id == leaving.person.user_id))
    return False


def openings(person: Person) -> Sequence[Row]:
    """Of which dialogues the person wanted to know when they open."""
    mine = OpeningRequest.email_folded.in_(person.addresses)
    only = ("dialogue_id", "email", "asked_at", "confirmed_at")
    return personal.rows(OpeningRequest, mine, only=only)


def erase_openings(leaving: Leaving) -> bool:
    """Forget those addresses."""
    mine = OpeningRequest.email_folded.in_(leaving.person.addresses)
    db.session.execute(delete(OpeningRequest).where(mine))
    return False
