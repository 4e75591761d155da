"""How many SQL statements a page takes, and how many bytes it has."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import brotli
from flask import Flask
from sqlalchemy import event

from dialogue.kernel.db import db

ROOT = Path(__file__).resolve().parent.parent
_FRAME = ("PRAGMA", "BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")


@contextmanager
def counted(app: Flask) -> Iterator[list[str]]:
    """The statements that run within the block, without those that only begin and end."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(_FRAME):
            seen.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def statements(app: Flask, path: str, cookie: str) -> int:
    """How many statements answering a GET takes, once the caches are warm."""
    client = app.test_client(use_cookies=False)
    headers = {"Cookie": cookie} if cookie else {}
    client.get(path, headers=headers)
    with counted(app) as seen:
        assert client.get(path, headers=headers).status_code == 200, path
    return len(seen)


def sizes(html: bytes) -> dict[str, int]:
    """Bytes of a page: raw, compressed as a proxy does it, and with everything it loads."""
    addresses = re.findall(rb'(?:src|href)="(/static/[^"?#]+)[^"]*"', html)
    files = {ROOT / address.decode().lstrip("/") for address in addresses}
    loaded = 0
    for file in files:
        content = file.read_bytes()
        loaded += len(content) if file.suffix == ".woff2" else len(gzip.compress(content, 6))
    return {
        "raw": len(html),
        "gzip": len(gzip.compress(html, 6)),
        "brotli": len(brotli.compress(html, quality=5)),
        "with_assets": len(gzip.compress(html, 6)) + loaded,
    }
