"""The demonstration's sign-ins: passwords made at planting, kept beside the database."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from dialogue.kernel.storage import write_atomically

FILE = "demo-sign-ins.json"


@dataclass(frozen=True)
class SignIn:
    """One account of the demonstration."""

    role: str
    name: str
    email: str
    password: str


def make() -> list[SignIn]:
    """Return new sign-ins, one for each role."""
    people = (
        ("participant", "", "participant@example.org"),
        ("moderator", "Lee", "moderator@example.gov"),
        ("officer", "M. Rivera", "officer@example.gov"),
        ("admin", "Avery", "admin@example.gov"),
    )
    return [SignIn(role, name, mail, secrets.token_urlsafe(12)) for role, name, mail in people]


def keep(instance: Path, sign_ins: list[SignIn]) -> None:
    """Write them where only the operator reads."""
    content = json.dumps([asdict(row) for row in sign_ins], indent=1).encode()
    write_atomically(instance / FILE, content)  # the file is made with mode 0600


def read(instance: Path) -> list[SignIn]:
    """Return the kept sign-ins; empty when the demonstration was not planted here."""
    path = instance / FILE
    return [SignIn(**row) for row in json.loads(path.read_text())] if path.exists() else []
