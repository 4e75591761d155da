"""One way to write: whole or not at all, one after the other, never nested."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from dialogue.kernel import clock, mail, outbox
from dialogue.kernel import db as database
from dialogue.kernel.db import db, transaction
from dialogue.kernel.health import Heartbeat
from dialogue.kernel.mail import MailMessage
from dialogue.kernel.outbox import OutboxDelivery, OutboxEvent
from tests.cast import SLUG, Cast, assemble
from tests.conftest import Database
from tests.pages import Browser

pytestmark = pytest.mark.own_database

ROOT = Path(__file__).resolve().parents[2]

WRITER = """
import sys, time
from pathlib import Path
from sqlalchemy import text
from config import Config
from dialogue.app import create_app
from dialogue.kernel.db import db, transaction
folder, url, rounds, hold, lock = sys.argv[1:]
app = create_app(Config.for_tests(instance=Path(folder), database_url=url))
number = text("SELECT error FROM mail_message WHERE key = 'n' " + lock)
change = text("UPDATE mail_message SET error = :number WHERE key = 'n'")
with app.app_context():
    for _ in range(int(rounds)):
        with transaction():
            now = int(db.session.scalar(number) or 0)
            if float(hold) > 1:
                print("holding", flush=True)
            time.sleep(float(hold))
            db.session.execute(change, {"number": str(now + 1)})
"""


def rows(app: Flask, model: type) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(model)) or 0


def write_mail(key: str = "n") -> None:
    mail.queue("a@b.example", "Subject", "Text", key=key, now=clock.now())


class TestTransaction:
    def test_commits_everything_or_nothing(self, app: Flask) -> None:
        with app.app_context():
            with transaction():
                write_mail("one")
            with pytest.raises(ZeroDivisionError), transaction():
                write_mail("two")
                db.session.flush()
                raise ZeroDivisionError
        assert rows(app, MailMessage) == 1
        assert rows(app, OutboxEvent) == 1, "a change that was rolled back tells nothing"
        assert rows(app, OutboxDelivery) == 1

    def test_does_not_nest(self, app: Flask) -> None:
        with app.app_context():
            with pytest.raises(RuntimeError, match="nest"), transaction():
                write_mail("one")
                with transaction():
                    write_mail("two")
            assert not database.in_transaction()
            with transaction():
                write_mail("three")
        assert rows(app, MailMessage) == 1

    def test_refuses_what_was_changed_outside(self, app: Flask) -> None:
        with app.app_context():
            db.session.add(Heartbeat(name="x", at=clock.now()))
            with pytest.raises(RuntimeError, match="outside"), transaction():
                pass
            db.session.rollback()

    def test_is_what_events_and_mails_and_the_record_ask_for(self, app: Flask) -> None:
        with app.app_context():
            with pytest.raises(RuntimeError):
                outbox.publish(mail.MailQueued(1))
            with pytest.raises(RuntimeError):
                write_mail()

    def test_reads_again_what_was_loaded_before(self, app: Flask) -> None:
        with app.app_context():
            with transaction():
                write_mail()
            loaded = db.session.scalars(select(MailMessage)).one()
            assert loaded.error == ""
            thread = threading.Thread(target=_change_error, args=(app,))
            thread.start()
            thread.join()
            with transaction():
                assert loaded.error == "changed"

    @pytest.mark.sqlite_only
    def test_is_the_only_way_to_write_on_sqlite(self, app: Flask) -> None:
        with app.app_context():
            db.session.add(Heartbeat(name="x", at=clock.now()))
            with pytest.raises(DBAPIError, match="readonly"):
                db.session.commit()
            db.session.rollback()
            with transaction():
                write_mail()
            with pytest.raises(DBAPIError, match="readonly"):
                db.session.execute(text("DELETE FROM mail_message"))
            db.session.rollback()
        assert rows(app, MailMessage) == 1


@pytest.mark.sqlite_only
class TestAConnection:
    def test_that_is_kept_open_keeps_its_turn_over_several_transactions(self, app: Flask) -> None:
        """As migrations do; then others have theirs."""
        with app.app_context():
            with db.engine.connect().execution_options(writes=True) as kept:
                for name in ("one", "two"):
                    with kept.begin():
                        kept.execute(
                            text("INSERT INTO heartbeat (name, at) VALUES (:name, :at)"),
                            {"name": name, "at": "2026-01-01 00:00:00.000000"},
                        )
            with transaction():
                write_mail()
        assert rows(app, Heartbeat) == 2
        assert rows(app, MailMessage) == 1


class TestTwoProcesses:
    def test_lose_no_write_of_each_other(self, app: Flask, database: Database) -> None:
        with app.app_context(), transaction():
            write_mail()
        others = [start_writer(database, rounds=40, hold=0.002) for _ in range(2)]
        with app.app_context():
            for _ in range(40):
                with transaction():
                    lock = " FOR UPDATE" if database.kind == "postgresql" else ""
                    now = int(
                        db.session.scalar(
                            text(f"SELECT error FROM mail_message WHERE key = 'n'{lock}")
                        )
                        or 0
                    )
                    db.session.execute(
                        text("UPDATE mail_message SET error = :n WHERE key = 'n'"),
                        {"n": str(now + 1)},
                    )
        for other in others:
            out, err = other.communicate(timeout=60)
            assert other.returncode == 0, out + err
        with app.app_context():
            assert db.session.scalar(select(MailMessage.error)) == "120"


@pytest.mark.sqlite_only
class TestABusyDatabase:
    def test_is_a_page_that_keeps_the_words_and_lets_people_read(
        self, app: Flask, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        cast = assemble(app)
        ana, lee = Browser(app, "ana"), Browser(app, "lee")
        form = ana.form(f"/d/{SLUG}/ideas/new", holding="title")
        age_sessions(cast)
        monkeypatch.setattr("dialogue.kernel.db.LOCK_SECONDS", 0.2)
        other = start_writer(database, rounds=1, hold=2)
        assert other.stdout is not None
        assert other.stdout.readline().strip() == "holding"
        words = {"title": "A title kept", "body": "Words kept while it is busy.", "topic": "none"}
        answer = ana.send(form, 503, button=("step", "post"), **words)
        assert "Words kept while it is busy." in answer.text
        assert int(answer.headers["Retry-After"]) > 0
        ana.get(f"/d/{SLUG}")
        # A moderator's session notes when it was last seen; reading does not depend on it.
        lee.get(f"/d/{SLUG}")
        other.communicate(timeout=30)
        ana.send(form, 303, button=("step", "post"), **words)

    def test_locked_by_a_stranger_is_the_same_page(
        self, app: Flask, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assemble(app)
        ana = Browser(app, "ana")
        form = ana.form(f"/d/{SLUG}/ideas/new", holding="title")
        monkeypatch.setattr("dialogue.kernel.db.LOCK_SECONDS", 0.2)
        stranger = subprocess.Popen(
            [sys.executable, "-c", STRANGER, str(database.instance / "dialogue.sqlite3")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert stranger.stdout is not None
        stranger.stdout.readline()
        with app.app_context():
            db.session.connection().exec_driver_sql("PRAGMA busy_timeout=200")
            db.engine.dispose()
        words = {"title": "A title kept", "body": "Kept.", "topic": "none"}
        assert "Kept." in ana.send(form, 503, button=("step", "post"), **words).text
        stranger.communicate("\n", timeout=30)
        ana.send(form, 303, button=("step", "post"), **words)


STRANGER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("holding", flush=True)
sys.stdin.readline()
"""


class TestABrokenDatabase:
    def test_is_an_error_page_for_readers_and_for_people_who_are_signed_in(
        self, app: Flask
    ) -> None:
        """The page must not need what is broken."""
        cast = assemble(app)
        ana, reader = Browser(app, "ana"), Browser(app)
        with cast.writing():
            for table in ("account_session", "dialogue_topic"):
                db.session.execute(text(f"ALTER TABLE {table} RENAME TO {table}_away"))
        for browser in (ana, reader):
            answer = browser.client.get(f"/d/{SLUG}")
            assert answer.status_code in {500, 503}
            assert "<h1" in answer.text, answer.text[:300]
            assert "account_session" not in answer.text
        answer = ana.client.post(f"/d/{SLUG}/ideas/new", data={"body": "Words to keep."})
        assert answer.status_code in {500, 503}
        assert "Words to keep." in answer.text


def start_writer(database: Database, *, rounds: int, hold: float) -> subprocess.Popen[str]:
    """Another process that counts a number up, with time between reading and writing."""
    lock = "FOR UPDATE" if database.kind == "postgresql" else ""
    return subprocess.Popen(
        [
            *(sys.executable, "-c", WRITER, str(database.instance), database.url),
            *(str(rounds), str(hold), lock),
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def age_sessions(cast: Cast) -> None:
    """Let every session have been seen some minutes ago."""
    with cast.writing():
        earlier = clock.now().timestamp() - 300
        db.session.execute(
            text("UPDATE account_session SET seen_at = :at"),
            {"at": time.strftime("%Y-%m-%d %H:%M:%S.000000", time.gmtime(earlier))},
        )


def _change_error(app: Flask) -> None:
    with app.app_context(), transaction():
        db.session.execute(text("UPDATE mail_message SET error = 'changed'"))
