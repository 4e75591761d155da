"""Where the files of reports lie."""

from __future__ import annotations

from pathlib import Path

from dialogue.kernel.settings import setting


def files_folder() -> Path:
    """Return the folder that ReportFile.path is relative to."""
    return Path(setting("INSTANCE")) / "files"
