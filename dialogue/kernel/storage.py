"""Files that appear whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

_UNFINISHED = ".part-"


def write_atomically(path: Path, content: bytes) -> None:
    """Write `content` under `path`: readers see the old file or the whole new one.

    Raises OSError (disk full, no permission); nothing half-written remains then.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=_UNFINISHED)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def remove_unfinished(folder: Path, *, before: float) -> int:
    """Delete what writers left that died before they finished; return how many files.

    `before` is a time of the file system, in seconds: a file changed later may still be at work.
    """
    removed = 0
    for path in folder.rglob(f"{_UNFINISHED}*"):
        with contextlib.suppress(FileNotFoundError):  # finished or tidied this moment
            if path.stat().st_mtime < before:
                path.unlink()
                removed += 1
    return removed
