"""Policies of moderation: four ways to moderate, and a published policy in each language.

Why: a dialogue may trust people whose first words were fine, or let rules decide what waits. Its
policy becomes a record of its own, by language and with every earlier one, instead of one text
among the others; what stood there is the first policy.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_TWO = "moderation IN ('before', 'after')"
_FOUR = "moderation IN ('before', 'after', 'first', 'rules')"
_CHECK = "ck_dialogue_moderation"


def upgrade() -> None:
    """Make the change."""
    _change_check(_TWO, _FOUR)
    op.create_table(
        "moderation_policy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dialogue_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("texts", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["dialogue_id"], ["dialogue.id"], name=op.f("fk_moderation_policy_dialogue_id_dialogue")
        ),
        sa.ForeignKeyConstraint(
            ["published_by_id"],
            ["user_account.id"],
            name=op.f("fk_moderation_policy_published_by_id_user_account"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderation_policy")),
        sa.UniqueConstraint(
            "dialogue_id", "number", name=op.f("uq_moderation_policy_dialogue_id_number")
        ),
    )
    _texts_become_policies()
    op.drop_column("dialogue_text", "moderation")


def downgrade() -> None:
    """Take the change back: the last policy is a text of the dialogue again."""
    op.add_column(
        "dialogue_text",
        sa.Column("moderation", sa.String(), nullable=False, server_default=""),
    )
    _policies_become_texts()
    op.drop_table("moderation_policy")
    op.execute("UPDATE dialogue SET moderation = 'before' WHERE moderation IN ('first', 'rules')")
    _change_check(_FOUR, _TWO)


def _change_check(old: str, new: str) -> None:
    """Say a rule of the table otherwise. SQLite would make the table anew and stumbles over the
    many tables that point to it; a CHECK alone is only words in the schema, which its manual
    ("Making Other Kinds Of Table Schema Changes") has changed in this way."""
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        op.drop_constraint(op.f(_CHECK), "dialogue", type_="check")
        op.create_check_constraint(op.f(_CHECK), "dialogue", new)
        return
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    connection.execute(
        sa.text(
            "UPDATE sqlite_master SET sql = replace(sql, :old, :new)"
            " WHERE type = 'table' AND name = 'dialogue'"
        ),
        {"old": old, "new": new},
    )
    connection.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = OFF")


def _texts_become_policies() -> None:
    connection = op.get_bind()
    rows = connection.execute(
        sa.text(
            "SELECT dialogue_id, language, moderation, html FROM dialogue_text"
            " WHERE moderation <> '' ORDER BY dialogue_id, language"
        )
    ).all()
    policies: dict[int, tuple[dict[str, str], dict[str, str]]] = {}
    for dialogue_id, language, words, html in rows:
        texts, rendered = policies.setdefault(dialogue_id, ({}, {}))
        texts[language] = words
        rendered[language] = json.loads(html).get("moderation", "")
    for dialogue_id, (texts, rendered) in policies.items():
        connection.execute(
            _POLICY.insert().values(
                dialogue_id=dialogue_id,
                number=1,
                texts=_json(texts),
                html=_json(rendered),
                published_at=datetime.now(UTC),
            )
        )


def _policies_become_texts() -> None:
    connection = op.get_bind()
    rows = connection.execute(
        sa.text("SELECT dialogue_id, texts, html FROM moderation_policy ORDER BY number")
    ).all()
    for dialogue_id, texts, html in rows:
        for language, words in json.loads(texts).items():
            text_of = connection.execute(
                sa.text(
                    "SELECT id, html FROM dialogue_text"
                    " WHERE dialogue_id = :dialogue AND language = :language"
                ),
                {"dialogue": dialogue_id, "language": language},
            ).first()
            if text_of is None:
                continue
            rendered = json.loads(text_of.html) | {"moderation": json.loads(html).get(language, "")}
            connection.execute(
                sa.text(
                    "UPDATE dialogue_text SET moderation = :words, html = :html WHERE id = :id"
                ),
                {"words": words, "html": _json(rendered), "id": text_of.id},
            )


def _json(value: dict[str, str]) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


_POLICY = sa.table(
    "moderation_policy",
    sa.column("dialogue_id", sa.Integer),
    sa.column("number", sa.Integer),
    sa.column("texts", sa.Text),
    sa.column("html", sa.Text),
    sa.column("published_at", sa.DateTime(timezone=True)),
)
