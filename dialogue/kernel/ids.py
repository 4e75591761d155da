"""Random names: tokens, codes, tracking numbers."""

from __future__ import annotations

import hashlib
import re
import secrets
import unicodedata

# No vowels (no words by accident), no 0/O, 1/I/L: people read these numbers over the telephone.
_ALPHABET = "23456789BCDFGHJKMNPQRSTVWXZ"


def token() -> str:
    """Return 256 random bits, url-safe."""
    return secrets.token_urlsafe(32)


def code() -> str:
    """Return six random digits."""
    return f"{secrets.randbelow(1_000_000):06d}"


def tracking_number() -> str:
    """Return a receipt number such as `K7QX-3MPD-9WTB` (57 bits)."""
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(12))
    return "-".join((letters[:4], letters[4:8], letters[8:]))


def tracking_number_in(typed: str) -> str:
    """Return the receipt number that somebody typed, read out or copied, in its proper form; empty
    when it cannot be one."""
    plain = unicodedata.normalize("NFKC", typed[:200]).upper()
    signs = "".join(sign for sign in plain if sign.isalnum())
    if len(signs) != 12 or any(sign not in _ALPHABET for sign in signs):
        return ""
    return "-".join((signs[:4], signs[4:8], signs[8:]))


def digest(secret: str) -> str:
    """Return the SHA-256 under which a random token is stored; never for passwords."""
    return hashlib.sha256(secret.encode()).hexdigest()


def slug(text: str, limit: int = 60) -> str:
    """Return a readable address part; empty when the text has no Latin letters or digits."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", ascii_text.lower().replace("'", ""))
    result = ""
    for word in words:
        if len(result) + len(word) + 1 > limit and result:
            break
        result = f"{result}-{word}" if result else word[:limit]
    return result
