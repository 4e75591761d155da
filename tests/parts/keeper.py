"""Runs one real part in the foreground and ends it, at the latest, with the test run it belongs to.

Started as a program of its own (`keeper.py OWNER_PID LOG -- argv…`), because a server that one
test worker starts is used by the others and must outlive it, yet must never outlive the run, not
even one that was killed. TERM ends the part in order, then by force.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

PATIENCE = 10.0


def main() -> int:
    owner, log, argv = int(sys.argv[1]), Path(sys.argv[2]), sys.argv[4:]
    with log.open("ab") as lines:
        child = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=lines, stderr=lines, process_group=0
        )
    told = []
    signal.signal(signal.SIGTERM, lambda number, frame: told.append(number))
    while child.poll() is None and not told and _is_alive(owner):
        time.sleep(0.1)
    # On TERM PostgreSQL waits for its clients to leave; on INT it sends them away.
    is_postgresql = any(Path(word).name == "postgres" for word in argv)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGINT if is_postgresql else signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(PATIENCE)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    return child.wait()


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


if __name__ == "__main__":
    sys.exit(main())
