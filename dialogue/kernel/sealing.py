"""Words that only few may read again: encrypted with a key beside the database, never in it.

The key lies in `<instance>/sealing.key`, mode 0600, made when something is first sealed. Who has a
copy of the database alone reads nothing; who loses the key loses what was sealed and nothing else.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken

from dialogue.kernel.settings import setting

_KEY_FILE = "sealing.key"


class Unreadable(RuntimeError):
    """What was sealed with another key, or altered since."""


def seal(value: Any) -> str:
    """Return a JSON value encrypted and signed (AES-128-CBC with HMAC-SHA256)."""
    return Fernet(_key()).encrypt(json.dumps(value, ensure_ascii=False).encode()).decode()


def unseal(sealed: str) -> Any:
    """Return what `seal` took; raises Unreadable."""
    try:
        return json.loads(Fernet(_key()).decrypt(sealed.encode()))
    except InvalidToken:
        raise Unreadable("The key of sealed texts is another one.") from None


def _key() -> bytes:
    path = Path(setting("INSTANCE")) / _KEY_FILE
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes()
    with os.fdopen(descriptor, "wb") as file:
        file.write(Fernet.generate_key())
        file.flush()
        os.fsync(file.fileno())
    return path.read_bytes()
