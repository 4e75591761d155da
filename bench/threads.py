"""CPU seconds of one process with one thread, as in the workers."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from typing import Any


def one_thread_only(program: str) -> None:
    """Starts over with one BLAS and OpenMP thread, as in the workers; they read it when numpy
    loads."""
    limits = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    if any(os.environ.get(name) != value for name, value in limits.items()):
        arguments = [sys.executable, "-m", program, *sys.argv[1:]]
        os.execve(sys.executable, arguments, os.environ | limits)  # noqa: S606 - no shell is wanted


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """Return what `work` returns and the CPU seconds that it took."""
    started = time.process_time()
    result = work()
    return result, round(time.process_time() - started, 3)
