"""How Alembic reaches the database: through the application's engine, for both databases."""

from __future__ import annotations

from alembic import context
from flask import current_app
from sqlalchemy.engine import Connection

from dialogue.accounts import models as accounts
from dialogue.dialogues import models as dialogues
from dialogue.kernel import audit, forms, health, links, mail, outbox
from dialogue.kernel.db import Base
from dialogue.moderation import models as moderation
from dialogue.notifications import models as notifications
from dialogue.participation import models as participation
from dialogue.reports import models as reports

# Every module with tables: the metadata knows only what is imported.
TABLES = (
    accounts,
    dialogues,
    audit,
    forms,
    health,
    links,
    mail,
    outbox,
    moderation,
    notifications,
    participation,
    reports,
)

target_metadata = Base.metadata


def include_object(thing: object, name: str | None, kind: str, *_: object) -> bool:
    """Leave the search tables alone: they differ between the databases and no model has them."""
    return not (kind in {"table", "index"} and (name or "").startswith(("search_", "ix_search_")))


def migrate(connection: Connection) -> None:
    """Run the chain on a connection, everything in one transaction."""
    context.configure(
        connection=connection,
        target_metadata=target_metadata,
        include_object=include_object,
        render_as_batch=True,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    raise SystemExit("Migrations run on a live database only; there is no offline mode.")

engine = current_app.extensions["migrate"].db.engine
with engine.connect().execution_options(writes=True) as live:
    migrate(live)
    live.commit()
