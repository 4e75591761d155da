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
        slow: list[socket.socket] = []
        health: list[float] = []
        pages: list[float] = []
        failures = shut = 0
        for second in range(ASKED):
            began = time.monotonic()
            still = [one for one in slow if send_a_little(one, second)]
            shut += len(slow) - len(still)
            slow = still + [
                held.enter_context(begun(world.site.port))
                for _each in range(CONNECTIONS - len(still))
            ]
            for path, waits in (("/healthz", health), (f"/d/{SLUG}", pages)):
                asked = time.monotonic()
                try:
                    failures += httpx.get(f"{world.site.url}{path}", timeout=5).status_code != 200
                except httpx.TransportError:
                    failures += 1
                waits.append(time.monotonic() - asked)
            time.sleep(max(0.0, 1 - (time.monotonic() - began)))
        return [
            figures.seen("connections that the server shut, and that came again", shut),
            figures.none("requests that failed", failures),
            figures.at_most("/healthz, 95th percentile s", figures.percentile(health, 0.95), 1),
            figures.at_most("a page, 95th percentile s", figures.percentile(pages, 0.95), 1),
        ]


def begun(port: int) -> socket.socket:
    """A connection with the first lines of a request."""
    one = socket.create_connection(("127.0.0.1", port), timeout=5)
    one.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n")
    return one


def send_a_little(one: socket.socket, second: int) -> bool:
    """Send one more line of a header; False when the server has shut the connection."""
    one.setblocking(False)
    try:
        one.recv(4096)  # an answer to half a request, or the end
    except BlockingIOError:
        with contextlib.suppress(OSError):
            one.sendall(f"X-Slow-{second}: 1\r\n".encode())
            return True
    except OSError:
        return False
    return False


if __name__ == "__main__":
    figures.main(drill)
