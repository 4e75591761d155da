"""The Celery application and the base of every task.

The broker is a wake-up call, never the record: events and long work are rows in the database.
So nothing here needs acknowledgements, results or retries of Celery's own; every setting that
differs from the default says why.
"""

from __future__ import annotations

import os
from contextlib import nullcontext
from typing import Any

import structlog
from celery import Celery, Task
from flask import Flask, g, has_app_context
from sqlalchemy.exc import DBAPIError

from dialogue.jobs import embedded_broker, relay
from dialogue.jobs.schedule import SCHEDULE, TASK_MODULES
from dialogue.kernel import outbox
from dialogue.kernel.db import db

log = structlog.get_logger()


def make_celery(app: Flask) -> Celery:
    """Return the Celery application of `app`; its tasks run inside the application context."""

    class AppTask(Task):
        """Runs in an application context and settles the outbox delivery it was sent for."""

        abstract = True

        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            headers = self.request.headers or {}
            delivery = headers.get("delivery")
            # Called by somebody who stands in an application already, it works in that one.
            with nullcontext() if has_app_context() else app.app_context():
                g.request_id = headers.get("request_id", "")
                structlog.contextvars.bind_contextvars(
                    request_id=g.request_id, task=self.name, delivery=delivery
                )
                try:
                    result = self.run(*args, **kwargs)
                except Exception as problem:
                    said = type(problem).__name__
                    # A database's message may hold the row, and with it what people wrote.
                    is_quiet = isinstance(problem, DBAPIError)
                    log.error("task.failed", problem=said, exc_info=not is_quiet)
                    db.session.rollback()
                    if delivery is not None:
                        outbox.mark_failed(delivery, said if is_quiet else f"{said}: {problem}")
                    raise
                else:
                    if delivery is not None:
                        outbox.mark_done(delivery)
                    log.info("task.done")
                    return result
                finally:
                    structlog.contextvars.clear_contextvars()

    embedded_broker.register()
    celery = Celery(app.name, task_cls=AppTask, set_as_current=False)
    celery.set_default()
    celery.main = "dialogue"
    celery.conf.update(
        broker_url=app.config["BROKER_URL"],
        # Only JSON is ever read from the broker: nobody who reaches it can make us run code.
        accept_content=["json"],
        task_serializer="json",
        result_backend=None,
        task_ignore_result=True,
        task_default_queue="dialogue",
        # A task lost with its worker is sent again by the outbox; the broker need not hold it.
        task_acks_late=False,
        # One at a time: a long report must not keep short mails waiting behind it in one worker.
        worker_prefetch_multiplier=1,
        # All cores for reports, and always a process that is free for mails and screening.
        worker_concurrency=max(os.cpu_count() or 1, _taken_by_reports(app) + 1),
        # Our embedded broker has no fan-out; nobody controls workers through the broker anyway.
        worker_enable_remote_control=False,
        worker_send_task_events=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        broker_connection_retry_on_startup=True,
        # Wait for a broker for ever: a worker that ends takes the group of programs with it.
        broker_connection_max_retries=None,
        # numpy and scikit-learn grow; a child that has grown is replaced between tasks.
        worker_max_memory_per_child=600_000,  # kB
        task_soft_time_limit=app.config["REPORT_MINUTES"] * 60,
        task_time_limit=app.config["REPORT_MINUTES"] * 60 + 60,
        worker_hijack_root_logger=False,
        beat_schedule=SCHEDULE,
        beat_schedule_filename=str(app.config["INSTANCE"] / "beat-schedule"),
        include=list(TASK_MODULES),
        imports=list(TASK_MODULES),
        timezone="UTC",
        # Redis gives back what a killed worker held only this often; its defaults take minutes.
        broker_transport_options=_transport_options(app.config["BROKER_URL"]),
    )
    app.extensions["celery"] = celery
    relay.attach(app, celery)
    return celery


def _taken_by_reports(app: Flask) -> int:
    at_once: int = app.config["REPORTS_AT_ONCE"]
    helpers: int = app.config["REPORT_HELPERS"]
    return at_once * (1 + helpers)


def _transport_options(broker_url: str) -> dict[str, Any]:
    if broker_url.startswith("redis"):
        return {
            "visibility_timeout": 60,
            "unacked_restore_throttle": 1,
            "unacked_restore_interval": 5,
        }
    return {}
