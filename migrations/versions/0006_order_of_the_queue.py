"""The order of the queue as an index, and who reads what.

A decision opens the next item: with the order itself as an index that reads one row where it
read and sorted all that wait. The claims of one moderator are found without reading the others'.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_OPEN = sa.text("closed_at IS NULL")
_CLAIMED = sa.text("claimed_by_id IS NOT NULL")


def upgrade() -> None:
    """Make the change."""
    op.drop_index("ix_queue_item_open", table_name="queue_item")
    op.create_index(
        "ix_queue_item_order",
        "queue_item",
        [sa.text("risk DESC"), "since", "id"],
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
    op.create_index(
        "ix_queue_item_claimed_by_id",
        "queue_item",
        ["claimed_by_id"],
        sqlite_where=_CLAIMED,
        postgresql_where=_CLAIMED,
    )


def downgrade() -> None:
    """Take the change back."""
    op.drop_index("ix_queue_item_claimed_by_id", table_name="queue_item")
    op.drop_index("ix_queue_item_order", table_name="queue_item")
    op.create_index(
        "ix_queue_item_open",
        "queue_item",
        ["dialogue_id", "lane", "risk", "since", "id"],
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
