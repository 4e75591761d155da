"""The relay: a thread of the worker that hands outbox deliveries to the broker.

It looks at the outbox a few times a second (one indexed read) instead of being called from web
requests: a request never waits for the broker, and a broker that is down is met here only.
"""

from __future__ import annotations

import os
import threading
from datetime import timedelta
from typing import Any

import structlog
from celery import Celery
from celery.signals import worker_process_init, worker_ready, worker_shutting_down
from flask import Flask
from kombu.exceptions import OperationalError as BrokerDown
from sqlalchemy.exc import SQLAlchemyError

from dialogue.kernel import outbox
from dialogue.kernel.db import DatabaseBusy, db

log = structlog.get_logger()

# Held during each round and during each fork: the pool replaces its processes at any time, and to
# a child forked in the middle of a round SQLite would seem locked for ever.
_quiet = threading.Lock()
os.register_at_fork(
    before=_quiet.acquire, after_in_parent=_quiet.release, after_in_child=_quiet.release
)


def relay_once(app: Flask, celery: Celery) -> int:
    """Hand on what is due now; return how many deliveries were sent."""

    def send(task: str, fields: dict[str, Any], headers: dict[str, Any]) -> None:
        celery.send_task(task, kwargs=fields, headers=headers, retry=False)

    return outbox.relay(send, resend_after=timedelta(seconds=app.config["RESEND_SECONDS"]))


class Relay(threading.Thread):
    """Runs `relay_once` until stopped; survives a broker or database that is down."""

    def __init__(self, app: Flask, celery: Celery):
        super().__init__(name="relay", daemon=True)
        self._app, self._celery = app, celery
        self._over = threading.Event()

    def run(self) -> None:
        """Relay, wait, repeat."""
        pause: float = self._app.config["RELAY_SECONDS"]
        while not self._over.is_set():
            wait = pause
            try:
                with _quiet, self._app.app_context():
                    relay_once(self._app, self._celery)
            except (BrokerDown, OSError, SQLAlchemyError, DatabaseBusy) as problem:
                log.warning("relay.waits", problem=type(problem).__name__)
                wait = 2.0
            self._over.wait(wait)

    def stop(self) -> None:
        """Ask the thread to end after its present round."""
        self._over.set()


def attach(app: Flask, celery: Celery) -> None:
    """Start the relay with the worker and stop it with the worker."""
    relays: list[Relay] = []

    def start(**_: Any) -> None:
        relay = Relay(app, celery)
        relays.append(relay)
        relay.start()

    def stop(**_: Any) -> None:
        for relay in relays:
            relay.stop()

    def leave_parent_connections(**_: Any) -> None:
        # A forked child must not speak on the parent's connections.
        with app.app_context():
            db.engine.dispose(close=False)

    worker_ready.connect(start, weak=False)
    worker_shutting_down.connect(stop, weak=False)
    worker_process_init.connect(leave_parent_connections, weak=False)
