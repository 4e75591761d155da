"""Copies of public pages for readers who are nobody in particular, kept ahead of the application.

A page that says it may be copied is kept, ready and compressed, under its address. It is given to
readers without a cookie only; never when what it shows has a newer version, never for longer than
some seconds, and never past the moment at which the page itself would say something else. So what
a moderator hides is gone with the next request, in every process, since the version is asked from
the database each time.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import request

from dialogue.kernel import clock

LONGEST = 10.0  # seconds: counts that move without a new version are that old at most
ROOM = 32 * 1024 * 1024  # bytes of all copies of a process together
LARGEST = 512 * 1024  # bytes of one page
LONGEST_KEY = 2_000  # signs of address and headers; of longer ones nothing is kept

_MARK = "dialogue.copy"

Version = Callable[[int], int | None]
Start = Callable[..., Any]


@dataclass(frozen=True)
class Subject:
    """What a page shows: which dialogue, in which version, and until when it says the same."""

    dialogue_id: int
    version: int
    until: datetime | None = None


@dataclass(frozen=True)
class _Copy:
    subject: Subject
    made: float  # of the monotonic clock
    status: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


def may_keep(subject: Subject) -> None:
    """Say of the page that is being made that a copy of it may be given to other readers.

    For pages that look the same to everybody who is signed out. Nothing is kept of an answer that
    is no plain success or that sets a cookie.
    """
    request.environ[_MARK] = subject


class Copies:
    """The application with copies ahead of it (WSGI).

    `version` answers with the version of a dialogue as it is now, or None when there is none.
    """

    def __init__(self, application: Any, version: Version, *, room: int = ROOM) -> None:
        self._application, self._version, self._room = application, version, room
        self._copies: OrderedDict[tuple[str, ...], _Copy] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Start) -> Iterable[bytes]:
        """Answer with a copy where there is a good one, else let the application answer."""
        key = _key(environ)
        # Long keys would fill more room than pages do.
        if not _is_for_anybody(environ) or sum(map(len, key)) > LONGEST_KEY:
            answer: Iterable[bytes] = self._application(environ, start_response)
            return answer
        kept = self._copies.get(key)
        if kept is not None and self._is_good(kept):
            headers = [*kept.headers, ("X-Request-Id", secrets.token_hex(6))]
            start_response(kept.status, headers)
            return [kept.body]
        return self._answer_anew(key, environ, start_response)

    def _answer_anew(
        self, key: tuple[str, ...], environ: dict[str, Any], start_response: Start
    ) -> Iterable[bytes]:
        said: list[Any] = []

        def listen(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            said[:] = [status, headers]
            return start_response(status, headers, *more)

        answer: Iterable[bytes] = self._application(environ, listen)
        subject: Subject | None = environ.get(_MARK)
        if subject is None or not said or not _is_plain(said[0], said[1]):
            self._forget(key)
            return answer
        try:
            body = b"".join(answer)
        finally:
            if hasattr(answer, "close"):
                answer.close()
        headers = tuple((name, value) for name, value in said[1] if name != "X-Request-Id")
        self._keep(key, _Copy(subject, time.monotonic(), said[0], headers, body))
        return [body]

    def _is_good(self, kept: _Copy) -> bool:
        if time.monotonic() - kept.made > LONGEST:
            return False
        until = kept.subject.until
        if until is not None and clock.now() >= until:
            return False
        return self._version(kept.subject.dialogue_id) == kept.subject.version

    def _keep(self, key: tuple[str, ...], made: _Copy) -> None:
        if len(made.body) > LARGEST:
            return
        with self._lock:
            self._drop(key)
            self._copies[key] = made
            self._size += len(made.body)
            while self._size > self._room:
                self._drop(next(iter(self._copies)))

    def forget_all(self) -> None:
        """Give nobody a copy that was made until now."""
        with self._lock:
            self._copies.clear()
            self._size = 0

    def _forget(self, key: tuple[str, ...]) -> None:
        if key in self._copies:
            with self._lock:
                self._drop(key)

    def _drop(self, key: tuple[str, ...]) -> None:
        dropped = self._copies.pop(key, None)
        if dropped is not None:
            self._size -= len(dropped.body)


def _is_for_anybody(environ: dict[str, Any]) -> bool:
    """Tell whether whoever asks says nothing of who they are."""
    return (
        environ["REQUEST_METHOD"] == "GET"
        and "HTTP_COOKIE" not in environ
        and "HTTP_AUTHORIZATION" not in environ
        and "HTTP_RANGE" not in environ
    )


def _key(environ: dict[str, Any]) -> tuple[str, ...]:
    """Return all that a page may depend on besides the person."""
    return (
        environ.get("wsgi.url_scheme", ""),
        environ.get("HTTP_HOST", ""),
        environ.get("SCRIPT_NAME", ""),
        environ.get("PATH_INFO", ""),
        environ.get("QUERY_STRING", ""),
        environ.get("HTTP_ACCEPT", "") if "json" in environ.get("HTTP_ACCEPT", "") else "",
        environ.get("HTTP_ACCEPT_ENCODING", ""),
        environ.get("HTTP_ACCEPT_LANGUAGE", ""),
        environ.get("HTTP_X_FRAGMENT", ""),
        environ.get("HTTP_IF_NONE_MATCH", ""),
    )


def _is_plain(status: str, headers: Iterable[tuple[str, str]]) -> bool:
    return status.startswith("200 ") and not any(name == "Set-Cookie" for name, _ in headers)
