"""Three hundred connections that never finish their headers stand in front of the server.

Promised for the embedded default: /healthz answers throughout, 95 of 100 times within a second.
(Slow bodies are held up by the proxy that production stands behind.)
"""

from __future__ import annotations

import contextlib
import socket
import time

import httpx

from drills import figures
from drills.figures import Figure
from drills.world import SLUG, planted

CONNECTIONS = 300
ASKED = 20  # times, once a second


def drill() -> list[Figure]:
    with planted() as world, contextlib.ExitStack() as held:
        world.site.start_web()
        slow = [
            held.enter_context(socket.create_connection(("127.0.0.1", world.site.port), timeout=5))
            for _each in range(CONNECTIONS)
        ]
        for one in slow:
            one.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n")
        health, pages = [], []
        failures = still_open = 0
        for second in range(ASKED):
            for path, waits in (("/healthz", health), (f"/d/{SLUG}", pages)):
                began = time.monotonic()
                try:
                    answer = httpx.get(f"{world.site.url}{path}", timeout=5)
                    failures += answer.status_code != 200
                except httpx.TransportError:
                    failures += 1
                waits.append(time.monotonic() - began)
            still_open = 0
            for one in slow:
                with contextlib.suppress(OSError):
                    one.sendall(f"X-Slow-{second}: 1\r\n".encode())
                    still_open += 1
            time.sleep(max(0.0, 1 - health[-1] - pages[-1]))
        return [
            figures.seen("connections held open at the end", still_open),
            figures.none("requests that failed", failures),
            figures.at_most("/healthz, 95th percentile s", figures.percentile(health, 0.95), 1),
            figures.at_most("a page, 95th percentile s", figures.percentile(pages, 0.95), 1),
        ]


if __name__ == "__main__":
    figures.main(drill)
