"""Peak memory of this process as Linux counts it. (`getrusage` would also count the process that
started this one.)"""

from __future__ import annotations

from pathlib import Path


def peak_mb() -> int:
    """Return the most that was resident since the start, or since `forget`."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM"))


def forget() -> None:
    """Let the peak start from what is resident now."""
    Path("/proc/self/clear_refs").write_text("5")
