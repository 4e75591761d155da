"""I did not write this: the owner of a mail address disowns what was sent under it.

No account is needed, only the mailbox. Asking tells nobody whether an address or a number is
known; the button behind the mailed link freezes the contribution until a moderator has looked.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import select, update

from dialogue.accounts import limits, sessions
from dialogue.accounts.addresses import fold as fold_mail
from dialogue.accounts.models import User
from dialogue.kernel import audit, ids, mail
from dialogue.kernel.db import db
from dialogue.kernel.errors import Conflict, DomainError, NotFound
from dialogue.kernel.outbox import publish
from dialogue.kernel.settings import setting
from dialogue.participation import letters
from dialogue.participation.commands import holding, merging, publication
from dialogue.participation.events import ContributionDisowned
from dialogue.participation.lifecycle import State
from dialogue.participation.models import Contribution, Disown, DisownOutcome, Participant

HOLDS = timedelta(days=2)  # a mailed link


class LinkDead(DomainError):
    """This link cannot be used any more; another one can be asked for."""

    status = 410


def ask(
    *, email: str, tracking: str, contribution_id: int | None, network: str, now: datetime
) -> None:
    """Mail to `email` a link when what is named was sent under it, else that nothing was found.

    Named by its tracking number, or by its id where a link was given. The page says the same in
    both cases and takes as long: nobody else's mailbox can be asked about. Raises TooMany, the
    same for known and unknown addresses.
    """
    folded = fold_mail(email)
    most: int = setting("DISOWNS_PER_DAY")
    for subject, limit in ((f"{folded} {network}", most), (folded, 2 * most), (network, 10 * most)):
        limits.count(
            "disown",
            subject,
            limit=limit,
            window=timedelta(days=1),
            now=now,
            say=_(
                "This was asked for many times today. Use the newest mail that you have,"
                " or write to us."
            ),
        )
    named = Contribution.tracking == tracking
    if contribution_id is not None:
        named = Contribution.id == contribution_id
    found = db.session.execute(
        select(Contribution.id, User.email, User.language)
        .join(Participant, Participant.id == Contribution.participant_id)
        .join(User, User.id == Participant.user_id)
        .where(named, User.email_folded == folded, User.disabled_at.is_(None))
    ).first()
    token = ids.token()
    if found is not None:
        db.session.add(
            Disown(
                contribution_id=found.id,
                digest=ids.digest(token),
                asked_at=now,
                expires_at=now + HOLDS,
            )
        )
        db.session.flush()
        letter = letters.disown_link(token, language=found.language)
    else:
        letter = letters.disown_nothing_found()
    mail.queue(
        found.email if found else email,
        letter.subject,
        letter.text,
        key=f"disown:{ids.digest(token)}",
        now=now,
    )


def confirm(*, token: str, now: datetime) -> Disown:
    """Freeze what the link in the mail is about; a second press changes nothing.

    An idea that lives on in another one is taken out of it first, since its words stand there.
    Publishes ContributionDisowned and writes one audit entry. Raises LinkDead.
    """
    asked = by_token(token, now)
    if asked.confirmed_at is None and _is_merged(asked.contribution_id):
        merging.unmerge(idea_id=asked.contribution_id, now=now)
    contribution = publication.locked(asked.contribution_id)
    asked = db.session.get_one(Disown, asked.id, populate_existing=True)
    if asked.confirmed_at is not None:
        return asked
    if is_frozen(contribution.id):
        raise Conflict(_("This was disowned already. A moderator looks at it."))
    asked.confirmed_at = now
    asked.state_before = holding.hold(contribution, now)
    db.session.flush()
    audit.record(
        None,
        audit.Act.CONTRIBUTION_DISOWNED,
        f"contribution:{contribution.id}",
        {"disown": asked.id},
        now=now,
    )
    publish(ContributionDisowned(asked.id))
    return asked


def secure_account(*, token: str, now: datetime) -> None:
    """End every session of the account behind the link: whoever was signed in there is out.

    Raises LinkDead; Conflict before the link was confirmed.
    """
    asked = by_token(token, now)
    if asked.confirmed_at is None:
        raise Conflict(_("Press “I did not write this” first."))
    user_id = db.session.scalar(
        select(Participant.user_id)
        .join(Contribution, Contribution.participant_id == Participant.id)
        .where(Contribution.id == asked.contribution_id)
    )
    if user_id is None:
        raise NotFound("")
    sessions.end_all(user_id, now=now)
    db.session.execute(
        update(Disown).where(Disown.id == asked.id).values(secured_at=asked.secured_at or now)
    )
    audit.record(None, audit.Act.ACCOUNT_SECURED, f"user:{user_id}", {"disown": asked.id}, now=now)


def settle(*, contribution_id: int, outcome: DisownOutcome, now: datetime) -> int | None:
    """Give the open disown of a contribution its outcome, in the transaction of the moderators'
    decision; return its id, None when there is none. KEPT lets it stand as it stood before."""
    contribution = publication.locked(contribution_id)
    asked = open_disown(contribution_id)
    if asked is None:
        return None
    asked.outcome, asked.decided_at = outcome, now
    db.session.flush()
    if outcome is DisownOutcome.KEPT and asked.state_before:
        holding.release(contribution, State(asked.state_before), now)
    return asked.id


def reopen(*, disown_id: int, now: datetime) -> None:
    """Take an outcome back, with the decision that gave it: frozen again."""
    asked = db.session.get_one(Disown, disown_id)
    asked.outcome = asked.decided_at = None
    db.session.flush()
    holding.hold(publication.locked(asked.contribution_id), now)


def by_token(token: str, now: datetime) -> Disown:
    """Return what a mailed link stands for; raises LinkDead."""
    asked = db.session.scalars(select(Disown).where(Disown.digest == ids.digest(token))).first()
    if asked is None or asked.expires_at <= now:
        raise LinkDead(_("This link does not work any more. You can ask for another one."))
    return asked


def open_disown(contribution_id: int) -> Disown | None:
    """Return the confirmed and undecided disown of a contribution."""
    return db.session.scalars(
        select(Disown).where(
            Disown.contribution_id == contribution_id,
            Disown.confirmed_at.is_not(None),
            Disown.decided_at.is_(None),
        )
    ).first()


def _is_merged(contribution_id: int) -> bool:
    into = select(Contribution.merged_into_id).where(Contribution.id == contribution_id)
    return db.session.scalar(into) is not None


def is_frozen(contribution_id: int) -> bool:
    """Tell whether a contribution is disowned and waits for a moderator: nobody may change it."""
    return open_disown(contribution_id) is not None
