"""A door in front of a server: while it is shut, nobody gets through and those inside are out."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading


class Door:
    """Forwards connections from a port of 127.0.0.1 to another, as long as it is open."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._lock = threading.Lock()
        with socket.create_server(("127.0.0.1", 0)) as first:
            self.port: int = first.getsockname()[1]
        self._listener: socket.socket | None = None
        self.open()

    def open(self) -> None:
        listener = socket.create_server(("127.0.0.1", self.port))
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def shut(self) -> None:
        """Refuse new connections and cut the present ones."""
        listener, self._listener = self._listener, None
        if listener is not None:
            with contextlib.suppress(OSError):  # wakes the thread that accepts
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        with self._lock:
            pairs, self._pairs = self._pairs, []
        for one in (end for pair in pairs for end in pair):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _accept(self, listener: socket.socket) -> None:
        while self._listener is listener:
            try:
                inner, _address = listener.accept()
                outer = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                continue
            with self._lock:
                self._pairs.append((inner, outer))
            threading.Thread(target=_carry, args=(inner, outer), daemon=True).start()


def _carry(one: socket.socket, other: socket.socket) -> None:
    with one, other, selectors.DefaultSelector() as waiting, contextlib.suppress(OSError):
        waiting.register(one, selectors.EVENT_READ, other)
        waiting.register(other, selectors.EVENT_READ, one)
        while True:
            for key, _mask in waiting.select():
                source = key.fileobj
                assert isinstance(source, socket.socket)
                received = source.recv(65536)
                if not received:
                    return
                key.data.sendall(received)
