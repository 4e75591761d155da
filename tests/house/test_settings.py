"""The page about settings lists each of them, and the environment sets each of them."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from config import FLASK_SETTINGS, Config, UnsafeSettings

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "reference" / "settings.md").read_text()
NAMES = sorted(item.name for item in fields(Config) if item.name not in FLASK_SETTINGS)
SAFE = {
    "DIALOGUE_ENV": "production",
    "DIALOGUE_BASE_URL": "https://dialogues.agency.gov",
    "DIALOGUE_SECRET_KEY": "k" * 64,
    "DIALOGUE_MAIL_URL": "smtps://mail.agency.gov",
    "DIALOGUE_MAIL_FROM": "dialogues@agency.gov",
    "DIALOGUE_SITE_CONTACT": "help@agency.gov",
    "DIALOGUE_DATABASE_URL": "postgresql://dialogue@db/dialogue",
    "DIALOGUE_BROKER_URL": "amqp://broker",
}


class TestSettings:
    def test_are_all_on_the_page(self) -> None:
        listed = set(re.findall(r"`DIALOGUE_([A-Z_]+)`", PAGE)) - {"DATABASE_URL", "BASE_URL"}
        assert sorted(listed | {"BASE_URL"}) == NAMES

    @pytest.mark.parametrize("name", NAMES)
    def test_can_be_set_by_the_environment(self, name: str) -> None:
        values = {
            "INSTANCE": "/srv/dialogue",
            "HELPLINES": "Line|1-800-555-0100|",
            "ENV": "development",
        }
        value = values.get(name, "7")
        found = getattr(Config.from_environment({f"DIALOGUE_{name}": value}), name)
        assert found != getattr(Config(), name) or name in {"ENV", "SHOW_STRIP"}

    def test_of_production_start_when_safe(self) -> None:
        assert Config.from_environment(SAFE).ENV == "production"

    @pytest.mark.parametrize("name", sorted(set(SAFE) - {"DIALOGUE_ENV"}))
    def test_of_production_are_refused_when_one_is_left_at_its_default(self, name: str) -> None:
        with pytest.raises(UnsafeSettings, match=name):
            Config.from_environment({key: value for key, value in SAFE.items() if key != name})
