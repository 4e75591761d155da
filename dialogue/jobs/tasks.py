"""Work of the platform itself: mail out, heartbeat, tidying, the audit's daily head."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task

from dialogue.jobs import housekeeping
from dialogue.kernel import clock, mail
from dialogue.kernel.settings import setting


@shared_task(name="jobs.send_mail")
def send_mail(**_: object) -> int:
    """Send the mails that are due; return how many went out."""
    return mail.send_due(
        setting("MAIL_URL"), setting("MAIL_FROM"), setting("SITE_NAME"), clock.now()
    )


@shared_task(name="jobs.heartbeat")
def heartbeat() -> None:
    """Record that scheduler and worker live."""
    housekeeping.beat(clock.now())


@shared_task(name="jobs.tidy")
def tidy() -> None:
    """Forget what is done and old."""
    now = clock.now()
    housekeeping.forget(now - timedelta(days=7))
    housekeeping.forget_drafts(now)
    housekeeping.remove_unfinished_files(now - timedelta(hours=1))


@shared_task(name="jobs.audit_head")
def audit_head() -> None:
    """Write the audit's head for yesterday, once."""
    housekeeping.write_daily_head(clock.now())
