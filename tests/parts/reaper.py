"""Waits for a test run to end and clears up after it, however it ended.

Started by `run.begin` as a program of its own (`reaper.py OWNER_PID FOLDER MARK`). Once the owner
is gone, everything that still carries the run's mark in its environment is killed (a server of an
installation outlives a run that was itself killed) and the run's folder is removed.
"""

import contextlib
import os
import shutil
import signal
import sys
import time
from pathlib import Path


def main() -> None:
    owner, folder, mark = int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3].encode()
    while Path(f"/proc/{owner}").exists():
        time.sleep(0.5)
    time.sleep(1)  # what ends in order by itself
    for process in Path("/proc").glob("[0-9]*"):
        if int(process.name) != os.getpid() and _carries(process, mark):
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(process.name), signal.SIGKILL)
    shutil.rmtree(folder, ignore_errors=True)


def _carries(process: Path, mark: bytes) -> bool:
    try:
        return mark in (process / "environ").read_bytes().split(b"\0")
    except OSError:  # it ended meanwhile, or it is somebody else's
        return False


if __name__ == "__main__":
    main()
