"""Whatever body is sent to whatever address, by whomever it lets in: an answer, never a failure.

Every field that some form of the product has is in every body, so that a wrong kind of value meets
the code that reads it, whichever form that is.
"""

from __future__ import annotations

import json
import re
from functools import cache
from itertools import cycle
from pathlib import Path
from urllib.parse import quote_from_bytes

import pytest
from flask import Flask

import dialogue
from dialogue.accounts.access import declared
from dialogue.accounts.models import Role
from tests.cast import Cast
from tests.pages import Browser
from tests.site.test_access import routes, values_for

READ = re.compile(r"""form(?:\.get(?:list)?\(|\[)\s*"([\w-]+)\"""")
TOKEN = "csrf_token"
URLENCODED = "application/x-www-form-urlencoded"
# What a field may hold that no form of ours sends.
VALUES = {
    "nothing": b"",
    "a NUL": b"a\x00b",
    "half a character": b"\xed\xa0\x80",
    "a number past all columns": b"9" * 30,
    "no number, no date, no word": "1e9٣½ 2026-02-31T25:61 \u202e*[x](javascript:y)\u200b".encode(),
}


@cache
def names() -> list[str]:
    """Every field that a view reads, but for the key by which a second sending is told."""
    found: set[str] = set()
    for file in Path(dialogue.__file__).parent.rglob("*.py"):
        found |= set(READ.findall(file.read_text()))
    return sorted(found - {TOKEN, "form_key"})


def forms(token: str) -> list[tuple[str, tuple[bytes, str]]]:
    """Forms that carry the token, so that every address reads them."""
    found = []
    for what, value in VALUES.items():
        pairs = [f"{name}={quote_from_bytes(value)}" for name in names()]
        found.append((what, ("&".join([f"{TOKEN}={token}", *pairs]).encode(), URLENCODED)))
    return found


def broken(token: str) -> list[tuple[str, tuple[bytes, str]]]:
    """Bodies that are no form of ours at all: each address gets one of these."""
    everything = {TOKEN: token, **{name: ["x", {"y": None}] for name in names()}}
    parts = "".join(
        f'--b\r\nContent-Disposition: form-data; name="{name}"; filename="f.txt"\r\n\r\nx\r\n'
        for name in names()
    )
    head = f'--b\r\nContent-Disposition: form-data; name="{TOKEN}"\r\n\r\n{token}\r\n'
    multipart = "multipart/form-data; boundary=b"
    return [
        ("no field at all", (b"", URLENCODED)),
        ("more than any form", (b"body=" + b"x" * 300_000, URLENCODED)),
        ("JSON", (json.dumps(everything).encode(), "application/json")),
        ("deep JSON", (b"[" * 50_000, "application/json")),
        ("files", ((head + parts + "--b--\r\n").encode(), multipart)),
        ("a form cut off", ((head + parts).encode()[:-20], multipart)),
    ]


@pytest.mark.sqlite_only
# The parser of forms lets go of files that it has begun to read; nothing of ours takes any.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
class TestAnyBody:
    def test_is_answered_by_every_address(self, cast: Cast) -> None:
        """Sent by somebody whom it lets in."""
        values = values_for(cast)
        people = {name: Browser(cast.app, name) for name in ("ben", "lee", "ola", "ada")}
        tokens = {
            name: one.form("/me", holding=TOKEN).fields[TOKEN] for name, one in people.items()
        }
        given = {name: forms(token) for name, token in tokens.items()}
        others = {name: cycle(broken(token)) for name, token in tokens.items()}
        failed = []
        for endpoint, method, _rule in routes(cast.app):
            if method != "POST" or endpoint in SIGNS_OUT:
                continue
            name = whom_it_lets_in(cast.app, endpoint)
            path = address_of(cast.app, endpoint, values)
            for what, (body, kind) in [*given[name], next(others[name])]:
                answer = people[name].client.post(path, data=body, content_type=kind)
                if answer.status_code >= 500:
                    failed.append(f"{endpoint}: {what} is answered {answer.status_code}")
        assert failed == []


def whom_it_lets_in(app: Flask, endpoint: str) -> str:
    access = declared(app, endpoint)
    assert access is not None
    if not access.roles:
        return "ben"
    if access.everywhere:
        return "ada"
    return "lee" if Role.MODERATOR in access.roles else "ola"


def address_of(app: Flask, endpoint: str, values: dict[str, object]) -> str:
    with app.test_request_context():
        adapter = app.create_url_adapter(None) or app.url_map.bind("localhost")
        given = {
            key: values[key] for rule in app.url_map.iter_rules(endpoint) for key in rule.arguments
        }
        return adapter.build(endpoint, given, "POST")


SIGNS_OUT = {"accounts.sign_out"}
