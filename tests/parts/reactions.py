"""What happens after something happened, carried out here and now instead of by a worker."""

from __future__ import annotations

import importlib

from flask import Flask
from sqlalchemy import select

from dialogue.jobs.celery import TASK_MODULES
from dialogue.kernel import outbox
from dialogue.kernel.db import db
from dialogue.kernel.outbox import OutboxDelivery, OutboxEvent


def react(app: Flask) -> int:
    """Run what is due, and what that sets off, until nothing is; returns how many deliveries."""
    modules = [importlib.import_module(name) for name in TASK_MODULES]
    tasks = {
        found.name: found
        for module in modules
        for found in vars(module).values()
        if callable(found) and hasattr(found, "delay")
    }
    number = 0
    while due := _due(app):
        for delivery, task, fields in due:
            with app.app_context():
                tasks[task].run(**fields)
                outbox.mark_done(delivery)
        number += len(due)
    return number


def _due(app: Flask) -> list[tuple[int, str, dict[str, object]]]:
    with app.app_context():
        rows = db.session.execute(
            select(OutboxDelivery.id, OutboxDelivery.task, OutboxEvent.fields)
            .join(OutboxEvent, OutboxEvent.id == OutboxDelivery.event_id)
            .where(OutboxDelivery.done_at.is_(None))
            .order_by(OutboxDelivery.id)
        )
        return [(row.id, row.task, row.fields) for row in rows]
