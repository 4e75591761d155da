"""What operators type: accounts, the demonstration, settings, the doctor."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from config import Config, UnsafeSettings
from dialogue.accounts.models import Grant, User
from dialogue.kernel import audit, clock
from dialogue.kernel.db import db, transaction
from tests.cast import Cast, assemble
from tests.pages import Browser
from tests.participation.recount import problems

SAFE = {
    "DIALOGUE_ENV": "production",
    "DIALOGUE_BASE_URL": "https://dialogues.agency.gov",
    "DIALOGUE_SECRET_KEY": "0123456789abcdef0123456789abcdef",
    "DIALOGUE_MAIL_URL": "smtps://mail.agency.gov",
    "DIALOGUE_MAIL_FROM": "no-reply@agency.gov",
    "DIALOGUE_SITE_CONTACT": "help@agency.gov",
    "DIALOGUE_DATABASE_URL": "postgresql://dialogue@db.agency.gov/dialogue",
    "DIALOGUE_BROKER_URL": "amqp://dialogue@mq.agency.gov",
}

# One unsafe value at a time, and what the refusal must name.
UNSAFE = {
    "DIALOGUE_BASE_URL": "http://dialogues.agency.gov",
    "DIALOGUE_SECRET_KEY": "short",
    "DIALOGUE_MAIL_URL": "file:///var/mail",
    "DIALOGUE_MAIL_FROM": "no-reply@dialogues.example",
    "DIALOGUE_SITE_CONTACT": "help@dialogues.example",
    "DIALOGUE_DATABASE_URL": "sqlite:////var/lib/dialogue.sqlite3",
    "DIALOGUE_BROKER_URL": "embedded:////var/lib/broker.sqlite3",
    "DIALOGUE_STAFF_IDLE_MINUTES": "0",
}


class TestSettings:
    def test_that_are_safe_are_taken(self, tmp_path: Path) -> None:
        config = Config.from_environment({**SAFE, "DIALOGUE_INSTANCE": str(tmp_path)})
        assert config.SESSION_COOKIE_SECURE
        assert config.SESSION_COOKIE_NAME.startswith("__Host-")
        assert config.TRUSTED_HOSTS == ["dialogues.agency.gov"]

    @pytest.mark.parametrize("name", UNSAFE)
    def test_that_are_unsafe_are_refused_by_name(self, name: str, tmp_path: Path) -> None:
        given = {**SAFE, "DIALOGUE_INSTANCE": str(tmp_path), name: UNSAFE[name]}
        with pytest.raises(UnsafeSettings) as refusal:
            Config.from_environment(given)
        assert str(refusal.value).count("\n- ") == 1
        assert name in str(refusal.value)

    def test_that_are_missing_are_all_named(self, tmp_path: Path) -> None:
        with pytest.raises(UnsafeSettings) as refusal:
            Config.from_environment({"DIALOGUE_ENV": "production"})
        for name in set(SAFE) - {"DIALOGUE_ENV"}:
            assert name in str(refusal.value)
        with pytest.raises(UnsafeSettings, match="DIALOGUE_ENV"):
            Config.from_environment({"DIALOGUE_ENV": "prod"})

    def test_make_a_key_once_that_only_its_owner_reads(self, tmp_path: Path) -> None:
        keys = []
        for _ in range(2):
            config = Config(INSTANCE=tmp_path / "new")
            config.prepare_instance()
            keys.append(config.SECRET_KEY)
        assert keys[0] == keys[1]
        assert len(keys[0]) == 64
        assert (tmp_path / "new" / "secret.key").stat().st_mode & 0o777 == 0o600


def run(app: Flask, *args: str) -> tuple[int, str]:
    done = app.test_cli_runner().invoke(args=list(args))
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.output


class TestUserAdd:
    def test_makes_a_confirmed_person_who_can_sign_in(self, app: Flask) -> None:
        cast = assemble(app)
        status, said = run(
            app,
            *("user", "add", "new@people.example", "--role", "moderator"),
            *("--dialogue", "outreach", "--password", "a long password"),
        )
        assert (status, "moderator" in said) == (0, True)
        browser = Browser(app)
        form = browser.form("/account/sign-in", holding="password")
        browser.send(form, email="NEW@people.example", password="a long password")
        browser.signed_in = True
        browser.get("/mod/queue")
        browser.get("/agency/", 404)
        with app.app_context():
            user = db.session.scalars(select(User).where(User.email == "new@people.example")).one()
            assert [(grant.role, grant.dialogue_id) for grant in user.grants] == [
                ("moderator", cast.dialogue)
            ]
            assert user.policy_version and user.confirmed_at
            assert audit.verify() == []

    def test_twice_is_once(self, app: Flask) -> None:
        for _ in range(2):
            assert run(app, "user", "add", "a@b.example", "--role", "admin")[0] == 0
        with app.app_context():
            assert db.session.scalar(select(func.count(User.id))) == 1
            assert db.session.scalar(select(func.count(Grant.id))) == 1

    @pytest.mark.sqlite_only
    @pytest.mark.parametrize(
        ("args", "said"),
        [
            (["a@b.example", "--role", "king"], "king"),
            (["no address"], "email"),
            (["a@b.example", "--password", "short"], "12"),
            (["a@b.example", "--role", "moderator", "--dialogue", "nowhere"], "nowhere"),
        ],
    )
    def test_says_what_is_wrong_and_changes_nothing(
        self, app: Flask, args: list[str], said: str
    ) -> None:
        status, output = run(app, "user", "add", *args)
        assert status != 0
        assert said in output
        assert "Traceback" not in output
        with app.app_context():
            assert db.session.scalar(select(func.count(User.id))) == 0


class TestSeedDemo:
    def test_plants_once_and_every_count_holds(self, app: Flask) -> None:
        status, said = run(app, "seed", "demo")
        assert status == 0, said
        first = counted(app)
        assert first["contribution"] >= 160
        assert first["participant"] >= 150
        assert first["report"] == 1
        assert first["queue_item"] > 0
        assert run(app, "seed", "demo")[0] == 0
        assert run(app, "seed", "demo", "--if-empty")[0] == 0
        assert counted(app) == first
        with app.app_context():
            assert problems() == []
            assert audit.verify() == []
        reader = Browser(app)
        for path in ("/", "/d/labor-trafficking-outreach", "/d/labor-trafficking-outreach/about"):
            reader.get(path)

    def test_leaves_a_database_alone_that_holds_another_dialogue(self, app: Flask) -> None:
        assemble(app)
        before = counted(app)
        assert run(app, "seed", "demo", "--if-empty")[0] == 0
        assert counted(app) == before


@pytest.mark.sqlite_only
class TestDoctor:
    def test_finds_nothing_where_all_is_well(self, app: Flask) -> None:
        status, said = run(app, "doctor")
        assert (status, "All is well" in said) == (0, True), said

    def test_names_what_is_wrong(self, app: Flask) -> None:
        cast: Cast = assemble(app)
        faults = {
            "UPDATE outbox_event SET at = '2020-01-01 00:00:00.000000'": "worker",
            "UPDATE outbox_delivery SET attempts = 50": "deliveries were given up",
            "UPDATE audit_entry SET actor = 'user:9' WHERE seq = 2": "Audit entry 2",
            "INSERT INTO mail_message (key, 'to', subject, text, headers, queued_at, due_at,"
            " attempts, error) VALUES ('k', 'a@b.example', 's', 't', '{}',"
            " '2020-01-01 00:00:00.000000', '2020-01-01 00:00:00.000000', 99, 'x')": "mails",
        }
        with cast.writing():
            for fault in faults:
                db.session.execute(text(fault))
        status, said = run(app, "doctor")
        assert status == 1
        for sentence in faults.values():
            assert sentence in said
        assert clock.now()


def counted(app: Flask) -> Counter[str]:
    with app.app_context(), transaction():
        rows: dict[str, Any] = {
            table.name: db.session.scalar(select(func.count()).select_from(table))
            for table in db.metadata.sorted_tables
        }
    return Counter(rows)
