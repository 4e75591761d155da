"""Somebody who sends too much on a slow line still gets our page, not a broken connection."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

import pytest

from tests.parts.site import Site

HEAD = (
    "POST /d/nowhere/ideas/new HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n"
)


def answer_to(port: int, length: int) -> bytes:
    """The first bytes of the answer to a form that is still being sent while it is refused."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        line.sendall(HEAD.format(length=length).encode())
        for _ in range(length // 50_000):
            line.sendall(b"x" * 50_000)
            time.sleep(0.002)
        return line.recv(12)


class TestAFormThatIsTooLong:
    @pytest.mark.parametrize("length", [300_000, 2_000_000])
    def test_is_answered(self, install: Callable[..., Site], length: int) -> None:
        site = install()
        site.start_web()
        for _ in range(3):
            assert answer_to(site.port, length) == b"HTTP/1.1 413"
