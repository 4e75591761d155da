"""Work of participation in the background."""

from __future__ import annotations

from celery import shared_task

from dialogue.kernel import clock
from dialogue.participation.commands import mixing


@shared_task(name="participation.renew_mix")
def renew_mix() -> int:
    """Move the fair mix of every open dialogue on; return how many ideas moved."""
    return mixing.renew_mix(now=clock.now())
