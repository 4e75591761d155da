"""What operators' machines ask: does the process live, can it do its work."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Blueprint, Response, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import InstrumentedAttribute

from dialogue.accounts.access import public
from dialogue.kernel import clock, health, outbox
from dialogue.kernel.db import db
from dialogue.kernel.errors import NotFound
from dialogue.kernel.mail import MailMessage
from dialogue.kernel.outbox import OutboxDelivery
from dialogue.moderation.models import QueueItem
from dialogue.reports.models import Report

blueprint = Blueprint("health", __name__)

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"
QUEUE_AGE = timedelta(minutes=5)
SCHEDULER_SILENCE = timedelta(minutes=2)


@blueprint.get("/healthz")
@public
def healthz() -> Any:
    """Answer that the process lives; asks nothing else."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@public
def readyz() -> Any:
    """Answer 200 when database, migrations, queue and scheduler are as they should be, else 503
    with the name of what is not."""
    now = clock.now()
    checks: dict[str, str] = {}
    try:
        checks["database"] = "ok"
        checks["migrations"] = "ok" if _migrated() else "behind: run db upgrade"
        waited = outbox.oldest_waiting(now)
        checks["queue"] = (
            "ok" if waited < QUEUE_AGE else f"oldest waits {int(waited.total_seconds())} s"
        )
        beat = health.last_beat("scheduler")
        alive = beat is not None and now - beat < SCHEDULER_SILENCE
        checks["scheduler"] = "ok" if alive else "silent"
    except SQLAlchemyError as problem:
        checks["database"] = type(problem).__name__
    ready = all(value == "ok" for value in checks.values())
    return jsonify(status="ok" if ready else "not ready", checks=checks), 200 if ready else 503


@blueprint.get("/metrics")
@public
def metrics() -> Any:
    """Figures for Prometheus; only programs on this machine are told."""
    # What a proxy of this machine hands on comes from here, too; it says so.
    is_handed_on = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    if request.remote_addr not in {"127.0.0.1", "::1"} or is_handed_on:
        raise NotFound("")
    now = clock.now()
    registry = CollectorRegistry()
    for name, what, value in (
        ("dialogue_outbox_oldest_seconds", "Age of the oldest unfinished delivery", _age(now)),
        ("dialogue_outbox_waiting", "Unfinished deliveries", _count(OutboxDelivery.done_at)),
        ("dialogue_mail_waiting", "Mails not sent yet", _count(MailMessage.sent_at)),
        ("dialogue_queue_waiting", "Items waiting for a moderator", _count(QueueItem.closed_at)),
        ("dialogue_reports_unfinished", "Reports not ended", _count(Report.finished_at)),
    ):
        Gauge(name, what, registry=registry).set(value)
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _age(now: datetime) -> float:
    return outbox.oldest_waiting(now).total_seconds()


def _count(ended: InstrumentedAttribute[datetime | None]) -> int:
    return db.session.scalar(select(func.count()).where(ended.is_(None))) or 0


def _migrated() -> bool:
    context = MigrationContext.configure(db.session.connection())
    config = AlembicConfig()
    config.set_main_option("script_location", str(MIGRATIONS))
    heads = set(ScriptDirectory.from_config(config).get_heads())
    return set(context.get_current_heads()) == heads
