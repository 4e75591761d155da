"""`flask doctor`: what an operator should know, in sentences; exit status 1 when something is
wrong."""

from __future__ import annotations

import sys
from datetime import timedelta

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import func, select

from config import Config
from dialogue.kernel import audit, clock, outbox
from dialogue.kernel.db import db
from dialogue.kernel.mail import GIVE_UP_AFTER, MailMessage
from dialogue.kernel.outbox import OutboxDelivery


@click.command("doctor")
@with_appcontext
def doctor() -> None:
    """Look at settings, database, work that waits, mails given up, and the audit chain."""
    problems = []
    settings = Config.from_environment().problems()
    problems += settings
    waited = outbox.oldest_waiting(clock.now())
    if waited > timedelta(minutes=5):
        problems.append(f"The oldest event has waited {waited}: is a worker running?")
    dead = db.session.scalar(
        select(func.count()).where(
            OutboxDelivery.done_at.is_(None), OutboxDelivery.attempts >= outbox.GIVE_UP_AFTER
        )
    )
    if dead:
        problems.append(f"{dead} deliveries were given up; see outbox_delivery.error.")
    unsent = db.session.scalar(
        select(func.count()).where(
            MailMessage.sent_at.is_(None), MailMessage.attempts >= GIVE_UP_AFTER
        )
    )
    if unsent:
        problems.append(f"{unsent} mails were given up; see mail_message.error.")
    problems += [f"Audit entry {finding.seq} {finding.what}." for finding in audit.verify()]
    for problem in problems:
        click.echo(problem)
    if not problems:
        click.echo(f"All is well in {current_app.config['INSTANCE']}.")
    sys.exit(1 if problems else 0)


COMMAND = doctor
