"""Reactions and periodic work of moderation: screen what was submitted, keep the queue whole."""

from __future__ import annotations

from celery import shared_task

from dialogue.kernel import clock
from dialogue.kernel.db import transaction
from dialogue.moderation import looking
from dialogue.moderation.commands import asking, care, forgetting, queue, reminding, safety
from dialogue.moderation.commands import screening as keeping
from dialogue.moderation.queries.screening import not_outlined
from dialogue.moderation.queries.waiting import unscreened

SCREENED_AT_ONCE = 200  # by one round of the sweep
OUTLINED_AT_ONCE = 1_000


@shared_task(name="moderation.screen")
def screen(contribution_id: int, revision_id: int) -> None:
    """Put a submitted wording into the queue with what screening finds in it."""
    _screen(contribution_id, revision_id)


@shared_task(name="moderation.raise_flagged")
def raise_flagged(flag_id: int) -> None:
    """Have a moderator look at what somebody flagged."""
    with transaction():
        wording = asking.raise_flagged(flag_id=flag_id, now=clock.now())
    if wording is not None:
        _screen(*wording)


@shared_task(name="moderation.raise_disowned")
def raise_disowned(disown_id: int) -> None:
    """Have a moderator look at what its supposed author disowns."""
    with transaction():
        wording = asking.raise_disowned(disown_id=disown_id, now=clock.now())
    if wording is not None:
        _screen(*wording)


@shared_task(name="moderation.sweep")
def sweep() -> None:
    """Make the items that are missing, close those that are settled, screen what was not."""
    now = clock.now()
    with transaction():
        queue.ensure_items(scope=None)
        queue.close_settled(now=now)
        asking.raise_missing(now=now)
        asking.close_taken_back(now=now)
    for contribution_id, revision_id in unscreened(SCREENED_AT_ONCE):
        _screen(contribution_id, revision_id)


@shared_task(name="moderation.remind")
def remind() -> None:
    """Tell whoever answers for a dialogue about what waits too long."""
    with transaction():
        reminding.remind(now=clock.now())


@shared_task(name="moderation.tell_safety_lead")
def tell_safety_lead(decision_id: int) -> None:
    """Mail the safety lead about what a moderator sends them."""
    with transaction():
        safety.tell_lead(decision_id=decision_id, now=clock.now())


@shared_task(name="moderation.tell_hand_over")
def tell_hand_over(hand_over_id: int) -> None:
    """Mail those whom a note is meant for."""
    with transaction():
        care.tell(hand_over_id=hand_over_id, now=clock.now())


@shared_task(name="moderation.forget_words")
def forget_words(contribution_id: int) -> None:
    """Empty what may repeat the words that an author took back."""
    with transaction():
        forgetting.forget_words(contribution_id=contribution_id, now=clock.now())


@shared_task(name="moderation.outline")
def outline(**_: object) -> None:
    """Keep the index of like texts whole: what is missing comes, what was withdrawn goes."""
    missing = [(pair, looking.prints_of(pair[1])) for pair in not_outlined(OUTLINED_AT_ONCE)]
    with transaction():
        keeping.forget_outlines()
        for (contribution_id, revision_id), numbers in missing:
            keeping.outline(
                contribution_id=contribution_id, revision_id=revision_id, numbers=numbers
            )


@shared_task(name="moderation.learn")
def learn() -> None:
    """Learn from all decisions that stand what advertising looks like, when there are new ones."""
    lesson = looking.learn()
    if lesson is not None:
        with transaction():
            keeping.keep_lesson(model=lesson[0], last_decision_id=lesson[1], now=clock.now())


def _screen(contribution_id: int, revision_id: int) -> None:
    looked = looking.look(revision_id)
    if looked is None:
        return
    with transaction():
        keeping.outline(
            contribution_id=contribution_id, revision_id=revision_id, numbers=looked.prints
        )
        queue.record_findings(
            contribution_id=contribution_id,
            revision_id=revision_id,
            findings=looked.findings,
            now=clock.now(),
        )
