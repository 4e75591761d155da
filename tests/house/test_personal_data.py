"""Every table that leads to a person is in the personal-data map: exported, erased or justified."""

from __future__ import annotations

import re

from flask import Flask
from sqlalchemy import Column, ForeignKey, Integer, MetaData, String, Table

from dialogue import wiring
from dialogue.kernel.db import Base

# Rows of these stand for a person, or for what a person said.
PEOPLE = {"user_account", "participant", "contribution", "revision"}
# Columns that name a person without a foreign key.
TELLING = re.compile(
    r"e?mail(_|$)|(^|_)(user|participant|person|people|actor|subject|to|by|name|address|phone|ip)"
    r"(_folded|_id)?$|^payload$|^note$"
)
# Names in these are those of things, or of offices.
OF_THINGS = {
    "agency": "the office",
    "dialogue_text": "the dialogue in one language",
    "dialogue_topic": "a topic",
    "heartbeat": "a part of the platform",
    "moderation_reason": "a reason of the catalogue",
    "outbox_event": "an event: ids and primitives only",
    "polis_origin": "numbers of people in files from elsewhere",
}


def leading_to_people(metadata: MetaData) -> set[str]:
    """The tables with a column that leads to a person, directly or through what they said."""
    return {
        table.name
        for table in metadata.sorted_tables
        if table.name in PEOPLE
        or any(
            TELLING.search(column.name)
            or any(key.column.table.name in PEOPLE for key in column.foreign_keys)
            for column in table.columns
        )
    }


class TestTheMap:
    def test_holds_every_table_that_leads_to_a_person(self, app: Flask) -> None:
        wanted = leading_to_people(Base.metadata) - set(OF_THINGS)
        listed = set(wiring.PERSONAL_DATA)
        assert wanted - listed == set(), "add them to wiring.PERSONAL_DATA (or to OF_THINGS)"
        assert listed - set(Base.metadata.tables) == set(), "there are no such tables"

    def test_would_miss_a_new_table(self) -> None:
        """Each way in which a table can lead to a person is noticed."""
        ways = {
            "by_account": Column("owner", Integer, ForeignKey("user_account.id")),
            "by_words": Column("about_id", Integer, ForeignKey("contribution.id")),
            "by_address": Column("email_folded", String),
            "by_name": Column("actor", String),
        }
        metadata = MetaData()
        for name in PEOPLE:
            Table(name, metadata, Column("id", Integer, primary_key=True))
        for name, column in ways.items():
            Table(name, metadata, Column("id", Integer, primary_key=True), column)
        Table("thing", metadata, Column("id", Integer, primary_key=True), Column("size", Integer))
        assert leading_to_people(metadata) == PEOPLE | set(ways)

    def test_says_why_where_something_is_not_handed_out_or_stays(self) -> None:
        for name, held in wiring.PERSONAL_DATA.items():
            if held.export is None or held.erase is None:
                assert held.why.endswith("."), name
