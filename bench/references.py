"""The reference implementations beside ours: the same input, their CPU seconds and what they found.

They live in an environment of their own (`.bench/references`, made from requirements/
references.txt when it is not there), so that nothing of theirs gets into the product's.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements" / "references.txt"
HOME = ROOT / ".bench" / "references"
PROGRAM = Path(__file__).with_name("reference_programs.py")


def run(name: str, given: dict[str, Any]) -> tuple[Any, float]:
    """Return what a reference found on an input, and the CPU seconds that it took.

    Raises RuntimeError with its own words when it fails.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(given, file)
        file.flush()
        done = subprocess.run(
            [str(_python()), "-W", "ignore", str(PROGRAM), name, file.name],
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise RuntimeError(f"{name} failed: {done.stderr.strip()[-600:]}")
    answer = json.loads(done.stdout)
    return answer["found"], answer["seconds"]


def versions() -> dict[str, str]:
    """Return the versions of the references."""
    done = subprocess.run(
        [
            str(_python()),
            "-c",
            "from importlib.metadata import version; import json;"
            "print(json.dumps({n: version(n) for n in ('red-dwarf', 'datasketch', 'rensa')}))",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, str] = json.loads(done.stdout)
    return found


def _python() -> Path:
    """Return the interpreter of their environment; makes it when the lock is not installed yet."""
    python, mark = HOME / "bin" / "python", HOME / "lock.sha256"
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if mark.exists() and mark.read_text() == wanted:
        return python
    print("Making the environment of the reference implementations …", file=sys.stderr)
    venv.create(HOME, with_pip=True, clear=True)
    packages = [str(python), "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(LOCK)]
    subprocess.run(packages, check=True, stdin=subprocess.DEVNULL, stdout=sys.stderr)
    mark.write_text(wanted)
    return python
