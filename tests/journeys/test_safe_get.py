"""`safe_get`: following every link, in whatever role, changes nothing.

On a copy of the demonstration without server or worker, so that nobody else writes meanwhile. One
thing is written on purpose: an administrator who looks at people's addresses is on record.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import sqlite3
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import closing
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qsl, urldefrag, urljoin, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text

from config import Config
from dialogue.app import create_app
from dialogue.kernel.audit import Act, AuditEntry
from dialogue.kernel.audit_seals import AuditTail
from dialogue.kernel.db import db
from tests.journeys.world import ROLES, World
from tests.pages import newest_link
from tests.parts import tables

pytestmark = [pytest.mark.xdist_group("pages")]

ALIKE = 4  # pages of one kind: as many show what there is to show


@pytest.fixture
def still(world: World, tmp_path: Path) -> Iterator[Flask]:
    """An application on a copy of the world's database, alone with it."""
    instance = tmp_path / "instance"
    shutil.copytree(
        world.site.instance,
        instance,
        ignore=shutil.ignore_patterns("*.log", "*.sqlite3*", "mail", "*schedule*"),
    )
    # Copied through a reader: the world's own processes go on writing meanwhile.
    with closing(sqlite3.connect(world.site.instance / "dialogue.sqlite3")) as source:
        source.execute("VACUUM INTO ?", [str(instance / "dialogue.sqlite3")])
    application = create_app(Config.for_tests(instance=instance, database_url=""))
    yield application
    tables.let_go(application)


class TestFollowingEveryLink:
    @pytest.mark.parametrize("role", ROLES)
    def test_safe_get(self, still: Flask, world: World, role: str) -> None:
        client = still.test_client()
        starts = ["/", "/mod/queue", "/agency/", "/admin/people", "/me", "/account/create"]
        if role == "visitor":
            starts += [mailed_link(still, client)]
            client = still.test_client()
        else:
            sign_in(client, *world.sign_ins[role])
        before, recorded = digest(still), acts(still)
        seen = crawl(client, starts)
        assert len(seen) > 30
        assert digest(still) == before
        expected = {str(Act.PEOPLE_LOOKED_UP)} if role == "admin" else set()
        assert set(acts(still)[len(recorded) :]) == expected

    def test_a_post_would_be_noticed(self, still: Flask) -> None:
        before = digest(still)
        mailed_link(still, still.test_client())
        assert digest(still) != before


def crawl(client: FlaskClient, starts: list[str]) -> list[str]:
    """Follows links and redirects; of pages of one kind only some."""
    waiting, known, kinds = deque(starts), set(starts), Counter[str]()
    seen = []
    while waiting:
        path = waiting.popleft()
        kind = kind_of(path)
        kinds[kind] += 1
        if kinds[kind] > ALIKE:
            continue
        with client.get(path) as answer:
            seen.append(path)
            assert answer.status_code in {200, 301, 302, 303, 304, 404, 405, 409}, path
            if answer.status_code in {404, 409}:
                assert path in starts or "/ideas/new" in path, f"a page links to {path}"
            found = [answer.headers["Location"]] if "Location" in answer.headers else []
            if answer.mimetype == "text/html":
                found += links(answer.get_data(as_text=True))
        for target in found:
            address = urlsplit(urldefrag(urljoin(f"http://localhost{path}", target)).url)
            if address.scheme != "http" or address.netloc != "localhost":
                continue
            local = address.path + (f"?{address.query}" if address.query else "")
            if local not in known:
                known.add(local)
                waiting.append(local)
    return seen


def kind_of(path: str) -> str:
    """The pattern of an address: numbers and what follows them left open, names of its fields."""
    address = urlsplit(path)
    pattern = re.sub(r"/\d[^/]*", "/…", address.path)
    return f"{pattern}?{sorted(name for name, _value in parse_qsl(address.query))}"


def links(html: str) -> list[str]:
    reader = _Links()
    reader.feed(html)
    return reader.found


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in {"a", "link"} and given.get("href"):
            self.found.append(str(given["href"]))
        if tag in {"img", "script"} and given.get("src"):
            self.found.append(str(given["src"]))


def sign_in(client: FlaskClient, email: str, password: str) -> None:
    page = client.get("/account/sign-in").get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token
    fields = {"csrf_token": token[1], "email": email, "password": password, "step": "password"}
    assert client.post("/account/sign-in", data=fields).status_code == 303


def mailed_link(app: Flask, client: FlaskClient) -> str:
    """The path of the link in a fresh mail that confirms an address."""
    page = client.get("/account/create").get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token
    email = "link@journey.example.org"
    fields = {"csrf_token": token[1], "email": email, "display_name": "link_follower_7"}
    answer = client.post("/account/create", data={**fields, "accept_policy": "yes"})
    assert answer.status_code == 303
    return newest_link(app, email)


def acts(app: Flask) -> list[str]:
    """What the record of staff's acts holds, in order."""
    with app.app_context():
        return list(db.session.scalars(select(AuditEntry.act).order_by(AuditEntry.seq)))


def digest(app: Flask) -> str:
    """Of every row of every table, but for when a session was last seen and the record of acts."""
    sum_of_all = hashlib.sha256()
    with app.app_context():
        names = db.session.scalars(
            text("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        ).all()
        for name in names:
            if name in {AuditEntry.__tablename__, AuditTail.__tablename__}:
                continue  # the record and the seal of its end
            columns = [row[1] for row in db.session.execute(text(f"PRAGMA table_info({name})"))]
            if name == "account_session":
                columns.remove("seen_at")
            chosen = ", ".join(f'"{column}"' for column in columns)
            rows = db.session.execute(text(f'SELECT {chosen} FROM "{name}"')).all()
            sum_of_all.update(f"{name}{sorted(map(repr, rows))}".encode())
        db.session.rollback()
    return sum_of_all.hexdigest()
