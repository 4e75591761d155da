"""Text travels compressed to who takes it, and says the same."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from flask import Flask

pytestmark = pytest.mark.sqlite_only

BUILD = Path(__file__).resolve().parents[2] / "static" / "build"
TAKES = {"Accept-Encoding": "gzip, br"}


def built(name: str) -> str:
    """The address of a built file, as the manifest has it now."""
    names = json.loads((BUILD / "manifest.json").read_text())
    return f"/static/build/{names[name]}"


class TestAnAnswer:
    @pytest.mark.parametrize("path", ["/help", "/nothing-here", "site.css"])
    def test_is_compressed_and_the_same(self, app: Flask, path: str) -> None:
        client = app.test_client()
        path = path if path.startswith("/") else built(path)
        with client.get(path) as plain, client.get(path, headers=TAKES) as packed:
            assert "Content-Encoding" not in plain.headers
            assert packed.headers["Content-Encoding"] == "gzip"
            assert "Accept-Encoding" in plain.headers["Vary"]
            assert "Accept-Encoding" in packed.headers["Vary"]
            assert len(packed.data) < len(plain.data) / 2
            assert int(packed.headers["Content-Length"]) == len(packed.data)
            if not path.startswith("/nothing"):  # an error page carries a reference of its own
                assert gzip.decompress(packed.data) == plain.data

    def test_that_is_small_or_packed_already_stays_as_it_is(self, app: Flask) -> None:
        client = app.test_client()
        for path in ("/healthz", built("public-sans-400.woff2")):
            with client.get(path, headers=TAKES) as answer:
                assert answer.status_code == 200
                assert "Content-Encoding" not in answer.headers

    def test_is_not_sent_again_to_a_browser_that_has_it(self, app: Flask) -> None:
        client = app.test_client()
        with client.get(built("site.css"), headers=TAKES) as first:
            known = {**TAKES, "If-None-Match": first.headers["ETag"]}
        with client.get(built("site.css"), headers=known) as again:
            assert again.status_code == 304
            assert again.data == b""
