"""Reactions of notifications: tell people what happened, once."""

from __future__ import annotations

from celery import shared_task

from dialogue.kernel import clock
from dialogue.kernel.db import transaction
from dialogue.notifications import steps
from dialogue.notifications.commands import (
    following,
    mailing,
    moments,
    noticing,
    openings,
    telling,
)
from dialogue.notifications.queries.following import concerns_somebody


@shared_task(name="notifications.follow_own")
def follow_own(contribution_id: int, **_: object) -> None:
    """Let an author follow what they wrote, where they did not say otherwise."""
    with transaction():
        following.follow_own(contribution_id=contribution_id, now=clock.now())


@shared_task(name="notifications.tell_decision")
def tell_decision(decision_id: int) -> None:
    """Queue the author's notice of a decision."""
    with transaction():
        telling.tell_decision(decision_id=decision_id, now=clock.now())


@shared_task(name="notifications.take_back")
def take_back(decision_id: int) -> None:
    """Delete what still waits to be told about a decision that was taken back."""
    with transaction():
        telling.take_back(decision_id=decision_id)


@shared_task(name="notifications.tell_report")
def tell_report(report_id: int) -> None:
    """Queue the mail about a report that has ended."""
    with transaction():
        telling.tell_report(report_id=report_id, now=clock.now())


@shared_task(name="notifications.tell_published")
def tell_published(contribution_id: int, **_: object) -> None:
    """Tell followers, and whoever is answered, of something new."""
    if not concerns_somebody(contribution_id):
        return
    now, last = clock.now(), 0
    while True:
        with transaction():
            last = telling.tell_published(contribution_id=contribution_id, now=now, after=last)
        if not last:
            return


@shared_task(name="notifications.tell_merged")
def tell_merged(idea_id: int, into_id: int) -> None:
    """Tell who follows an idea that it lives on in another one."""
    with transaction():
        telling.tell_merged(idea_id=idea_id, into_id=into_id, now=clock.now())


@shared_task(name="notifications.forget_merge")
def forget_merge(idea_id: int, from_id: int) -> None:
    """Take back what is not mailed yet of a merge that was undone."""
    with transaction():
        telling.forget_merge(idea_id=idea_id, from_id=from_id)


@shared_task(name="notifications.tell_flaggers")
def tell_flaggers(contribution_id: int, flag_ids: list[int]) -> None:
    """Tell who reported something that a moderator has looked."""
    with transaction():
        telling.tell_flaggers(contribution_id=contribution_id, flag_ids=flag_ids, now=clock.now())


@shared_task(name="notifications.forget_answers")
def forget_answers(contribution_id: int, flag_ids: list[int]) -> None:
    """Take back what was told of an answer that was undone."""
    with transaction():
        telling.forget_answers(flag_ids=flag_ids)


@shared_task(name="notifications.put_away")
def put_away(contribution_id: int) -> None:
    """Let nobody be asked to look at what is hidden."""
    with transaction():
        noticing.put_away(contribution_id=contribution_id, now=clock.now())


@shared_task(name="notifications.write_mails")
def write_mails() -> int:
    """Write the mails of notices whose time has come; return to how many people."""
    return mailing.write_due(now=clock.now())


@shared_task(name="notifications.tell_step")
def tell_step(restriction_id: int) -> None:
    """Queue the letter about a step that moderators took, or about its early end."""
    with transaction():
        steps.tell_step(restriction_id=restriction_id, now=clock.now())


@shared_task(name="notifications.tell_moments")
def tell_moments(**_: object) -> int:
    """Tell of dialogues that open, close or report, and number changed dates; return how many."""
    now = clock.now()
    moments.note_dates(now=now)
    return moments.tell_moments(now=now)


@shared_task(name="notifications.forget")
def forget() -> None:
    """Forget addresses whose owners never confirmed, and what people were told long ago."""
    now = clock.now()
    with transaction():
        openings.forget(before=now - openings.KEPT)
        noticing.forget(before=now - noticing.KEPT)
