"""What the page after a form told.

Why: who presses the button twice sees the answer to the second sending alone. It leads to the
result of the first; the thanks and the number of the receipt must be found there, too.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Make the change."""
    op.add_column("form_key", sa.Column("said", sa.Text(), server_default="[]", nullable=False))


def downgrade() -> None:
    """Take the change back."""
    op.drop_column("form_key", "said")
