"""LibreOffice without a screen: reads a file and writes what it read as another kind."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tests.parts import run


def convert(path: Path, kind: str, folder: Path) -> Path:
    """Write `path` anew below `folder`; `kind` may name the filter after a colon."""
    program = shutil.which("soffice")
    if program is None:
        run.missing("LibreOffice (libreoffice-calc-nogui, libreoffice-writer-nogui)")
    done = subprocess.run(
        [
            *(str(program), "--headless", f"-env:UserInstallation=file://{folder}/profile"),
            *(["--infilter=CSV:44,34,76"] if path.suffix == ".csv" else []),  # comma, ", UTF-8
            *("--convert-to", kind, "--outdir", str(folder), str(path)),
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    made = folder / f"{path.stem}.{kind.partition(':')[0]}"
    assert made.is_file(), done.stdout + done.stderr
    return made
