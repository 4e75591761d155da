"""Sends requests over some connections at once and measures the answers.

One thread and non-blocking sockets, so that the measuring side costs little of the machine that
it shares with the server.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

CHUNK = 262_144


@dataclass
class Load:
    """What came back."""

    seconds: float = 0.0
    waits: list[float] = field(default_factory=list)  # seconds, one for each answer
    statuses: Counter[int] = field(default_factory=Counter)
    received: int = 0  # bytes of bodies

    @property
    def answers(self) -> int:
        return len(self.waits)

    def wait(self, share: float) -> float:
        """The wait below which this share of the waits lies, in milliseconds."""
        ordered = sorted(self.waits)
        return 1000 * ordered[min(int(len(ordered) * share), len(ordered) - 1)]


@dataclass
class _Line:
    """One connection, one request at a time."""

    socket: socket.socket
    sent_at: float = 0.0
    unsent: bytes = b""
    head: bytes = b""
    missing: int = -1  # bytes of the body that are still to come; -1 before the head is whole
    closes: bool = False
    status: int = 0


def get(path: str, headers: dict[str, str] | None = None) -> bytes:
    """A GET as it goes over the line."""
    lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def post(path: str, body: str, headers: dict[str, str]) -> bytes:
    """A form sent to `path`; `body` is encoded already."""
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def run(
    port: int,
    requests: Iterator[bytes],
    *,
    connections: int,
    seconds: float | None = None,
    at_most: int | None = None,
) -> Load:
    """Send `requests` until time is up, that many were answered, or there are no more.

    Each connection sends its next request when the last is answered.
    """
    load, waiting = Load(), selectors.DefaultSelector()
    began = time.perf_counter()
    ends = began + seconds if seconds else float("inf")
    left = at_most if at_most is not None else -1

    def begin(line: _Line) -> bool:
        nonlocal left
        if left == 0 or time.perf_counter() >= ends:
            return False
        request = next(requests, None)
        if request is None:
            return False
        left -= left > 0
        line.head, line.missing, line.sent_at = b"", -1, time.perf_counter()
        line.unsent = request[line.socket.send(request) :]
        assert not line.unsent, "a request is larger than the socket's buffer"
        return True

    open_lines = 0
    for _each in range(connections):
        line = _Line(_connect(port))
        if begin(line):
            waiting.register(line.socket, selectors.EVENT_READ, line)
            open_lines += 1
        else:
            line.socket.close()
    while open_lines:
        for key, _mask in waiting.select(30):
            line = key.data
            if not _read(line, load):
                continue
            if line.closes:
                waiting.unregister(line.socket)
                line.socket.close()
                line.socket = _connect(port)
                waiting.register(line.socket, selectors.EVENT_READ, line)
            if not begin(line):
                waiting.unregister(line.socket)
                line.socket.close()
                open_lines -= 1
    load.seconds = time.perf_counter() - began
    return load


def _connect(port: int) -> socket.socket:
    made = socket.create_connection(("127.0.0.1", port), timeout=30)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


def _read(line: _Line, load: Load) -> bool:
    """Take in what has come; tell whether the answer is whole."""
    received = line.socket.recv(CHUNK)
    if not received:
        raise ConnectionError("the server closed a connection within an answer")
    if line.missing < 0:
        line.head += received
        end = line.head.find(b"\r\n\r\n")
        if end < 0:
            return False
        head, received = line.head[:end].lower(), line.head[end + 4 :]
        line.status = int(head[9:12])
        line.closes = b"connection: close" in head
        line.missing = _length(head)
        load.received += line.missing
    line.missing -= len(received)
    if line.missing > 0:
        return False
    load.waits.append(time.perf_counter() - line.sent_at)
    load.statuses[line.status] += 1
    return True


def _length(head: bytes) -> int:
    for header in head.split(b"\r\n"):
        if header.startswith(b"content-length:"):
            return int(header[15:])
    if head[9:12] in (b"304", b"204"):
        return 0
    raise ValueError("the server sent no Content-Length")
