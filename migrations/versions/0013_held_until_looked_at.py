"""What is out of sight until a moderator has looked, and how it stood before.

Why: the flag that reached a dialogue's threshold says so, and a disowned contribution remembers its
state, so that moderators who find nothing wrong can let it stand exactly as it stood.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Make the change."""
    op.add_column("flag", sa.Column("hid", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("disown", sa.Column("state_before", sa.String(), nullable=True))


def downgrade() -> None:
    """Take the change back."""
    op.drop_column("disown", "state_before")
    op.drop_column("flag", "hid")
