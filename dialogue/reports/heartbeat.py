"""A thread that renews a lease while long work goes on, in transactions of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import structlog
from flask import Flask, current_app
from sqlalchemy.exc import SQLAlchemyError

from dialogue.kernel.db import DatabaseBusy, transaction

log = structlog.get_logger()


class Heartbeat(threading.Thread):
    """Calls `renew` three times a lease until it says that nothing is held any more.

    A database that is busy is asked again the next time.
    """

    def __init__(self, renew: Callable[[], bool], lease: timedelta) -> None:
        super().__init__(name="heartbeat", daemon=True)
        self._renew, self._lease = renew, lease
        self._over = threading.Event()
        self._app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # of the proxy: threads have none

    def __enter__(self) -> Heartbeat:
        self.start()
        return self

    def __exit__(self, *_problem: object) -> None:
        self._over.set()
        self.join()

    def run(self) -> None:
        """Renew until the work is over."""
        while not self._over.wait(self._lease.total_seconds() / 3):
            try:
                with self._app.app_context(), transaction():
                    held = self._renew()
            except (SQLAlchemyError, DatabaseBusy) as problem:
                log.warning("report.heartbeat_missed", problem=type(problem).__name__)
                continue
            if not held:
                return
